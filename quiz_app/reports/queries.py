"""Reports as those who write them find them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, defer

from quiz_app.contests import policy as contests
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Actor
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.participation import queries as participation
from quiz_app.reports import policy
from quiz_app.reports.models import Report, ReportEdition, ReportSetting, State
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.units.policy import COVERING_ROLES, covered_units

UNDER_WAY = (JobState.QUEUED.value, JobState.RUNNING.value)
TERM_YEARS = 5  # congresses meet in years that five divides


@dataclass(frozen=True, slots=True)
class Listed:
    report: Report
    unit_name: str

    @property
    def state(self) -> State:
        return State(self.report.state)


def listed(r: Reading, state: State | None, words: str, *, limit: int, offset: int) -> list[Listed]:
    """The reports that the actor writes, the youngest first, without their figures."""
    query = _found(r.actor, select(Report, Unit.name), state, words).options(defer(Report.figures))
    rows = r.session.execute(query.order_by(Report.created_at.desc(), Report.id.desc()).limit(limit).offset(offset))
    return [Listed(report, name) for report, name in rows]


def count(r: Reading, state: State | None, words: str) -> int:
    return r.session.scalar(_found(r.actor, select(func.count(Report.id)), state, words)) or 0


def one(r: Reading, report_id: int, *, is_held: bool = False) -> Report:
    """A report of a unit that the actor covers; `is_held`: locked for a change. Raises Missing."""
    query = select(Report).where(Report.id == report_id, policy.written(r.actor))
    if is_held:
        query = query.with_for_update(of=Report).execution_options(populate_existing=True)
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def edition(r: Reading, edition_id: int) -> ReportEdition:
    """An approved edition of a report of a unit that the actor covers. Raises Missing."""
    found = r.session.scalars(
        select(ReportEdition)
        .join(Report, Report.id == ReportEdition.report_id)
        .where(ReportEdition.id == edition_id, policy.written(r.actor))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def editions(session: Session, report_id: int) -> list[ReportEdition]:
    """What was approved of a report, the latest first, without its contents."""
    query = select(ReportEdition).where(ReportEdition.report_id == report_id).options(defer(ReportEdition.content))
    return list(session.scalars(query.order_by(ReportEdition.number.desc())))


def job_of(session: Session, row: Report | ReportEdition) -> Job | None:
    return None if row.job_id is None else session.get(Job, row.job_id)


def writing_units(r: Reading) -> list[Unit]:
    """The units of the actor's grants, where he begins."""
    granted = r.actor.units_as(*COVERING_ROLES)
    return list(r.session.scalars(select(Unit).where(Unit.id.in_(granted)).order_by(Unit.sort_key, Unit.id)))


def found_units(r: Reading, words: str, limit: int) -> list[Unit]:
    """The units he covers by name."""
    return units.found(r.session, covered_units(r.actor), words, limit)


def ended_rounds(r: Reading, unit_id: int) -> list[Round]:
    """The rounds of a unit that are over, the latest first."""
    return [one for one in participation.rounds(r, unit_id) if contests.answers_end_at(one) <= r.now]


def setting(session: Session, unit_id: int, today: date) -> ReportSetting:
    """What the unit has set, or what holds before it has set anything: not stored then."""
    found = session.get(ReportSetting, unit_id)
    if found is not None:
        return found
    begins = date(today.year - today.year % TERM_YEARS, 1, 1)
    return ReportSetting(
        unit_id=unit_id, term_begins_on=begins, praise_turnout=None, praise_mean=None, lag_turnout=None, smallest=0
    )


def next_number(session: Session, unit_id: int, term_begins_on: date) -> int:
    """The one after the highest of the term."""
    query = select(func.max(Report.number)).where(Report.unit_id == unit_id, Report.term_begins_on == term_begins_on)
    return (session.scalar(query) or 0) + 1


def today(r: Reading) -> date:
    return r.now.astimezone(VIETNAM).date()


def _found(actor: Actor, query: Any, state: State | None, words: str) -> Select[Any]:
    wanted: Select[Any] = query.join(Unit, Unit.id == Report.unit_id).where(policy.written(actor))
    if state is not None:
        wanted = wanted.where(Report.state == state.value)
    for word in search_key(words).split():
        wanted = wanted.where(Report.search_key.contains(word, autoescape=True))
    return wanted
