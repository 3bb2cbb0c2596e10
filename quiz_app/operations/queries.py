"""What operators look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from quiz_app.attempts import closing
from quiz_app.kernel import audit
from quiz_app.kernel.audit import Head
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job
from quiz_app.kernel.work import Reading
from quiz_app.operations import policy
from quiz_app.units import queries as units
from quiz_app.web import failures
from quiz_app.web.failures import Failure

CLOSED_WITHIN = timedelta(seconds=60)


def recent_jobs(r: Reading) -> Select[Job]:
    """The jobs that the actor sees, the youngest first."""
    return select(Job).where(_seen(r)).order_by(Job.created_at.desc(), Job.id.desc())


def job(r: Reading, job_id: int) -> Job:
    """A job that the actor sees. Raises Missing."""
    found = r.session.scalars(select(Job).where(Job.id == job_id, _seen(r))).one_or_none()
    if found is None:
        raise Missing
    return found


def _seen(r: Reading) -> ColumnElement[bool]:
    if policy.sees_every_job(r.actor, units.root_ids(r.session)):
        return true()
    return Job.requested_by == r.actor.member_id


@dataclass(frozen=True, slots=True)
class Counts:
    """How the installation is, in figures."""

    jobs: Mapping[str, int]
    overdue: int
    failures: Sequence[Failure]
    audit_head: Head | None


def counts(r: Reading, data_dir: Path) -> Counts | None:
    """None for who does not see everybody's: how many sit is told by what waits for its end."""
    if not policy.sees_every_job(r.actor, units.root_ids(r.session)):
        return None
    return Counts(
        jobs_by_state(r.session),
        overdue_attempts(r.session, r.now),
        failures.of_last_day(data_dir, r.now),
        audit.head(r.session),
    )


def jobs_by_state(session: Session) -> dict[str, int]:
    """How many jobs are in each state that any is in."""
    return dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())


def overdue_attempts(session: Session, now: datetime) -> int:
    """How many attempts should have been closed a minute ago, and were not."""
    return closing.waiting_since(session, now - CLOSED_WITHIN)
