"""What operators look at."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from quiz_app.attempts import closing
from quiz_app.kernel.audit import AuditSeal
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job
from quiz_app.kernel.work import Reading
from quiz_app.operations import policy
from quiz_app.units import queries as units

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


def jobs_by_state(session: Session) -> dict[str, int]:
    """How many jobs are in each state that any is in."""
    return dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())


def overdue_attempts(session: Session, now: datetime) -> int:
    """How many attempts should have been closed a minute ago, and were not."""
    return closing.waiting_since(session, now - CLOSED_WITHIN)


def sealed_entries(session: Session) -> int:
    return session.scalar(select(func.sum(AuditSeal.count))) or 0
