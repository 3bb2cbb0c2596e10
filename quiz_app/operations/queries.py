"""What operators look at."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from quiz_app.kernel.audit import AuditSeal
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job
from quiz_app.kernel.work import Reading


def recent_jobs() -> Select[Job]:
    """Jobs, the youngest first."""
    return select(Job).order_by(Job.created_at.desc(), Job.id.desc())


def job(r: Reading, job_id: int) -> Job:
    """Raises Missing."""
    found = r.session.get(Job, job_id)
    if found is None:
        raise Missing
    return found


def sealed_entries(session: Session) -> int:
    return session.scalar(select(func.sum(AuditSeal.count))) or 0
