"""Asking the worker: for the figures of a draft, for the files of an edition."""

from __future__ import annotations

import secrets

from quiz_app.kernel.jobs import Job, enqueue
from quiz_app.kernel.work import Work
from quiz_app.reports import queries
from quiz_app.reports.models import Report, ReportEdition

FIGURES = "report-figures"
FILES = "report-files"


def ask_figures(w: Work, report: Report) -> Job:
    """While they are being counted these are the ones."""
    return _ask(w, report, FIGURES, {"report_id": report.id})


def ask_files(w: Work, edition: ReportEdition) -> Job:
    """While they are being made these are the ones."""
    return _ask(w, edition, FILES, {"edition_id": edition.id})


def _ask(w: Work, row: Report | ReportEdition, kind: str, payload: dict[str, int]) -> Job:
    w.session.refresh(row, ["job_id"], with_for_update=True)  # pressed twice it is asked for once
    under_way = queries.job_of(w.session, row)
    if under_way is not None and under_way.state in queries.UNDER_WAY:
        return under_way
    job = enqueue(w, kind, f"{kind}:{row.id}:{secrets.token_hex(6)}", dict(payload))
    row.job_id = job.id
    w.session.flush()
    return job
