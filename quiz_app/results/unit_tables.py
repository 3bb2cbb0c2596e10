"""The units of a final table: figures taken at one instant, marks by the contest's mix, places within each class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Result
from quiz_app.contests.models import Contest, UnitClasses
from quiz_app.leaderboard.tallies import nothing, round_tree, unit_figures
from quiz_app.results.subjects import Subject
from quiz_app.rules.prizes import Contestant, Prize, award
from quiz_app.rules.unit_mix import Contender, Mark, MixMeasure, marks
from quiz_app.rules.unit_standing import UnitFigures, add, size_class
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

_FIGURES = [field.name for field in fields(UnitFigures) if field.name != "unit_id"]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of a table; `code` is its public code."""

    unit_id: int
    code: str
    class_name: str
    place: int | None
    figures: dict[str, Any]
    parts: dict[str, int]
    total: int
    prize: str | None


@dataclass(frozen=True, slots=True)
class Shift:
    """What would be added to the stored figures of each unit alone, and to its number of good scores."""

    figures: Mapping[int, UnitFigures]
    good: Mapping[int, int]


def weights_of(contest: Contest) -> dict[MixMeasure, int]:
    """What the contest ranks its units by; nothing where it does not."""
    found = {MixMeasure(name): int(weight) for name, weight in contest.unit_weights.items()}
    return {measure: weight for measure, weight in found.items() if weight > 0}


def unit_rows(
    session: Session,
    subject: Subject,
    prizes: list[Prize],
    winners_of: Mapping[int, int],
    shift: Shift | None = None,
) -> list[UnitRow]:
    """The units with their marks, class by class, best first. `winners_of`: how many prizes people of a unit won.

    Each round counts in the tree of its publication, sums over several by that of the last.
    With a `shift` as they would be, not as they are stored. By kind every unit below the contest's own is ranked among
    those of its kind; otherwise those directly below it.
    """
    contest = subject.contest
    weights = weights_of(contest)
    if not weights:
        return []
    per_round = [unit_figures(session, round_.id) for round_ in subject.rounds]
    tree = round_tree(session, subject.last.id)
    above = units.lines(tree)
    good = _rolled_up(_good_scores(session, subject), above)
    if shift is not None:
        per_round.append(_figures_rolled_up(shift.figures, above))
        good.update(_rolled_up(shift.good, above))
    winners = _rolled_up(winners_of, above)
    contenders: list[Contender] = []
    ranked_units = _ranked_units(session, contest, tree)
    for unit in ranked_units.values():
        figures = _added(unit.id, per_round)
        size = next((own[unit.id].members for own in reversed(per_round) if unit.id in own and own[unit.id].members), 0)
        if size == 0 and figures.participants == 0:
            continue
        name = _class_name(contest, unit, size)
        contenders.append(Contender(figures, name, good[unit.id], winners[unit.id], size))
    ranked = marks(contenders, weights, contest.unit_minimum)
    given = _prizes(ranked_units, ranked, prizes, subject.last.lot_seed)
    by_id = {one.figures.unit_id: one for one in contenders}
    return [_row(ranked_units[mark.unit_id], by_id[mark.unit_id], mark, given.get(mark.unit_id)) for mark in ranked]


def _row(unit: Unit, contender: Contender, mark: Mark, prize: str | None) -> UnitRow:
    figures: dict[str, Any] = {name: getattr(contender.figures, name) for name in _FIGURES}
    figures |= {"at_or_above": contender.at_or_above, "winners": contender.winners, "size": contender.members}
    parts = {measure.value: part for measure, part in mark.parts.items()}
    return UnitRow(unit.id, unit.code, mark.class_name, mark.place, figures, parts, mark.total, prize)


def _ranked_units(session: Session, contest: Contest, tree: Mapping[int, int | None]) -> dict[int, Unit]:
    is_any = contest.unit_classes == UnitClasses.KIND.value
    ranked = [unit_id for unit_id, above in tree.items() if above == contest.unit_id or (is_any and above is not None)]
    found = session.scalars(select(Unit).where(Unit.id.in_(ranked or [contest.unit_id])).order_by(Unit.id))
    return {unit.id: unit for unit in found}


def _class_name(contest: Contest, unit: Unit, size: int) -> str:
    match UnitClasses(contest.unit_classes):
        case UnitClasses.NONE:
            return ""
        case UnitClasses.SIZE:
            return size_class(size).value
        case UnitClasses.KIND:
            return unit.kind


def _added(unit_id: int, per_round: list[dict[int, UnitFigures]]) -> UnitFigures:
    first, *others = (figures.get(unit_id) or nothing(unit_id) for figures in per_round)
    for other in others:
        first = add(first, other)
    return first


def _good_scores(session: Session, subject: Subject) -> dict[int, int]:
    """By unit, how many ranked results have at least the points of a good score."""
    if subject.contest.unit_threshold is None:
        return {}
    rows = session.execute(
        select(Result.unit_id, func.count())
        .where(
            Result.round_id.in_([round_.id for round_ in subject.rounds]),
            Result.is_ranked.is_(True),
            Result.score >= subject.contest.unit_threshold,
        )
        .group_by(Result.unit_id)
    )
    return {row[0]: row[1] for row in rows}


def _rolled_up(own: Mapping[int, int], above: Mapping[int, list[int]]) -> Counter[int]:
    totals: Counter[int] = Counter()
    for unit_id, count in own.items():
        for ancestor_id in above.get(unit_id, ()):
            totals[ancestor_id] += count
    return totals


def _figures_rolled_up(own: Mapping[int, UnitFigures], above: Mapping[int, list[int]]) -> dict[int, UnitFigures]:
    totals = {unit_id: nothing(unit_id) for unit_id in above}
    for unit_id, figures in own.items():
        for ancestor_id in above.get(unit_id, ()):
            totals[ancestor_id] = add(totals[ancestor_id], figures)
    return totals


def _prizes(units: Mapping[int, Unit], ranked: list[Mark], prizes: list[Prize], seed: str) -> dict[int, str]:
    """Each class has its own prizes; what is tied for the last one is drawn by the units' codes.

    A unit that got nothing wins nothing, however many prizes are left.
    """
    classes: dict[str, list[Mark]] = defaultdict(list)
    for mark in ranked:
        if mark.place is not None and mark.total > 0:
            classes[mark.class_name].append(mark)
    ids = {unit.code: unit.id for unit in units.values()}
    given: dict[int, str] = {}
    for own in classes.values():
        contestants = [Contestant(units[mark.unit_id].code, (-mark.total,)) for mark in own]
        given |= {ids[one.code]: one.title for one in award(prizes, contestants, seed, {}, None)}
    return given
