"""Acts of a sitting: start, take over, save, submit."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.attempts import beginning, closing, ending, labels, phase, queries, statements
from quiz_app.attempts.draw_proof import seed_of
from quiz_app.attempts.errors import AttemptClosed, AttemptClosing, Barred, NoSuchOption, TakenOver
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Response
from quiz_app.attempts.policy import Action
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import queries as contests
from quiz_app.contests.errors import RulesChanged
from quiz_app.contests.services import note_first_attempt
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Work
from quiz_app.rules import timing
from quiz_app.rules.drawing import DrawnItem, draw, letter
from quiz_app.rules.lifecycle import AttemptEvent

AtOnce = Callable[[Prepared, Mapping[str, Any]], Any | None]
"""Runs a statement that asks itself who calls; the row it changed."""
RANDOM_ID_BITS = 52  # what a browser's numbers and both engines hold exactly


@dataclass(frozen=True, slots=True)
class Choice:
    """What was put at a place: letters as drawn, in order, "" to take an answer back. A plain form has no revision."""

    letters: str
    epoch: int
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Assistance:
    """Which member started an attempt for another on a shared device, and why."""

    by: int
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What is kept now, whether by this request or by a newer one, and how long there is left."""

    revision: int
    letters: str
    saved_at: datetime
    remaining: timedelta


def start(
    w: Work,
    round_id: int,
    *,
    is_demonstration_site: bool,
    rules_number: int | None = None,
    assistance: Assistance | None = None,
    device_sha256: str | None = None,
) -> int:
    """Start an attempt, or continue the open one: the attempt's id.

    `rules_number` is the version of the rules that the member was shown and accepted; None where he was shown those in
    force in this very transaction. `assistance`: who starts it in the member's name; one under way keeps what it has.
    `device_sha256` is the hash of the mark of the browser it is started in.
    Two starts at once give one attempt. Raises Missing, Barred with every reason, AttemptClosing, RulesChanged.
    """
    held = contests.round_to_start(w, round_id)
    round_ = held.round
    entry = queries.entry(w, round_, is_demonstration_site=is_demonstration_site)
    if entry.open_attempt is not None and phase.is_over(entry.open_attempt, w.now):
        closing.close_if_due(w, entry.open_attempt.id)  # unless another has closed it, and perhaps started the next
        entry = queries.entry(w, round_, is_demonstration_site=is_demonstration_site)
    if entry.open_attempt is not None:
        if phase.is_over(entry.open_attempt, w.now):
            raise AttemptClosing
        return entry.open_attempt.id
    if entry.bars:
        raise Barred(entry.bars, labels.BARS[entry.bars[0]])
    if rules_number not in (None, round_.rules_number):
        raise RulesChanged
    attempt = {**_new_attempt(w, held, entry, assistance), "device_sha256": device_sha256}
    if not beginning.insert_once(w.session, attempt):
        return _open_attempt_id(w.session, w.actor.member, round_.id)
    _draw_paper(w, held, attempt)
    if held.first_attempt_at is None:
        note_first_attempt(w, round_.id)
    w.record_at_once(Action.ATTEMPT_STARTED, f"attempt:{attempt['id']}", round_id=round_.id, number=attempt["number"])
    attempt_id: int = attempt["id"]
    return attempt_id


def take_over(w: Work, attempt_id: int) -> None:
    """Go on with an attempt in this window; what another one sends from now on is refused.

    Raises Missing, AttemptClosed.
    """
    attempt, _ = queries.own_attempt(w, attempt_id)
    w.session.refresh(attempt, with_for_update=True)
    phase.allows(attempt, AttemptEvent.TAKE_OVER, w.now)
    attempt.epoch += 1
    attempt.held_by_session = w.actor.session_id
    w.record(Action.ATTEMPT_TAKEN_OVER, f"attempt:{attempt.id}", epoch=attempt.epoch)


def save_response(w: Work, attempt_id: int, position: int, choice: Choice) -> Saved:
    """Keep one response and say what is kept now, and how long there is left.

    Browsers retry and reorder saves: `revision` only counts up (`stored < sent`), so a late or repeated one changes
    nothing and is answered with what is kept. A post without JavaScript carries none: the server takes kept + 1.
    Raises what stands in the way: Missing, TakenOver, AttemptClosed, NoSuchOption.
    """
    statement = statements.SAVE_NEXT if choice.revision is None else statements.SAVE_IF_NEWER
    values = {**_values(attempt_id, position, choice), "member": w.actor.member, "now": w.now}
    for kept in statement.rows(w.session, values):
        return _saved(kept)
    return _kept_or_refusal(w, attempt_id, position, choice)


def save_at_once(ask: AtOnce, attempt_id: int, position: int, choice: Choice) -> Saved | None:
    """Save what a browser's script sends, by one statement that is the whole transaction and asks itself who sends it.

    None where it changed nothing: `save_response` then tells why.
    """
    if choice.revision is None:
        return None
    kept = ask(statements.SAVE_IF_NEWER_AT_ONCE, _values(attempt_id, position, choice))
    return None if kept is None else _saved(kept)


def submit(w: Work, attempt_id: int, epoch: int, arrived_at: datetime | None = None) -> bool:
    """End an attempt by its member's will; False where its time had run out before. Submitting twice changes nothing.

    `arrived_at` is when the proxy received it, where one is trusted to say so: waiting in a queue decides no prize.
    Raises Missing, TakenOver, or AttemptClosing in the seconds between the last accepted save and the closing.
    """
    member_id = w.actor.member
    try:
        if closing.finish(
            w, attempt_id, ended_by=EndedBy.MEMBER, member_id=member_id, epoch=epoch, arrived_at=arrived_at
        ):
            return True
    except AttemptClosing:
        if closing.close_if_due(w, attempt_id):
            return False
    [attempt] = ending.OWN.rows(w.session, {"attempt": attempt_id, "member": member_id})
    if attempt.state == AttemptState.OPEN.value:
        raise AttemptClosing
    return bool(attempt.ended_by == EndedBy.MEMBER.value)


def _values(attempt_id: int, position: int, choice: Choice) -> dict[str, Any]:
    return {
        "attempt": attempt_id,
        "sent_epoch": choice.epoch,
        "place": position,
        "last_letter": choice.letters[-1:],
        "letter_count": len(choice.letters),
        "choice": choice.letters,
        "sent_revision": choice.revision,
    }


def _saved(kept: Any) -> Saved:
    return Saved(kept.revision, kept.chosen, kept.saved_at, kept.deadline_at - kept.saved_at)


def _kept_or_refusal(w: Work, attempt_id: int, position: int, choice: Choice) -> Saved:
    """Why a save changed nothing: a newer or equal revision is kept already, or something stands in the way."""
    attempt, _ = queries.own_attempt(w, attempt_id)
    kept = w.session.get(Response, (attempt.id, position))
    if kept is None:
        raise Missing
    if attempt.state != AttemptState.OPEN.value or w.now >= attempt.accepts_until_at:
        raise AttemptClosed
    if attempt.epoch != choice.epoch:
        raise TakenOver
    is_offered = choice.letters[-1:] in kept.letters and (kept.is_multiple or len(choice.letters) <= 1)
    if not is_offered:
        raise NoSuchOption
    return Saved(kept.revision, kept.chosen or "", kept.saved_at or w.now, attempt.deadline_at - w.now)


def _new_attempt(
    w: Work, held: contests.RoundToStart, entry: queries.Entry, assistance: Assistance | None
) -> dict[str, Any]:
    times = entry.timing
    attempt_id = secrets.randbits(RANDOM_ID_BITS)
    return {
        "id": attempt_id,
        "round_id": held.round.id,
        "member_id": w.actor.member,
        "number": max((attempt.number for attempt in entry.attempts), default=0) + 1,
        "held_by_session": w.actor.session_id,
        "started_at": w.now,
        "deadline_at": timing.deadline(times, w.now),
        "accepts_until_at": timing.accepts_until(times, w.now),
        "extra_time_s": entry.extra_time_s,
        "extension_s": entry.extension_s,
        "seed": seed_of(held.draw_secret, attempt_id),
        "pool_hash": held.pool_hash,
        "rules_number": held.round.rules_number,
        "asks_prediction": entry.asks_prediction,
        "assisted_by": assistance.by if assistance else None,
        "assist_reason": assistance.reason if assistance else None,
    }


def _open_attempt_id(session: Session, member_id: int, round_id: int) -> int:
    query = select(Attempt.id).where(
        Attempt.member_id == member_id, Attempt.round_id == round_id, Attempt.state == AttemptState.OPEN.value
    )
    found = session.scalar(query)
    if found is None:  # the other start was submitted in the meantime, or lost: the member presses again
        raise AttemptClosed
    return found


def _draw_paper(w: Work, held: contests.RoundToStart, attempt: dict[str, Any]) -> None:
    cells, pool, pinned = beginning.sources(w.session, held.round.id, held.pool_hash, held.first_attempt_at)
    is_first = attempt["number"] == 1
    seen = frozenset[int]() if is_first else queries.seen_items(w.session, w.actor.member, held.round.id)
    drawn = draw(cells, pool, str(attempt["seed"]), avoid=seen, pinned=pinned)
    items = catalogue.paper_items(w.session, [item.item_version_id for item in drawn])
    beginning.insert_paper(w.session, attempt["id"], [_place(item, items[item.item_version_id]) for item in drawn])


def _place(drawn: DrawnItem, item: catalogue.PaperItem) -> dict[str, Any]:
    return {
        "item_version_id": drawn.item_version_id,
        "option_order": list(drawn.option_order),
        "letters": "".join(letter(index) for index in range(len(drawn.option_order))),
        "is_multiple": item.is_multiple,
        "points": drawn.points,
    }
