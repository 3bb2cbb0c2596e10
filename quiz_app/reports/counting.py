"""The figures of a report, counted in one reading transaction by the rules of desks, boards and final tables.

Nothing is counted here by a rule of its own: sums of rounds are those that the boards of units take, places those of
the published table or else of the board, and what may not be told yet is left out as it is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from quiz_app.asking import labels as asking_labels
from quiz_app.asking import queries as asking
from quiz_app.attempts.models import Result
from quiz_app.catalogue.models import StudyModule
from quiz_app.contests import policy as contests
from quiz_app.contests.models import RosterEntry, Round
from quiz_app.elsewhere import queries as elsewhere
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import tallies
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.policy import MEAN_FROM
from quiz_app.leaderboard.unit_boards import figures_of, placed
from quiz_app.meetings import queries as meetings
from quiz_app.members.models import Member
from quiz_app.participation import queries as participation
from quiz_app.reports import labels, winning
from quiz_app.reports.figures import AskedLine, Figures, MeetingLine, ModuleLine, OutsideLine, RoundLine, UnitLine
from quiz_app.rules.unit_standing import UnitFigures, UnitMeasure, add
from quiz_app.study import progress as study
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

NO_DAY = date(1, 1, 1)  # of a round: its own days are put in
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about; with a `round_id` that round alone."""

    unit_id: int
    starts_on: date
    ends_on: date
    round_id: int | None = None

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """From the first instant of the period up to the first after it."""
        first, after = self.starts_on, self.ends_on + timedelta(days=1)
        return datetime.combine(first, time(), VIETNAM), datetime.combine(after, time(), VIETNAM)


@dataclass(slots=True)
class _Sums:
    """What is added up round by round, and the latest roster of each unit."""

    figures: dict[int, UnitFigures]
    sizes: dict[int, int]
    minimum: int = 0

    def take(self, figures: Mapping[int, UnitFigures], minimum: int) -> None:
        for unit_id, own in figures.items():
            held = self.figures.get(unit_id)
            self.figures[unit_id] = own if held is None else add(held, own)
            if own.members:
                self.sizes[unit_id] = own.members
        self.minimum = max(self.minimum, minimum)

    def board(self, unit_ids: list[int]) -> dict[int, int | None]:
        """Units with their places among each other, as the board of turnout has them."""
        known = [self.figures[unit_id] for unit_id in unit_ids if unit_id in self.figures]
        sizes = {one.unit_id: self.sizes.get(one.unit_id, 0) for one in known}
        return {one.unit_id: place for place, one in placed(known, sizes, self.minimum, UnitMeasure.TURNOUT)}


def counted(r: Reading, asked: Asked, told: Told = lambda done, total: None) -> Figures:
    """The figures as of now. `told` hears how many of all steps are done. Raises Missing for no such unit."""
    unit = units.unit(r.session, asked.unit_id)
    over, waiting = rounds_of(r, asked)
    steps = len(over) + 2
    sums, lines = _Sums({}, {}), []
    for done, round_ in enumerate(over):
        told(done, steps)
        lines.append(_round(r, unit, round_, sums))
    told(len(over), steps)
    gone = _closed_below(r.session, unit, sums)
    tree = units.units(r.session, units.subtree_ids(unit.id), also=gone)
    children = [row.id for row in tree if row.parent_id == unit.id]
    siblings = [] if unit.parent_id is None else [one.id for one in units.children(r.session, unit.parent_id)]
    places = sums.board(siblings) if unit.id in siblings else {}
    below = _places_below(sums, {row.id: row.parent_id for row in tree if row.id not in {unit.id, *gone}})
    rows = tuple(
        UnitLine(
            unit_id=row.id,
            name=row.name + gone.get(row.id, ""),
            depth=row.depth,
            members=sums.sizes.get(row.id, 0),
            place=below.get(row.id),
            figures=sums.figures.get(row.id, tallies.nothing(row.id)),
        )
        for row in tree
        if row.id != unit.id
    )
    parents = {row.id: row.parent_id for row in tree}
    told(len(over) + 1, steps)
    figures = Figures(
        unit_id=unit.id,
        unit_name=unit.name,
        starts_on=asked.starts_on.isoformat(),
        ends_on=asked.ends_on.isoformat(),
        counted_at=r.now.isoformat(),
        rounds=tuple(lines),
        waiting=tuple(round_.title for round_ in waiting),
        members=sums.sizes.get(unit.id, 0),
        total=sums.figures.get(unit.id, tallies.nothing(unit.id)),
        place=places.get(unit.id),
        ranked=sum(place is not None for place in places.values()),
        units=rows,
        modules=_modules(r.session, unit, asked, parents, {one for one in children if one not in gone}),
        meetings=_meetings(r.session, unit, asked, parents, set(children)),
        outside=_outside(r.session, asked),
        asked=_questions(r.session, asked),
        prizes=winning.prizes(r.session, unit, over),
        closed=tuple(gone),
    )
    told(steps, steps)
    return figures


def rounds_of(r: Reading, asked: Asked) -> tuple[list[Round], list[Round]]:
    """The rounds that a report counts, the first to end first, and those that had begun and are not over.

    A round belongs to the period in which the last can answer.
    """
    offered = participation.rounds(r, asked.unit_id)
    if asked.round_id is not None:
        offered = [round_ for round_ in offered if round_.id == asked.round_id]
    first, after = asked.instants
    ends = {round_.id: contests.answers_end_at(round_) for round_ in offered}
    wanted = [one for one in offered if asked.round_id is not None or first <= ends[one.id] < after]
    over = sorted((one for one in wanted if ends[one.id] <= r.now), key=lambda one: (ends[one.id], one.id))
    waiting = [one for one in offered if one.opens_at < min(after, r.now) and ends[one.id] > r.now]
    return over, waiting


def days_of(round_: Round) -> tuple[date, date]:
    """From the day a round opened to the one on which the last could answer."""
    first, last = round_.opens_at, contests.answers_end_at(round_)
    return first.astimezone(VIETNAM).date(), last.astimezone(VIETNAM).date()


def _round(r: Reading, unit: Unit, round_: Round, sums: _Sums) -> RoundLine:
    """One round into the sums, and the unit's line of it."""
    session, frozen_at = r.session, contests.frozen_since(round_, r.now)
    shows = contests.reveals_scores(round_, r.now)
    raw = tallies.unit_figures(session, round_.id, frozen_at)
    told = {unit_id: figures_of(_tally(round_, own, r.now), with_scores=shows) for unit_id, own in raw.items()}
    top = round_.contest.unit_id
    if unit.id not in told and top in told and unit.id in units.path_ids(session, top):
        for above in units.path_ids(session, top):  # a contest below: it is all there is of the units above it
            told.setdefault(above, _renamed(told[top], above))
    alone = _Sums({}, {})
    alone.take(told, round_.contest.unit_minimum)
    sums.take(told, round_.contest.unit_minimum)
    own = told.get(unit.id, tallies.nothing(unit.id))
    is_told = own.ranked_participants >= MEAN_FROM and frozen_at is None
    best, most = _best(session, round_.id, unit.id) if is_told else (None, None)
    place, ranked = winning.place(session, unit, round_) or _board_place(session, unit, alone)
    return RoundLine(
        title=round_.title,
        contest=round_.contest.title,
        closed_at=contests.answers_end_at(round_).isoformat(),
        figures=own,
        outside=_from_outside(session, round_.id, unit.id),
        best=best,
        max_score=most,
        place=place,
        ranked=ranked,
        is_final=round_.finalised_at is not None,
        is_frozen=frozen_at is not None,
        shows_scores=shows,
    )


def _tally(round_: Round, figures: UnitFigures, now: datetime) -> UnitTally:
    return UnitTally(round_id=round_.id, taken_at=now, **asdict(figures))


def _renamed(figures: UnitFigures, unit_id: int) -> UnitFigures:
    return add(tallies.nothing(unit_id), figures)


def _closed_below(session: Session, unit: Unit, sums: _Sums) -> dict[int, str]:
    """The units below that are closed and have figures, without which those above would not add up; and what became
    of each."""
    query = select(Unit.id, Unit.merged_into_id).where(
        Unit.id.in_(units.subtree_ids(unit.id)), Unit.id != unit.id, Unit.closed_at.is_not(None)
    )
    told = {unit_id for unit_id, own in sums.figures.items() if own.members or own.participants}
    return {
        unit_id: labels.CLOSED if merged_into is None else labels.MERGED
        for unit_id, merged_into in session.execute(query.order_by(Unit.id))
        if unit_id in told
    }


def _board_place(session: Session, unit: Unit, alone: _Sums) -> tuple[int | None, int]:
    if unit.parent_id is None:
        return None, 0
    places = alone.board([one.id for one in units.children(session, unit.parent_id)])
    return places.get(unit.id), sum(place is not None for place in places.values())


def _places_below(sums: _Sums, parents: Mapping[int, int | None]) -> dict[int, int | None]:
    """Every unit's place among those right beside it."""
    groups: dict[int | None, list[int]] = {}
    for unit_id, parent_id in parents.items():
        groups.setdefault(parent_id, []).append(unit_id)
    return {unit_id: place for group in groups.values() for unit_id, place in sums.board(group).items()}


def _best(session: Session, round_id: int, unit_id: int) -> tuple[int | None, int | None]:
    query = select(func.max(Result.score), func.max(Result.max_score)).where(
        Result.round_id == round_id, Result.is_ranked, Result.unit_id.in_(units.subtree_ids(unit_id))
    )
    best, most = session.execute(query).one()
    return best, most


def _from_outside(session: Session, round_id: int, unit_id: int) -> int:
    """How many took part who stand on no roster of the round."""
    on_roster = select(RosterEntry.member_id).where(
        RosterEntry.round_id == Result.round_id, RosterEntry.member_id == Result.member_id
    )
    query = select(func.count()).where(
        Result.round_id == round_id, Result.unit_id.in_(units.subtree_ids(unit_id)), ~on_roster.exists()
    )
    return session.scalar(query) or 0


def _modules(
    session: Session, unit: Unit, asked: Asked, parents: Mapping[int, int | None], children: set[int]
) -> tuple[ModuleLine, ...]:
    """The modules in force, for the unit with all below and for each unit right below it."""
    scope: Select[int] = units.subtree_ids(unit.id)
    members: Counter[int] = Counter()
    query = select(Member.unit_id, func.count()).where(Member.unit_id.in_(scope), study.ON_ROSTERS)
    for unit_id, people in session.execute(query.group_by(Member.unit_id)):
        members[0] += people
        members[_child_above(unit_id, parents, children)] += people
    finished: Counter[tuple[int, int]] = Counter()
    for unit_id, module_id, people in study.finished_by_unit(session, scope, asked.instants[1]):
        finished[0, module_id] += people
        finished[_child_above(unit_id, parents, children), module_id] += people
    known = study.lesson_counts(session)
    modules = session.scalars(
        select(StudyModule).where(StudyModule.id.in_(known)).order_by(StudyModule.position, StudyModule.id)
    ).all()
    wanted = [0, *(row for row in parents if row in children)]
    return tuple(
        ModuleLine(unit_id, module.title, finished[unit_id, module.id], members[unit_id])
        for unit_id in wanted
        for module in modules
    )


def _meetings(
    session: Session, unit: Unit, asked: Asked, parents: Mapping[int, int | None], children: set[int]
) -> tuple[MeetingLine, ...]:
    """The confirmed meetings of the period, for the unit with all below and for each unit right below that held one."""
    sums: dict[int, Counter[str]] = {}
    held = meetings.attendance_figures(session, units.subtree_ids(unit.id), *asked.instants)
    for unit_id, own in held.items():
        for at in {0, _child_above(unit_id, parents, children)} - {-1}:
            sums.setdefault(at, Counter()).update(meetings=own.meetings, expected=own.expected, present=own.present)
    wanted = [unit_id for unit_id in (0, *(row for row in parents if row in children)) if unit_id in sums]
    return tuple(
        MeetingLine(unit_id, sums[unit_id]["meetings"], sums[unit_id]["expected"], sums[unit_id]["present"])
        for unit_id in wanted
    )


def _child_above(unit_id: int, parents: Mapping[int, int | None], children: set[int]) -> int:
    """The unit right below the report's that this one belongs to; -1 for what belongs to none."""
    at: int | None = unit_id
    while at is not None and at not in children:
        at = parents.get(at)
    return -1 if at is None else at


def _outside(session: Session, asked: Asked) -> tuple[OutsideLine, ...]:
    found = elsewhere.people_by_contest(session, units.subtree_ids(asked.unit_id))
    return tuple(
        OutsideLine(contest.title, contest.organiser, people)
        for contest, people in found
        if contest.starts_on <= asked.ends_on and contest.ends_on >= asked.starts_on
    )


def _questions(session: Session, asked: Asked) -> tuple[AskedLine, ...]:
    found = asking.counts(session, asked.unit_id, *asked.instants)
    return tuple(
        AskedLine(asking_labels.KINDS[kind], asking_labels.STATES[state], count)
        for (kind, state), count in found.items()
        if count
    )
