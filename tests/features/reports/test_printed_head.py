"""A paper that was handed out pins the audit before it: whoever rewrites that is contradicted by what is printed."""

from __future__ import annotations

import io

import docx
import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.kernel import audit
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import JobState
from quiz_app.kernel.settings import Settings
from quiz_app.reports import making
from quiz_app.reports.models import ReportEdition
from quiz_app.results import exports, queries
from quiz_app.results.models import FinalTable
from quiz_app.results.queries import Sight
from tests.features.operations.test_audit_heads import seal, seal_anew, verify, write_and_seal
from tests.features.reports.build import Desk, two_rounds
from tests.support.build import Commune
from tests.support.works import View, Work


@pytest.fixture
def desk(db: Database, work: Work, commune: Commune, settings: Settings) -> Desk:
    return Desk(db, work, commune, settings.data_dir)


def _approved(desk: Desk, *, is_sealed: bool = True) -> ReportEdition:
    first, _ = two_rounds(desk.work, desk.commune)
    report = desk.counted(desk.commune.overseer, desk.commune.root, first)
    if is_sealed:
        seal(desk.work)
    edition = desk.approved(desk.commune.overseer, report)
    assert desk.make(edition.id) is JobState.DONE
    return edition


def _files(desk: Desk, edition: ReportEdition) -> tuple[str, list[str]]:
    """The words of the document, and those above the table of each sheet of the workbook."""
    folder = making.folder_of(desk.folder, edition.id)
    paragraphs = docx.Document(io.BytesIO((folder / "bao-cao.docx").read_bytes())).paragraphs
    return "\n".join(one.text for one in paragraphs), _notes((folder / "bao-cao.xlsx").read_bytes())


def _notes(workbook: bytes) -> list[str]:
    sheets = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets
    return ["\n".join(str(cell.value) for cell in sheet["A"] if cell.value) for sheet in sheets]


def _head(work: Work) -> audit.Head:
    with work() as w:
        found = audit.head(w.session)
    assert found is not None
    return found


def test_a_report_carries_the_head_of_its_approval(app: Flask, desk: Desk, work: Work) -> None:
    edition = _approved(desk)
    head = _head(work)
    words, sheets = _files(desk, edition)
    assert f"Mốc niêm phong: {head.printed}." in words
    assert all(head.printed in sheet for sheet in sheets)
    assert str(head) not in words, "so much is not copied by hand"

    write_and_seal(work, range(3))
    assert desk.make(edition.id) is JobState.DONE
    assert (words, sheets) == _files(desk, edition), "made again it is the same paper, whatever was sealed since"
    assert verify(app, "verify", "--head", head.printed)[0] == 0
    seal_anew(work)
    code, told = verify(app, "verify", "--head", head.printed)
    assert (code, "không còn mốc" in told) == (1, True), told


def test_where_nothing_was_sealed_nothing_is_said_of_it(desk: Desk) -> None:
    words, sheets = _files(desk, _approved(desk, is_sealed=False))
    assert "Mã số liệu" in words
    assert not any("Mốc niêm phong" in one for one in (words, *sheets))


def test_a_published_table_carries_the_head_of_its_export(desk: Desk, commune: Commune, view: View, work: Work) -> None:
    _approved(desk)
    write_and_seal(work, range(3))
    with view(actor=commune.organiser) as r:
        table, subject = queries.managed_table(r, r.session.scalars(select(FinalTable.id)).one())
        made = exports.export(r, table, Sight(table, subject, sees_all=True), as_csv=False)
    assert all(_head(work).printed in sheet for sheet in _notes(made.content))
