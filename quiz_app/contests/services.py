"""Acts on contests and rounds."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Item
from quiz_app.contests import contradictions, locking, publishing, queries
from quiz_app.contests.errors import RoundFixed
from quiz_app.contests.models import BlueprintCell, Contest, PinnedItem, Round, Stage
from quiz_app.contests.policy import Action
from quiz_app.contests.terms import CHANGES, RoundTerms, changed, columns, store_lists, terms_of
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work
from quiz_app.members.models import Category
from quiz_app.rules.drawing import Cell
from quiz_app.rules.lifecycle import Change
from quiz_app.units import queries as units

PRESSED_TWICE = timedelta(minutes=1)
"""Within this the same act by the same person is one act: a slow page makes people press again."""


def create_contest(w: Work, *, title: str, unit_id: int, is_demonstration: bool) -> Contest:
    """A contest for the subtree of a unit that the actor organises. Raises Missing for any other unit."""
    unit = units.covered_unit(w.session, w.actor, unit_id, Role.ORGANISER)
    contest = Contest(
        title=title,
        unit_id=unit.id,
        is_demonstration=is_demonstration,
        created_at=w.now,
        created_by=w.actor.member_id,
    )
    w.session.add(contest)
    w.session.flush()
    w.record(Action.CONTEST_CREATED, f"contest:{contest.id}", title=title, unit_id=unit.id)
    return contest


def create_round(w: Work, contest_id: int, terms: RoundTerms) -> Round:
    """A draft round at the end of a contest. Raises Missing, BadInput."""
    contest = queries.managed_contest(w, contest_id)
    _require_sound(w, contest, terms)
    last = w.session.scalar(select(func.max(Round.position)).where(Round.contest_id == contest.id))
    round_ = Round(
        contest_id=contest.id,
        position=(last or 0) + 1,
        draw_secret=secrets.token_hex(32),
        created_at=w.now,
        **columns(terms),
    )
    w.session.add(round_)
    w.session.flush()
    store_lists(w.session, round_.id, terms)
    w.record(Action.ROUND_CREATED, f"round:{round_.id}", contest_id=contest.id, title=terms.title)
    return round_


def change_round(w: Work, round_id: int, terms: RoundTerms) -> Round:
    """Set a round's terms anew: all of a draft, of a published round what its life cycle leaves free.

    What was published with terms that changed (pool, roster, rules) is made anew. Raises Missing, ChangeLocked,
    BadInput, and RoundNotReady where a published round could not be published so.
    """
    round_ = held_round(w, round_id)
    before = terms_of(w.session, round_)
    names = changed(before, terms)
    changes = {CHANGES[name] for name in names}
    locking.require_free(round_, changes, w.now)
    _require_sound(w, round_.contest, terms, before)
    for name, value in columns(terms).items():
        setattr(round_, name, value)
    store_lists(w.session, round_.id, terms)
    w.session.flush()
    if round_.published_at is not None and names:
        publishing.publish_anew(w, round_, changes)
    w.record(Action.ROUND_CHANGED, f"round:{round_.id}", title=terms.title, terms=sorted(names))
    return round_


def set_blueprint(w: Work, round_id: int, cells: Iterable[Cell], pinned_item_ids: Iterable[int] | None = None) -> Round:
    """Say how many items of which topic and level a paper holds, and what each is worth.

    `pinned_item_ids` are the items that stand in every paper; None leaves those that do. Raises Missing, ChangeLocked,
    BadInput, and RoundNotReady where a published round could not be published so.
    """
    round_ = held_round(w, round_id)
    locking.require_free(round_, [Change.BLUEPRINT], w.now)
    if pinned_item_ids is not None:
        _pin(w, round_, frozenset(pinned_item_ids))
    w.session.execute(delete(BlueprintCell).where(BlueprintCell.round_id == round_.id))
    wanted = [cell for cell in cells if cell.count > 0]
    w.session.add_all(
        BlueprintCell(
            round_id=round_.id,
            position=position,
            topic=cell.topic,
            level=cell.level,
            count=cell.count,
            points=cell.points,
        )
        for position, cell in enumerate(wanted, start=1)
    )
    w.session.flush()
    w.session.expire(round_, ["cells"])
    if round_.published_at is not None:
        publishing.publish_anew(w, round_, [Change.BLUEPRINT])
    w.record(Action.BLUEPRINT_CHANGED, f"round:{round_.id}", items=sum(cell.count for cell in wanted))
    return round_


def publish_round(w: Work, round_id: int) -> Round:
    """Fix a draft: its pool, its roster and its rules are frozen, and members see it.

    Raises Missing, RoundFixed, or RoundNotReady with every problem.
    """
    round_ = held_round(w, round_id)
    if round_.published_at is not None:
        raise RoundFixed
    publishing.publish(w, round_)
    return round_


def add_stage(w: Work, contest_id: int, title: str) -> Stage:
    """A group of rounds with a ranking of its own, at the end of a contest's stages. Raises Missing."""
    contest = queries.managed_contest(w, contest_id)
    last = w.session.scalar(select(func.max(Stage.position)).where(Stage.contest_id == contest.id))
    stage = Stage(contest_id=contest.id, position=(last or 0) + 1, title=title)
    w.session.add(stage)
    w.session.flush()
    w.record(Action.STAGE_ADDED, f"contest:{contest.id}", stage_id=stage.id, title=title)
    return stage


def note_first_attempt(w: Work, round_id: int) -> None:
    """Remember that somebody has begun: from now on the round keeps what gives attempts their meaning."""
    round_ = w.session.get_one(Round, round_id)
    if round_.first_attempt_at is None:
        round_.first_attempt_at = w.now


def held_round(w: Work, round_id: int) -> Round:
    """A round that the actor runs, locked: what is judged is what stays, whoever else works on it at that moment.

    A start waits for it, and it for starts under way. Raises Missing.
    """
    return queries.managed_round(w, round_id, is_held=True)


def _pin(w: Work, round_: Round, item_ids: frozenset[int]) -> None:
    """Raises BadInput for an item that no set of the round has."""
    sets = [item_set.id for item_set in queries.sets_of(w.session, round_.id)]
    known = select(func.count()).select_from(Item).where(Item.id.in_(item_ids), Item.set_id.in_(sets))
    if w.session.scalar(known) != len(item_ids):
        raise BadInput({"pinned_item_ids": ["Chỉ chọn được câu hỏi thuộc các bộ của đợt thi."]})
    w.session.execute(delete(PinnedItem).where(PinnedItem.round_id == round_.id))
    w.session.add_all(PinnedItem(round_id=round_.id, item_id=item_id) for item_id in sorted(item_ids))
    w.session.flush()


def _require_sound(w: Work, contest: Contest, terms: RoundTerms, before: RoundTerms | None = None) -> None:
    """Raises BadInput for settings that contradict each other or name what this contest does not have.

    A set that the round had `before` stays, also after it was retired: nothing is drawn from it.
    """
    contradictions.require_sound(terms)
    errors: dict[str, list[str]] = {}
    allowed = {item_set.id for item_set in catalogue.published_sets(w.session) if item_set.use == "contest"}
    if not set(terms.set_ids) <= allowed.union(before.set_ids if before else ()):
        errors["set_ids"] = ["Bộ câu hỏi không dùng được cho cuộc thi."]
    within = set(w.session.scalars(units.subtree_ids(contest.unit_id)))
    if not set(terms.entry_unit_ids) <= within:
        errors["entry_unit_ids"] = ["Chỉ chọn được đơn vị thuộc phạm vi của cuộc thi."]
    if not set(terms.entry_categories) <= {category.value for category in Category}:
        errors["entry_categories"] = ["Đối tượng dự thi không hợp lệ."]
    stages = set(w.session.scalars(select(Stage.id).where(Stage.contest_id == contest.id)))
    if terms.stage_id is not None and terms.stage_id not in stages:
        errors["stage_id"] = ["Giai đoạn không thuộc cuộc thi này."]
    if errors:
        raise BadInput(errors)
