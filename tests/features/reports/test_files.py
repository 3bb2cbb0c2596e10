"""The files of a report as the worker of an installation makes them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, Progress, perform
from quiz_app.kernel.settings import Settings
from quiz_app.reports import drawing, making
from quiz_app.reports.asking_jobs import FIGURES, FILES
from quiz_app.reports.models import Report, ReportEdition
from quiz_app.reports.official import Paragraph
from quiz_app.web import pdf
from tests.features.reports.build import Desk, two_rounds
from tests.features.reports.pdf_text import embedded, text_of
from tests.features.reports.test_official import REPORT
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.nursery import born
from tests.support.works import Work


@pytest.fixture
def desk(db: Database, work: Work, commune: Commune, settings: Settings) -> Desk:
    return Desk(db, work, commune, settings.data_dir)


def _approved(desk: Desk) -> tuple[ReportEdition, str]:
    first, _ = two_rounds(desk.work, desk.commune)
    edition = desk.approved(desk.commune.overseer, desk.counted(desk.commune.overseer, desk.commune.root, first))
    with desk.work() as w:
        return edition, w.session.scalars(select(Job.key).where(Job.kind == FILES)).one()


def test_vietnamese_survives_into_pdf_and_its_letters_lie_in_the_file(app: Flask, db: Database, desk: Desk) -> None:
    edition, key = _approved(desk)
    assert perform(db, making.handlers(app), key) is JobState.DONE
    folder = making.folder_of(desk.folder, edition.id)
    if pdf.why_not() is not None:  # a machine without Pango
        assert {one.suffix for one in folder.iterdir()} == {".docx", ".xlsx"}
        return
    file = (folder / "bao-cao.pdf").read_bytes()
    fonts = embedded(file)
    assert fonts
    assert all(name.startswith("Tinos") and is_inside for name, is_inside in fonts.items())
    drawn = _squeezed(text_of(file))
    document = docx.Document(io.BytesIO((folder / "bao-cao.docx").read_bytes()))
    written = [one.text for one in document.paragraphs]
    written += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    lost = [text for text in written if _squeezed(text.replace("\n", "")) not in drawn and "\n" not in text]
    assert lost == []
    assert "Đảngviêntrongdanhsách:8" in drawn


def test_a_signature_never_stands_on_a_page_of_its_own(app: Flask) -> None:
    if pdf.why_not() is not None:
        return
    fills_a_page = tuple(Paragraph(f"Dòng {number}") for number in range(20))
    with app.test_request_context():
        page = drawing.page(replace(REPORT, annexes=(), blocks=fills_a_page))
        first, second, *_ = text_of(pdf.of_page(page)).split("\n")
    assert "BÁO CÁO" in first
    assert "T/M CHI BỘ" in second
    assert "Dòng 19" in second


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_killed_worker_leaves_one_report_to_be_finished(
    db: Database, database_url: str, desk: Desk, commune: Commune, tmp_path: Path
) -> None:
    first, _ = two_rounds(desk.work, commune)

    def killed(kind: str) -> str:
        with desk.work() as w:
            key = w.session.scalars(select(Job.key).where(Job.kind == kind)).one()
        program = [sys.executable, "-m", "tests.features.reports.dying", database_url, key, str(desk.folder)]
        assert born(program, os.environ, tmp_path / "log").wait(60) == -signal.SIGKILL
        return key

    report = desk.begin(commune.overseer, commune.root, first)
    assert perform(db, {FIGURES: making.count}, killed(FIGURES)) is JobState.DONE
    counted = desk.kept(commune.overseer, report.id)
    assert counted.figures is not None
    assert counted.revision == report.revision
    edition = desk.approved(commune.overseer, counted)
    killed(FILES)
    assert making.file_of(desk.folder, edition, "docx") is None
    assert desk.make(edition.id) is JobState.DONE
    with desk.work() as w:
        (kept,) = w.session.scalars(select(ReportEdition)).all()
        assert w.session.scalars(select(Report.id)).all() == [report.id]
    folder = making.folder_of(desk.folder, edition.id)
    made = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir()}
    assert made == {f"bao-cao.{ending}": kept.files[ending]["sha256"] for ending in ("docx", "xlsx")}


def test_progress_is_told_step_by_step(db: Database, desk: Desk) -> None:
    _, key = _approved(desk)
    told: list[tuple[int, int | None]] = []

    class Heard(Progress):
        def report(self, done: int, total: int | None = None) -> None:
            told.append((done, total))

    def make(database: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        return making.make(desk.folder, lambda document: b"%PDF", database, payload, Heard(database, 0))

    assert perform(db, {FILES: make}, key) is JobState.DONE
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_without_a_printer_there_are_the_other_files_and_the_page_says_so(
    browse: Browse, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition, _ = _approved(desk)
    monkeypatch.setattr(pdf, "why_not", lambda: "Hệ thống thiếu thư viện pango-1.0.")
    assert desk.make(edition.id) is JobState.DONE
    page = browse.as_(desk.commune.overseer).get(f"/bao-cao/{edition.report_id}").text
    assert "Máy chủ chưa làm được PDF (Hệ thống thiếu thư viện pango-1.0)" in page
    assert "Word (.docx)" in page
    browse.get(f"/bao-cao/ban/{edition.id}/tep/pdf", status=404)


def test_a_printer_that_fails_costs_the_pdf_alone(db: Database, browse: Browse, desk: Desk) -> None:
    edition, _ = _approved(desk)

    def broken(_: object) -> bytes:
        raise RuntimeError("out of paper")

    assert desk.make(edition.id, broken) is JobState.DONE
    page = browse.as_(desk.commune.overseer).get(f"/bao-cao/{edition.report_id}").text
    assert "Tệp PDF chưa làm được" in page
    assert "Word (.docx)" in page


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
