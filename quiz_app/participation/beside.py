"""How a unit stands beside others in a round, and from round to round, as the boards' policy lets the actor see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select

from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, Round
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import history, scope, still
from quiz_app.leaderboard import policy as boards
from quiz_app.leaderboard.history import UnitStep
from quiz_app.leaderboard.scope import Scope
from quiz_app.units.models import Unit, UnitAncestor, UnitKind


@dataclass(frozen=True, slots=True)
class Beside:
    """A unit's place by turnout among those beside it, and the turnout of all around it.

    `is_hidden`: an open prediction asks for such figures, so nothing of it is told.
    """

    step: UnitStep | None = None
    around: Unit | None = None
    around_turnout: Fraction | None = None
    taken_at: datetime | None = None
    is_hidden: bool = False


def beside(r: Reading, round_: Round, unit: Unit) -> Beside:
    """Nothing where the unit lies outside the contest, or where the actor does not see its boards."""
    if not _sees_boards(r, round_.contest_id):
        return Beside()
    return _told(r, scope.of_round(round_, r.now), _path(r, unit.id)).get(round_.id, Beside())


def over_rounds(r: Reading, unit: Unit, rounds: Sequence[Round]) -> list[tuple[Round, Beside]]:
    """The rounds that have begun, the first one first; each with how the unit stood in it."""
    begun = sorted((one for one in rounds if one.opens_at <= r.now), key=lambda one: (one.opens_at, one.id))
    path = _path(r, unit.id)
    told: dict[int, Beside] = {}
    for contest_id in {one.contest_id for one in begun}:
        if _sees_boards(r, contest_id):
            told |= _told(r, scope.of_contest(begun, contest_id, r.now), path)
    return [(one, told.get(one.id, Beside())) for one in begun]


def _told(r: Reading, what: Scope, path: Sequence[Unit]) -> dict[int, Beside]:
    """By round, how the first unit of the path stood in it."""
    unit = path[0]
    if what.contest.unit_id not in {one.id for one in path}:
        return {}
    hidden = {round_.id for round_ in what.rounds if contests.hides_figures(r, round_)}
    if len(hidden) == len(what.rounds):
        return {round_id: Beside(is_hidden=True) for round_id in hidden}
    what = replace(what, audience=contests.audience(r, what.last))
    around = _around(path, what.contest.unit_id)
    wider = [] if around is None else history.unit_history(r, what, around.id, hidden).steps
    shares = {step.round.id: step.turnout for step in wider}
    taken_at = still.taken_at(r.session, what)
    return {
        step.round.id: Beside(is_hidden=True)
        if step.round.id in hidden
        else Beside(step, around, shares.get(step.round.id), taken_at)
        for step in history.unit_history(r, what, unit.id, hidden).steps
    }


def _sees_boards(r: Reading, contest_id: int) -> bool:
    asked = select(Contest.id).where(Contest.id == contest_id, boards.seen(r.actor))
    return r.session.scalar(asked) is not None


def _path(r: Reading, unit_id: int) -> list[Unit]:
    """The unit, its parent, and so on up to the root."""
    asked = select(Unit).join(UnitAncestor, UnitAncestor.ancestor_id == Unit.id)
    return list(r.session.scalars(asked.where(UnitAncestor.unit_id == unit_id).order_by(UnitAncestor.distance)))


def _around(path: Sequence[Unit], contest_unit_id: int) -> Unit | None:
    """The commune above the unit, or all units of the contest; None for whoever is that himself."""
    within = path[: next(place for place, one in enumerate(path) if one.id == contest_unit_id) + 1]
    found = next((one for one in within if one.kind == UnitKind.COMMUNE.value), within[-1])
    return None if found is path[0] else found
