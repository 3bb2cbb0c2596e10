"""What the worker does for reports: counts their figures, and makes their files from what was approved.

Files lie below the data folder and are kept. They hold nothing of their own: from the stored edition they are made
again, the .docx byte by byte.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, Overloaded
from quiz_app.kernel.jobs import Handler, JobFailed, Progress
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import viewing, working
from quiz_app.reports import annex, composing, content, counting, docx, drawing, labels, naming, queries
from quiz_app.reports.asking_jobs import FIGURES, FILES
from quiz_app.reports.counting import Asked
from quiz_app.reports.figures import from_json, hash_of, to_json
from quiz_app.reports.models import Report, ReportEdition, State
from quiz_app.reports.official import Official
from quiz_app.reports.policy import Action
from quiz_app.web import pdf, spreadsheet

log = logging.getLogger(__name__)

FOLDER = "reports"
PDF_LONGEST_S = 600
PDF_LINES = 1500  # units on a table of paper; a longer one is for the workbook, and takes the printer minutes
MIME_TYPES = {"docx": docx.MIME_TYPE, "xlsx": spreadsheet.MIME_TYPE, "pdf": pdf.MIME_TYPE}

Printer = Callable[[Official], bytes]


def count(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Count the figures of a draft in one reading transaction, and propose the units that it names by the rule."""
    with viewing(db) as r:
        report = r.session.get(Report, int(payload["report_id"]))
        if report is None:
            raise JobFailed(labels.GONE)
        asked = Asked(report.unit_id, report.starts_on, report.ends_on, report.round_id)
        rule = naming.rule_of(queries.setting(r.session, report.unit_id, queries.today(r)))
        try:
            figures = counting.counted(r, asked, progress.report)
        except Missing as error:
            raise JobFailed(labels.GONE) from error
    kept = to_json(figures)
    sha256 = hash_of(kept)
    with working(db) as w:
        query = select(Report).where(Report.id == int(payload["report_id"])).with_for_update()
        draft = w.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if draft is None:
            raise JobFailed(labels.GONE)
        if draft.state == State.DRAFT.value:
            draft.revision += draft.figures is not None  # who writes while they are counted at first is not stopped
            before = None if draft.figures is None else from_json(draft.figures)
            draft.named = naming.to_json(naming.renewed(figures, rule, before, naming.from_json(draft.named)))
            draft.figures, draft.figures_sha256 = kept, sha256
            w.record(Action.RECOUNTED, f"report:{draft.id}", figures_sha256=sha256)
    return {"sha256": sha256, "rounds": len(figures.rounds), "units": len(figures.units)}


def make(
    data_dir: Path, printer: Printer | None, db: Database, payload: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Make the files of an edition, whose contents are still those approved; a .docx unlike the one before is told."""
    edition_id = int(payload["edition_id"])
    with viewing(db) as r:
        edition = r.session.get_one(ReportEdition, edition_id)
        if hash_of(edition.content) != edition.content_sha256:
            raise JobFailed(labels.TAMPERED)
        known = dict(edition.files)
        report = content.from_json(edition.content)
    steps = 2 if printer is None else 3
    progress.report(0, steps)
    made = {"docx": docx.written(composing.composed(report))}
    progress.report(1, steps)
    made["xlsx"] = annex.workbook_of(report)
    progress.report(2, steps)
    is_other = "docx" in known and known["docx"]["sha256"] != _sha256(made["docx"])
    trouble = labels.OTHER_BYTES if is_other else ""
    if printer is not None:
        try:
            made["pdf"] = printer(composing.composed(report, most_lines=PDF_LINES))
        except (Overloaded, RuntimeError):  # the other files are worth having; a page tells what is missing
            log.exception("edition %s has no PDF", edition_id)
            trouble = labels.NO_PDF
    folder = folder_of(data_dir, edition_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for ending, file in made.items():
        _put(folder / f"bao-cao.{ending}", file)
    files = {**known, **{name: {"sha256": _sha256(file), "size": len(file)} for name, file in made.items()}}
    with working(db) as w:
        w.session.get_one(ReportEdition, edition_id).files = files
    progress.report(steps, steps)
    return {"files": sorted(made), "trouble": trouble}


def handlers(app: Flask) -> dict[str, Handler]:
    """The jobs of this feature: pages come from the application's templates, files go below its data folder."""
    settings: Settings = app.extensions["settings"]
    printer = partial(_printed, app, settings.public_url) if pdf.why_not() is None else None
    return {FIGURES: count, FILES: partial(make, settings.data_dir, printer)}


def folder_of(data_dir: Path, edition_id: int) -> Path:
    return data_dir / FOLDER / str(edition_id)


def file_of(data_dir: Path, edition: ReportEdition, ending: str) -> Path | None:
    """A file that was made of an edition, where it is there."""
    path = folder_of(data_dir, edition.id) / f"bao-cao.{ending}"
    return path if ending in edition.files and path.is_file() else None


def _printed(app: Flask, base_url: str, document: Official) -> bytes:
    with app.test_request_context(base_url=base_url):
        return pdf.of_page(drawing.page(document), PDF_LONGEST_S)


def _put(path: Path, file: bytes) -> None:
    """All of it or nothing: who downloads at this moment gets the one before."""
    beside = path.with_suffix(".part")
    beside.write_bytes(file)
    beside.replace(path)


def _sha256(file: bytes) -> str:
    return hashlib.sha256(file).hexdigest()
