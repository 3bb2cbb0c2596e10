"""Every unit of a desk at once: a tree whose figures roll up, a flat list, and who lags by the reader's own rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from quiz_app.contests.timing import closed_for_all_at
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.text import search_key, title_key
from quiz_app.kernel.work import Reading, Work
from quiz_app.participation.figures import Figures, nothing, rolled_up
from quiz_app.participation.labels import ListColumn
from quiz_app.participation.models import LagRule
from quiz_app.participation.queries import Desk, figures_by_unit
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

USUAL_PERCENT, USUAL_DAYS = 50, 3
OPEN_UP_TO = 100  # units of a tree that is shown with every level open
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever's turnout is below `percent` with less than `days` left is lagging."""

    percent: int = USUAL_PERCENT
    days: int = USUAL_DAYS


@dataclass(frozen=True, slots=True)
class TreeLine:
    """A unit with its figures: in the tree those of everything below it too, in the flat list its own alone."""

    unit_id: int
    parent_id: int | None
    name: str
    depth: int
    is_leaf: bool
    sums: Figures
    is_lagging: bool


def trail(r: Reading, own: Sequence[Unit], unit_id: int) -> list[Unit]:
    """The units from the actor's topmost one down to this one."""
    path = units.path(r.session, unit_id)
    own_ids = {mine.id for mine in own}
    return path[next((place for place, above in enumerate(path) if above.id in own_ids), len(path) - 1) :]


def rule_of(r: Reading) -> Rule:
    """The actor's own rule, or the usual one."""
    kept = r.session.get(LagRule, r.actor.member)
    return Rule() if kept is None else Rule(kept.percent, kept.days)


def set_rule(w: Work, rule: Rule) -> None:
    """Keep the actor's rule. Raises BadInput."""
    if not 1 <= rule.percent <= 100:
        raise BadInput({"percent": ["Tỉ lệ phải từ 1 đến 100 %."]})
    if not 1 <= rule.days <= MOST_DAYS:
        raise BadInput({"days": [f"Số ngày phải từ 1 đến {MOST_DAYS}."]})
    kept = w.session.get(LagRule, w.actor.member)
    if kept is None:
        try:
            with w.session.begin_nested():
                w.session.add(LagRule(member_id=w.actor.member, percent=rule.percent, days=rule.days))
            return
        except IntegrityError:  # pressed twice
            kept = w.session.get_one(LagRule, w.actor.member)
    kept.percent, kept.days = rule.percent, rule.days


def lags(sums: Figures, rule: Rule, closes_at: datetime, now: datetime) -> bool:
    """Whether a unit lags by a rule; one where nobody has to sit never does."""
    is_below = sums.figures.rostered_participants * 100 < rule.percent * sums.able
    return is_below and closes_at - now < timedelta(days=rule.days)


def whole_tree(r: Reading, desk: Desk, rule: Rule) -> list[TreeLine]:
    """The desk's unit and everything below it, siblings by name, each with the sums of its subtree."""
    return _lines(r, desk, rule, rolled=True)


def flat_list(
    r: Reading, desk: Desk, rule: Rule, column: ListColumn = ListColumn.TREE, *, is_backwards: bool = False
) -> list[TreeLine]:
    """The units that have people of their own, each with its own figures, so that every person stands in one line."""
    found = [line for line in _lines(r, desk, rule, rolled=False) if _has_people(line)]
    if column is ListColumn.TREE:
        return found
    keyed = [(key, line) for line in found if (key := _key(line, column)) is not None]
    ordered = [line for _, line in sorted(keyed, key=lambda each: each[0], reverse=is_backwards)]
    return ordered + [line for line in found if _key(line, column) is None]


def chosen(lines: Sequence[TreeLine], *, search: str = "", lagging_only: bool = False) -> list[TreeLine]:
    """Those whose name has all the words asked for, in any spelling; only the lagging where that is asked."""
    words = search_key(search).split()
    return [
        line
        for line in lines
        if (line.is_lagging or not lagging_only) and all(word in search_key(line.name) for word in words)
    ]


def opened(lines: Sequence[TreeLine], unit_id: int | None) -> tuple[list[TreeLine], frozenset[int]]:
    """Of a whole tree what is shown with the levels down to a unit open, and which units are open.

    A small tree is open as a whole, which no unit asked for changes; else the topmost unit always is.
    """
    above = {line.unit_id: line.parent_id for line in lines}
    if len(lines) <= OPEN_UP_TO:
        return list(lines), frozenset(above)
    is_open = {line.unit_id for line in lines[:1]}
    at = unit_id if unit_id in above else None
    while at is not None:
        is_open.add(at)
        at = above[at]
    return [line for line in lines if line.parent_id is None or line.parent_id in is_open], frozenset(is_open)


def _lines(r: Reading, desk: Desk, rule: Rule, *, rolled: bool) -> list[TreeLine]:
    rows = r.session.execute(
        select(Unit.id, Unit.parent_id, Unit.name).where(Unit.id.in_(desk.scope)).order_by(Unit.sort_key, Unit.id)
    ).all()
    names = {row.id: row.name for row in rows}
    parent = {row.id: row.parent_id if row.parent_id in names and row.id != desk.unit.id else None for row in rows}
    below: dict[int | None, list[int]] = {}
    for row in rows:
        below.setdefault(parent[row.id], []).append(row.id)
    own = figures_by_unit(r.session, desk)
    sums = {unit_id: own.get(unit_id, nothing(unit_id)) for unit_id in names}
    if rolled:
        sums = rolled_up(sums, parent)
    closes_at = closed_for_all_at(desk.round)
    found: list[TreeLine] = []
    waiting = [(unit_id, 0) for unit_id in reversed(below.get(None, []))]
    while waiting:
        unit_id, depth = waiting.pop()
        inner = below.get(unit_id, [])
        is_lagging = lags(sums[unit_id], rule, closes_at, r.now)
        found.append(TreeLine(unit_id, parent[unit_id], names[unit_id], depth, not inner, sums[unit_id], is_lagging))
        waiting += [(each, depth + 1) for each in reversed(inner)]
    return found


def _has_people(line: TreeLine) -> bool:
    return bool(line.sums.figures.members or line.sums.figures.participants or line.sums.elsewhere)


def _key(line: TreeLine, column: ListColumn) -> tuple[Fraction | int, str] | None:
    """What a line is sorted by; None for a turnout that does not exist."""
    sums, name = line.sums, title_key(line.name)
    value: Fraction | int | None
    match column:
        case ListColumn.TURNOUT:
            value = sums.turnout
        case ListColumn.MISSING:
            value = sums.missing
        case ListColumn.ABLE:
            value = sums.able
        case ListColumn.PARTICIPANTS:
            value = sums.figures.participants
        case ListColumn.ATTEMPTS:
            value = sums.figures.attempts
        case _:
            value = 0
    return None if value is None else (value, name)
