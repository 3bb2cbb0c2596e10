"""Certificates of many, printed by the worker: one file for a unit, kept for a while for who asked for it."""

from __future__ import annotations

import secrets
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from quiz_app.awards import certificates, labels, occasions
from quiz_app.awards.errors import NobodyEntitled, NotYetFinal, SeriesClosed, TooManyCertificates
from quiz_app.awards.models import Certificate
from quiz_app.kernel import files
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobFailed, JobState, Progress, enqueue
from quiz_app.kernel.work import Reading, Work, working
from quiz_app.members.models import Member
from quiz_app.members.sign_ins import actor_of
from quiz_app.units import queries as units
from quiz_app.web.pdf_joining import joined

KIND = "certificate-print"
FOLDER = "certificates"
KEPT_FOR = timedelta(hours=24)
MOST = 6000  # of a commune and more; its file is made within minutes
AT_ONCE = 100  # drawn in some 150 MB; a longer file is joined from such pieces
UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}

Printer = Callable[[Sequence[Certificate]], bytes]


def ask(w: Work, series_id: int, unit_id: int | None, data_dir: Path) -> Job:
    """Ask for the certificates of a unit, or of all units; while the actor's are printed these are the ones.

    Raises Missing, NobodyEntitled, NotYetFinal, SeriesClosed, TooManyCertificates.
    """
    series = certificates.governed(w, series_id)
    w.session.refresh(series, with_for_update=True)  # pressed twice it is asked for once
    if series.closed_at is not None:
        raise SeriesClosed
    if not occasions.is_final(w, series):
        raise NotYetFinal
    counts = occasions.counts(w, series)
    wanted = sorted(counts) if unit_id is None else [unit_id]
    total = sum(counts.get(one, 0) for one in wanted)
    if not total:
        raise NobodyEntitled
    if total > MOST:
        raise TooManyCertificates(most=MOST)
    prefix = f"{KIND}:{series_id}:{unit_id or 0}:"
    under_way = latest(w, prefix)
    if under_way is not None and under_way.state in UNDER_WAY:
        return under_way
    token = secrets.token_hex(8)
    payload = {
        "series_id": series_id,
        "unit_ids": wanted,
        "asked_by": w.actor.member,
        "folder": str(data_dir / FOLDER / token),
    }
    return enqueue(w, KIND, prefix + token, payload, total)


def latest(r: Reading, prefix: str) -> Job | None:
    """The actor's last print whose key begins so."""
    mine = (Job.kind == KIND, Job.requested_by == r.actor.member_id, Job.key.startswith(prefix, autoescape=True))
    return r.session.scalars(select(Job).where(*mine).order_by(Job.id.desc()).limit(1)).one_or_none()


def one(r: Reading, job_id: int) -> Job:
    """A print that the actor has asked for, of a series that he still hands out. Raises Missing."""
    found = r.session.get(Job, job_id)
    if found is None or found.kind != KIND or found.requested_by != r.actor.member_id:
        raise Missing
    certificates.governed(r, int(found.payload["series_id"]))
    return found


def file_of(job: Job) -> Path | None:
    """The file of a print that was made, while it is kept."""
    if job.state != JobState.DONE.value or job.result is None:
        return None
    path = Path(job.payload["folder"]) / str(job.result["file"])
    return path if path.is_file() else None


def make(printer: Printer, db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Hand out what is still to be handed out, unit by unit, and print all of it.

    Taken up again after a crash it finds what was handed out, and prints it.
    """
    try:
        sheets = [_sheet(db, payload, int(unit_id)) for unit_id in payload["unit_ids"]]
    except Missing as error:
        raise JobFailed("Đồng chí không còn cấp loại giấy chứng nhận này.") from error
    except (NotYetFinal, SeriesClosed) as error:
        raise JobFailed(labels.REFUSALS[type(error)]) from error
    total = sum(len(own) for _, own in sheets)
    if not total:
        raise JobFailed(labels.REFUSALS[NobodyEntitled])
    sheets = [(code, own) for code, own in sheets if own]
    name = _print(sheets, Path(payload["folder"]), printer, progress, total)
    return {"file": name, "count": total, "files": len(sheets)}


def forget_old(data_dir: Path, now: datetime) -> int:
    """Delete the files that were kept long enough; how many."""
    return files.forget((data_dir / FOLDER).glob("*"), now - KEPT_FOR)


def _sheet(db: Database, payload: Mapping[str, Any], unit_id: int) -> tuple[str, Sequence[Certificate]]:
    """The certificates of a unit, with the name of their file."""
    with working(db) as w:
        mine = Work(w.session, actor_of(w.session, w.session.get_one(Member, payload["asked_by"])), w.now)
        own = certificates.issue(mine, int(payload["series_id"]), unit_id)
        code = units.unit(w.session, unit_id).code.lower()
        w.session.flush()
        w.session.expunge_all()
    return code, own


def _print(
    sheets: Sequence[tuple[str, Sequence[Certificate]]], folder: Path, printer: Printer, progress: Progress, total: int
) -> str:
    """Write one PDF file, or an archive with one of each unit; its name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    done = 0

    def printed(own: Sequence[Certificate]) -> bytes:
        nonlocal done
        parts: list[bytes] = []
        for first in range(0, len(own), AT_ONCE):
            piece = own[first : first + AT_ONCE]
            parts.append(printer(piece))
            done += len(piece)
            progress.report(done, total)
        return parts[0] if len(parts) == 1 else joined(parts)

    if len(sheets) == 1:
        (folder / "giay-chung-nhan.pdf").write_bytes(printed(sheets[0][1]))
        return "giay-chung-nhan.pdf"
    with zipfile.ZipFile(folder / "giay-chung-nhan.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, own) in enumerate(sheets, start=1):
            archive.writestr(f"{number:03}-{name}.pdf", printed(own))
    return "giay-chung-nhan.zip"
