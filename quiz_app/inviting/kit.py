"""An invitation to a contest for one unit, from the contest's own settings, so that it cannot contradict the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from quiz_app.contests import rules_page
from quiz_app.contests.models import Contest, Prize, Round
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.rules.timing import closes_finally_at, opens_first_at
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.web.filters import format_datetime, format_number

WHO, WHEN = "Đối tượng dự thi", "Thời gian"


@dataclass(frozen=True, slots=True)
class When:
    """A round as an invitation names it."""

    title: str
    opens_at: datetime
    closes_at: datetime
    hours: str

    @property
    def words(self) -> str:
        return f"từ {format_datetime(self.opens_at)} đến {format_datetime(self.closes_at)}{self.hours}"


@dataclass(frozen=True, slots=True)
class Kit:
    """What every paper, slide and text says. `following` is the round that is open or opens next."""

    contest: Contest
    unit: Unit
    following: Round
    rounds: Sequence[When]
    who: Sequence[str]
    prizes: Sequence[str]


def kit(r: Reading, contest_id: int, unit_id: int) -> Kit:
    """The invitation of a published contest to a unit that the actor answers for, in its subtree or above it.

    Raises Missing, also where no round of it is open or to come.
    """
    unit = units.covered_unit(r.session, r.actor, unit_id)
    rounds = [round_ for round_ in shown_rounds(r.session) if round_.contest_id == contest_id]
    coming = [round_ for round_ in rounds if closes_finally_at(timing_of(round_)) > r.now]
    if not coming:
        raise Missing
    whose = coming[0].contest.unit_id
    if whose not in units.path_ids(r.session, unit_id) and unit_id not in units.path_ids(r.session, whose):
        raise Missing
    coming.sort(key=lambda round_: (round_.opens_at, round_.position))
    sections = {section.heading: section.sentences for section in rules_page.sections_of(r, coming[0])}
    return Kit(
        contest=coming[0].contest,
        unit=unit,
        following=coming[0],
        rounds=[_when(round_) for round_ in coming],
        who=sections.get(WHO, ()),
        prizes=_prizes(r.session, contest_id),
    )


def shown_rounds(session: Session) -> list[Round]:
    """The published rounds that anybody may know of, in their order; rehearsals and drafts are not among them."""
    return list(
        session.scalars(
            select(Round)
            .join(Contest, Contest.id == Round.contest_id)
            .options(joinedload(Round.contest))
            .where(Round.published_at.is_not(None), Contest.is_rehearsal.is_(False))
            .order_by(Round.contest_id, Round.position, Round.id)
        )
    )


def hours(round_: Round) -> str:
    """`, mỗi ngày 07:30–17:30` where a round rests outside its hours, else nothing."""
    if round_.daily_opens_minute is None or round_.daily_closes_minute is None:
        return ""
    opens, closes = (rules_page.clock_minute(each) for each in (round_.daily_opens_minute, round_.daily_closes_minute))
    return f", mỗi ngày {opens}–{closes}"


def _when(round_: Round) -> When:
    timing = timing_of(round_)
    return When(round_.title, opens_first_at(timing), closes_finally_at(timing), hours(round_))


def _prizes(session: Session, contest_id: int) -> list[str]:
    rows = session.scalars(
        select(Prize)
        .where(Prize.contest_id == contest_id, Prize.count > 0)
        .order_by(Prize.is_for_units, Prize.position, Prize.id)
    )
    return [f"{format_number(prize.count)} {prize.title}{' (tập thể)' if prize.is_for_units else ''}" for prize in rows]
