"""Acts on the stages of a contest: their names, their order, and which round belongs to which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from quiz_app.contests import locking, publishing, queries
from quiz_app.contests.models import Contest, Round, Stage
from quiz_app.contests.policy import Action
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work
from quiz_app.rules.lifecycle import Change


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage as it is wanted; `id` None makes a new one."""

    id: int | None
    title: str


def arrange_stages(
    w: Work,
    contest_id: int,
    wanted: Sequence[StagePlan],
    stage_of_round: Mapping[int, int | None],
    removed: Collection[int] = (),
) -> Contest:
    """Give a contest these stages in this order; those not named follow. Rounds of removed ones stand outside.

    `stage_of_round` says for rounds where they belong; those not named stay. Raises Missing, BadInput for ids of
    another contest, and ChangeLocked for a round whose results are final.
    """
    contest = queries.managed_contest(w, contest_id)
    w.session.execute(select(Contest.id).where(Contest.id == contest.id).with_for_update())
    stages = {stage.id: stage for stage in queries.stages(w.session, contest.id)}
    rounds = {round_.id: round_ for round_ in _held_rounds(w, contest.id)}
    named = [plan.id for plan in wanted if plan.id is not None]
    asked = {stage_id for stage_id in stage_of_round.values() if stage_id is not None}.union(named, removed)
    if not asked <= set(stages) or len(set(named)) < len(named) or not set(stage_of_round) <= set(rounds):
        raise BadInput({"stages": ["Giai đoạn hoặc đợt thi không có trong cuộc thi này."]})
    for number, round_ in rounds.items():
        stage_id = stage_of_round.get(number, round_.stage_id)
        stage_id = None if stage_id in removed else stage_id
        if round_.stage_id != stage_id:
            locking.require_free(round_, [Change.TITLE], w.now)
            round_.stage_id = stage_id
    w.session.flush()
    w.session.execute(delete(Stage).where(Stage.id.in_(removed)))
    _put_in_order(w, contest.id, wanted, [one for one in stages.values() if one.id not in removed])
    for round_ in rounds.values():  # the rules of a round name its stage
        if round_.published_at is not None and round_.finalised_at is None:
            publishing.renew_rules(w, round_)
    titles = [stage.title for stage in queries.stages(w.session, contest.id)]
    in_stages = sum(round_.stage_id is not None for round_ in rounds.values())
    w.record(Action.STAGES_ARRANGED, f"contest:{contest.id}", stages=titles, rounds=in_stages)
    return contest


def _put_in_order(w: Work, contest_id: int, wanted: Sequence[StagePlan], stages: list[Stage]) -> None:
    by_id = {stage.id: stage for stage in stages}
    for stage in stages:  # out of the way first: no two may stand at one place, not even for a moment
        stage.position = -stage.id
    w.session.flush()
    named = {plan.id for plan in wanted}
    plans = [*wanted, *(StagePlan(stage.id, stage.title) for stage in stages if stage.id not in named)]
    for position, plan in enumerate(plans, start=1):
        if plan.id is None:
            w.session.add(Stage(contest_id=contest_id, position=position, title=plan.title))
        elif plan.id in by_id:
            by_id[plan.id].position = position
            by_id[plan.id].title = plan.title
    w.session.flush()


def _held_rounds(w: Work, contest_id: int) -> list[Round]:
    query = select(Round).where(Round.contest_id == contest_id).order_by(Round.id)
    return list(w.session.scalars(query.with_for_update(of=Round).execution_options(populate_existing=True)))
