"""The prizes of a contest and how its units are ranked: set by organisers, and fixed once results rest on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quiz_app.contests import publishing
from quiz_app.contests import queries as contests
from quiz_app.contests.labels import PRIZE_SCOPES
from quiz_app.contests.models import Contest, Prize, PrizeScope, Round, UnitClasses
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work
from quiz_app.results import labels
from quiz_app.results.errors import PrizesLocked
from quiz_app.results.models import FinalTable
from quiz_app.results.policy import Action
from quiz_app.rules.unit_mix import MixMeasure


@dataclass(frozen=True, slots=True)
class PrizePlan:
    """A kind of prize as it is wanted."""

    is_for_units: bool
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Mix:
    """How units are ranked; without weights they are not."""

    weights: Mapping[MixMeasure, int]
    threshold: int | None
    minimum: int
    classes: UnitClasses


def prizes_of(session: Session, contest_id: int) -> list[Prize]:
    """All prizes of a contest, best first within each kind."""
    query = select(Prize).where(Prize.contest_id == contest_id)
    return list(session.scalars(query.order_by(Prize.scope, Prize.is_for_units, Prize.position, Prize.id)))


def mix_of(contest: Contest) -> Mix:
    return Mix(
        weights={MixMeasure(name): int(weight) for name, weight in contest.unit_weights.items()},
        threshold=contest.unit_threshold,
        minimum=contest.unit_minimum,
        classes=UnitClasses(contest.unit_classes),
    )


def locked(session: Session, contest_id: int) -> frozenset[PrizeScope]:
    """The kinds of prizes of which a table is published."""
    query = select(FinalTable.scope).where(FinalTable.contest_id == contest_id, FinalTable.published_at.is_not(None))
    words = {key.partition(":")[0] for key in session.scalars(query)}
    return frozenset(
        kind for kind in PrizeScope if (kind.value if kind is not PrizeScope.OVERALL else "contest") in words
    )


def set_prizes(
    w: Work,
    contest_id: int,
    wanted: Mapping[PrizeScope, Sequence[PrizePlan]],
    most_prizes: int | None,
    mix: Mix,
) -> Contest:
    """Give a contest these prizes, this cap and this ranking of units. Kinds that are not named stay.

    The rules of its published rounds that are not final are written anew: they tell prizes.
    Raises Missing, PrizesLocked for what published results rest on, BadInput.
    """
    contest = contests.managed_contest(w, contest_id)
    w.session.execute(
        select(Contest.id).where(Contest.id == contest.id).with_for_update().execution_options(populate_existing=True)
    )
    rounds = _held_rounds(w, contest.id)
    fixed = locked(w.session, contest.id)
    held = {scope: [one for one in prizes_of(w.session, contest.id) if one.scope == scope] for scope in PrizeScope}
    changed = [scope for scope in wanted if _plans(held[scope]) != _in_order(wanted[scope])]
    for scope in changed:
        if scope in fixed:
            raise PrizesLocked(PRIZE_SCOPES[scope].lower())
    if PrizeScope.ROUND in fixed and most_prizes != contest.most_prizes:
        raise PrizesLocked(labels.CAP)
    if fixed and mix != mix_of(contest):
        raise PrizesLocked(labels.MIX)
    _require_sound(mix, [plan for scope in PrizeScope for plan in wanted.get(scope, _plans(held[scope]))])
    for scope in changed:
        w.session.execute(delete(Prize).where(Prize.contest_id == contest.id, Prize.scope == scope.value))
        w.session.add_all(
            Prize(
                contest_id=contest.id,
                scope=scope.value,
                is_for_units=plan.is_for_units,
                position=position,
                title=plan.title,
                count=plan.count,
            )
            for position, plan in enumerate(_in_order(wanted[scope]), start=1)
        )
    contest.most_prizes = most_prizes
    contest.unit_weights = {measure.value: weight for measure, weight in mix.weights.items()}
    contest.unit_threshold = mix.threshold
    contest.unit_minimum = mix.minimum
    contest.unit_classes = mix.classes.value
    w.session.flush()
    for round_ in rounds:
        if round_.published_at is not None and round_.finalised_at is None:
            publishing.renew_rules(w, round_)
    w.record(
        Action.PRIZES_CHANGED,
        f"contest:{contest.id}",
        prizes=[_written(one) for one in prizes_of(w.session, contest.id)],
        most_prizes=most_prizes,
        unit_weights=dict(contest.unit_weights),
    )
    return contest


def _held_rounds(w: Work, contest_id: int) -> list[Round]:
    """Locked, so that nobody accepts rules while they change."""
    query = select(Round).where(Round.contest_id == contest_id).order_by(Round.id)
    return list(w.session.scalars(query.with_for_update(of=Round).execution_options(populate_existing=True)))


def _plans(prizes: Sequence[Prize]) -> list[PrizePlan]:
    return [PrizePlan(one.is_for_units, one.title, one.count) for one in prizes]


def _in_order(plans: Sequence[PrizePlan]) -> list[PrizePlan]:
    """Those for people first, each in the order given."""
    return sorted(plans, key=lambda plan: plan.is_for_units)


def _require_sound(mix: Mix, plans: Sequence[PrizePlan]) -> None:
    errors: dict[str, list[str]] = {}
    if any(plan.is_for_units for plan in plans) and not any(mix.weights.values()):
        errors["weight_turnout"] = [labels.NO_WEIGHTS]
    if mix.weights.get(MixMeasure.ABOVE, 0) and mix.threshold is None:
        errors["threshold"] = [labels.NO_THRESHOLD]
    if errors:
        raise BadInput(errors)


def _written(prize: Prize) -> dict[str, Any]:
    return {"scope": prize.scope, "for_units": prize.is_for_units, "title": prize.title, "count": prize.count}
