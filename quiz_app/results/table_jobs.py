"""Proposing, approving and publishing a table: at once, or by the worker where it takes longer than a person waits.

One transaction of `services` does all of it either way, so nothing is ever half done. The worker's keeps the outcome
of its job as well: killed before the commit it has done nothing, killed after it the job has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.contests import queries as contests
from quiz_app.contests.models import PrizeScope
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, NotAllowed, Overloaded, Refused
from quiz_app.kernel.jobs import Handler, Job, JobFailed, JobState, Progress, enqueue
from quiz_app.kernel.work import Reading, Work, working
from quiz_app.leaderboard import queries as boards
from quiz_app.members.models import Member
from quiz_app.members.queries import GONE
from quiz_app.members.sign_ins import actor_of
from quiz_app.results import labels, services, subjects, tables
from quiz_app.results.errors import NothingChanged, ProposalOutdated, UnderWay
from quiz_app.results.models import FinalTable
from quiz_app.results.subjects import Subject
from quiz_app.results.tables import Tell

KIND = "final-table"


class Act(StrEnum):
    PROPOSE = "propose"
    APPROVE = "approve"
    PUBLISH = "publish"


def propose(w: Work, kind: PrizeScope, number: int, reason: str = "") -> FinalTable | None:
    """Propose a table; None where the worker was asked to. Raises what `services.propose` does, and UnderWay."""
    subject = subjects.subject(w.session, kind, number)
    if tables.is_quick(w.session, subject):
        return services.propose(w, kind, number, reason)
    contests.managed_contest(w, subject.contest.id)
    services.require_proposable(w, subject, reason)
    _ask(w, subject, {"act": Act.PROPOSE.value, "reason": reason})
    return None


def approve(w: Work, table_id: int, sha256: str) -> FinalTable | None:
    """Approve a proposal; None where the worker was asked to. Raises what `services.approve` does, and UnderWay."""
    subject, table = services.waiting(w, table_id, sha256)
    if tables.is_quick(w.session, subject):
        return services.approve(w, table_id, sha256)
    services.require_approvable(w, subject, table)
    _ask(w, subject, {"act": Act.APPROVE.value, "table_id": table_id, "sha256": sha256})
    return None


def publish(w: Work, table_id: int, sha256: str) -> FinalTable | None:
    """Publish a table; None where the worker was asked to. Raises what `services.publish` does, and UnderWay."""
    subject, table = services.waiting(w, table_id, sha256)
    if tables.is_quick(w.session, subject):
        return services.publish(w, table_id, sha256)
    services.require_publishable(w, subject, table)
    _ask(w, subject, {"act": Act.PUBLISH.value, "table_id": table_id, "sha256": sha256})
    return None


def latest(session: Session, subject: Subject) -> Job | None:
    """What the worker was last asked to do with the table of a subject."""
    query = select(Job).where(Job.kind == KIND, Job.key.startswith(_prefix(subject), autoescape=True))
    return session.scalars(query.order_by(Job.id.desc()).limit(1)).one_or_none()


def is_under_way(job: Job | None) -> bool:
    return job is not None and job.state in {JobState.QUEUED.value, JobState.RUNNING.value}


def found_outdated(job: Job | None) -> bool:
    """Whether the worker refused the proposal that there was, because it is no longer what would be computed."""
    return job is not None and job.error == labels.refusal(ProposalOutdated())


def found_same(r: Reading, job: Job | None, subject: Subject) -> bool:
    """Whether the worker has found that what is published is what would be computed, and nothing is written since."""
    if job is None or job.finished_at is None or job.error != labels.refusal(NothingChanged()):
        return False
    return not boards.has_moved(r.session, subject.rounds, job.finished_at)


def is_overtaken(job: Job | None, kept: Collection[FinalTable | None]) -> bool:
    """Whether one of these tables was proposed or published after a job had ended: what it said is past."""
    if job is None or job.finished_at is None:
        return False
    steps = [at for one in kept if one for at in (one.proposed_at, one.published_at) if at]
    return max(steps, default=job.finished_at) > job.finished_at


def run(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """The job: what was asked for, as the one who asked may do it now."""
    done = 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        progress.report(done)

    try:
        with working(db) as w:
            who = w.session.get_one(Member, payload["asked_by"])
            if who.standing in GONE:  # his roles stay on record
                raise NotAllowed
            asker = actor_of(w.session, who)
            # of SQLite this transaction is the one that writes
            table = _act(Work(w.session, asker, w.now), payload, tables.silent if db.is_sqlite else tell)
            return progress.end(w.session, {"table_id": table.id, "version": table.version})
    except Overloaded:
        raise
    except BadInput as error:
        raise JobFailed(" ".join(words for each in error.errors.values() for words in each)) from error
    except Refused as error:
        raise JobFailed(labels.refusal(error)) from error


JOBS: dict[str, Handler] = {KIND: run}


def _act(w: Work, asked: Mapping[str, Any], tell: Tell) -> FinalTable:
    match Act(asked["act"]):
        case Act.PROPOSE:
            subject = subjects.of_key(w.session, asked["scope"])
            return services.propose(w, subject.kind, subject.number, asked["reason"], tell)
        case Act.APPROVE:
            return services.approve(w, asked["table_id"], asked["sha256"], tell)
        case Act.PUBLISH:
            return services.publish(w, asked["table_id"], asked["sha256"], tell)


def _ask(w: Work, subject: Subject, wanted: dict[str, Any]) -> None:
    """One thing at a time is done with a table: whoever asks for the same again has asked once."""
    payload = {**wanted, "scope": subject.key, "asked_by": w.actor.member}
    job = latest(w.session, subject)
    if job is None or not is_under_way(job):
        rows = tables.results_of(w.session, subject)
        job = enqueue(w, KIND, f"{_prefix(subject)}{job.id if job else 0}", payload, total=2 * rows)
    if job.payload != payload:
        raise UnderWay


def _prefix(subject: Subject) -> str:
    return f"{KIND}:{subject.key}:"
