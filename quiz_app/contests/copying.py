"""Another contest, or another round, with the settings of one that exists; nothing that happened in it comes along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import queries, services
from quiz_app.contests.models import Contest, Prize, Round
from quiz_app.contests.policy import Action
from quiz_app.contests.terms import RoundTerms, terms_of
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading, Work

NO_ROUNDS = "Cuộc thi này chưa có đợt thi nào để nhân bản."
_LAST_NUMBER = re.compile(r"\d{1,3}(?=\D*$)")


def copy_contest(w: Work, contest_id: int, *, title: str, first_opens_at: datetime) -> Contest:
    """A contest of the same unit with the same stages and rounds, these as drafts.

    The first round opens at `first_opens_at`, the others after it as far apart as before. Prizes and how units are
    ranked come along, and so do sets and pinned items, save sets that are retired; results, notices, extensions,
    rosters and named people do not. The same copy by the same person within PRESSED_TWICE is one. Raises Missing,
    BadInput.
    """
    original = queries.managed_contest(w, contest_id)
    w.session.execute(select(Contest.id).where(Contest.id == original.id).with_for_update())
    rounds = queries.rounds_of(w.session, [original.id])
    if not rounds:
        raise BadInput({"title": [NO_ROUNDS]})
    made = _just_made(w, original, rounds, title, first_opens_at)
    if made is not None:
        return made
    copy = services.create_contest(w, title=title, unit_id=original.unit_id, is_demonstration=original.is_demonstration)
    _copy_prizes(w, original, copy)
    stages = {
        stage.id: services.add_stage(w, copy.id, stage.title).id for stage in queries.stages(w.session, original.id)
    }
    shift = first_opens_at - min(round_.opens_at for round_ in rounds)
    for round_ in rounds:
        terms = _moved(w, round_, shift)
        stage_id = None if terms.stage_id is None else stages[terms.stage_id]
        _create(w, copy.id, round_, replace(terms, stage_id=stage_id))
    w.record(Action.CONTEST_COPIED, f"contest:{copy.id}", original=original.id, rounds=len(rounds))
    return copy


def copy_round(w: Work, round_id: int, *, title: str, opens_at: datetime) -> Round:
    """A draft at the end of the same contest, open as long as the original, from `opens_at` on.

    Raises Missing, BadInput.
    """
    original = queries.managed_round(w, round_id)
    terms = replace(_moved(w, original, opens_at - original.opens_at), title=title)
    copy = _create(w, original.contest_id, original, terms)
    w.record(Action.ROUND_COPIED, f"round:{copy.id}", original=original.id)
    return copy


def next_title(title: str) -> str:
    """The title of the round that follows: its last number counted up, `Tuần 1` to `Tuần 2`."""
    found = _LAST_NUMBER.search(title)
    if found is None:
        return f"{title} (bản sao)"
    return f"{title[: found.start()]}{int(found[0]) + 1}{title[found.end() :]}"


def _just_made(
    w: Work, original: Contest, rounds: Sequence[Round], title: str, first_opens_at: datetime
) -> Contest | None:
    """What the same person made of the same contest a moment ago, by its title, its opening and its rounds."""
    query = select(Contest).where(
        Contest.id != original.id,
        Contest.title == title,
        Contest.unit_id == original.unit_id,
        Contest.is_rehearsal.is_(False),
        Contest.created_by == w.actor.member_id,
        Contest.created_at > w.now - services.PRESSED_TWICE,
    )
    wanted = [round_.title for round_ in rounds]
    for contest in w.session.scalars(query.order_by(Contest.id)):
        copied = queries.rounds_of(w.session, [contest.id])
        opens_at = min((round_.opens_at for round_ in copied), default=None)
        if opens_at == first_opens_at and [round_.title for round_ in copied] == wanted:
            return contest
    return None


def left_behind(r: Reading, rounds: Iterable[Round]) -> tuple[str, ...]:
    """The titles of the sets of these rounds that a copy would do without, as they are retired."""
    in_force = {item_set.id for item_set in catalogue.published_sets(r.session)}
    found = {one.title for round_ in rounds for one in queries.sets_of(r.session, round_.id) if one.id not in in_force}
    return tuple(sorted(found))


def _copy_prizes(w: Work, original: Contest, copy: Contest) -> None:
    for name in ("most_prizes", "unit_weights", "unit_threshold", "unit_minimum", "unit_classes"):
        setattr(copy, name, getattr(original, name))
    prizes = w.session.scalars(select(Prize).where(Prize.contest_id == original.id).order_by(Prize.id)).all()
    w.session.add_all(
        Prize(
            contest_id=copy.id,
            scope=prize.scope,
            is_for_units=prize.is_for_units,
            position=prize.position,
            title=prize.title,
            count=prize.count,
        )
        for prize in prizes
    )
    w.session.flush()


def _moved(w: Work, round_: Round, shift: timedelta) -> RoundTerms:
    """A round's terms with its window moved and without the sets that are retired."""
    terms = terms_of(w.session, round_)
    in_force = {item_set.id for item_set in catalogue.published_sets(w.session)}
    return replace(
        terms,
        opens_at=terms.opens_at + shift,
        closes_at=terms.closes_at + shift,
        set_ids=tuple(set_id for set_id in terms.set_ids if set_id in in_force),
    )


def _create(w: Work, contest_id: int, original: Round, terms: RoundTerms) -> Round:
    copy = services.create_round(w, contest_id, terms)
    return services.set_blueprint(w, copy.id, queries.blueprint(original))
