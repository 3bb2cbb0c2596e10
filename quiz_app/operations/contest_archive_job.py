"""Archives that organisers ask for: made by the worker, kept in the data folder, fetched by who runs the contest."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from quiz_app.contests import queries as contests
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, Refused
from quiz_app.kernel.jobs import Handler, Job, JobFailed, JobState, Progress, enqueue
from quiz_app.kernel.work import Reading, Work, working
from quiz_app.members.models import Member
from quiz_app.operations import contest_archive
from quiz_app.operations.contest_archive_parts import published_rounds
from quiz_app.operations.labels import words_of
from quiz_app.operations.policy import Action

KIND = "contest-archive"
FOLDER = "contest-archives"
KEPT = 3  # each holds personal data: no more than are needed
SHOWN = 10
UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}


def ask(w: Work, contest_id: int, data_dir: Path) -> Job:
    """Ask for an archive of a contest; while one is being made that is the one.

    Raises Missing, ContestNotKept, ContestNotFinal, ContestKeysInUse.
    """
    contest = contests.managed_contest(w, contest_id)
    published_rounds(w.session, contest, w.now)
    waiting = next((job for job in asked_for(w, contest_id) if job.state in UNDER_WAY), None)
    if waiting is not None:
        return waiting
    stamp = w.now.astimezone(VIETNAM).strftime("%Y%m%d-%H%M%S")
    name = f"cuoc-thi-{contest.id}-{stamp}-{secrets.token_hex(4)}.zip"
    w.record(Action.ARCHIVE_ASKED, f"contest:{contest.id}", file=name)
    payload = {"contest_id": contest.id, "folder": str(data_dir / FOLDER), "file": name, "asked_by": w.actor.name}
    return enqueue(w, KIND, f"{_prefix(contest.id)}{name}", payload)


def asked_for(r: Reading, contest_id: int) -> list[Job]:
    """The latest archives of a contest, whoever asked for them, the youngest first. Raises Missing."""
    contest = contests.managed_contest(r, contest_id)
    query = select(Job).where(Job.kind == KIND, Job.key.startswith(_prefix(contest.id), autoescape=True))
    return list(r.session.scalars(query.order_by(Job.created_at.desc(), Job.id.desc()).limit(SHOWN)))


def one(r: Reading, contest_id: int, job_id: int) -> Job:
    """One of them. Raises Missing."""
    found = next((job for job in asked_for(r, contest_id) if job.id == job_id), None)
    if found is None:
        raise Missing
    return found


def file_of(job: Job, data_dir: Path) -> Path | None:
    """The file of an archive that was made, while it is kept."""
    if job.result is None:
        return None
    path = data_dir / FOLDER / str(job.result["file"])
    return path if path.is_file() else None


def fetch(w: Work, contest_id: int, job_id: int, data_dir: Path) -> Path:
    """Put on record that an archive is handed out; where it lies. Raises Missing."""
    job = one(w, contest_id, job_id)
    path = file_of(job, data_dir)
    if path is None or job.result is None:
        raise Missing
    w.record(Action.ARCHIVE_DOWNLOADED, f"contest:{contest_id}", file=path.name, sha256=job.result["sha256"])
    return path


def names_of(r: Reading, jobs: list[Job]) -> dict[int, str]:
    """By member, the names of who asked."""
    ids = {job.requested_by for job in jobs}
    return {member.id: member.full_name for member in r.session.scalars(select(Member).where(Member.id.in_(ids)))}


def make(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Make the archive that was asked for; only the youngest are kept. One that is on record is not made again."""
    folder, contest_id = Path(payload["folder"]), int(payload["contest_id"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / str(payload["file"])
    facts = _on_record(db, contest_id, target) or _made(db, contest_id, target, str(payload["asked_by"]), progress)
    for old in sorted(folder.glob(f"cuoc-thi-{contest_id}-*.zip"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return {**facts, "size": target.stat().st_size}


def _on_record(db: Database, contest_id: int, target: Path) -> dict[str, Any] | None:
    """What the audit says of this very archive: the worker was cut off after it had written so."""
    query = select(AuditEntry.facts).where(
        AuditEntry.action == Action.ARCHIVE_MADE.code,
        AuditEntry.subject == f"contest:{contest_id}",
        AuditEntry.facts["file"].as_string() == target.name,
    )
    with db.reading() as session:
        facts = session.scalars(query).first()
    return facts if target.is_file() else None


def _made(db: Database, contest_id: int, target: Path, asked_by: str, progress: Progress) -> dict[str, Any]:
    scratch = target.with_suffix(".thu")
    shutil.rmtree(scratch, ignore_errors=True)  # of a run that was cut off: it holds people's data
    scratch.mkdir(mode=0o700)
    try:
        made = contest_archive.create(db, contest_id, target, made_by=asked_by, tell=progress.report, scratch=scratch)
    except Missing as error:
        raise JobFailed("Cuộc thi không còn.") from error
    except Refused as error:
        raise JobFailed(words_of(error)) from error
    finally:
        shutil.rmtree(scratch)
    facts = {"file": target.name, "sha256": made.sha256, "rows": made.manifest.rows}
    with working(db) as w:
        w.record(Action.ARCHIVE_MADE, f"contest:{contest_id}", **facts)
    return facts


def _prefix(contest_id: int) -> str:
    return f"{KIND}:{contest_id}:"


JOBS: dict[str, Handler] = {KIND: make}
