"""A round over the shipped contest set, and the acts of a sitting with letters known to be right or wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from question_bank.model import Bank
from question_bank.reading import read_bank
from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Response
from quiz_app.attempts.services import Choice, Saved
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from quiz_app.contests import services
from quiz_app.contests.models import Round, Shown
from quiz_app.kernel.work import Work
from quiz_app.rules.drawing import Cell
from quiz_app.rules.standing import CountedAttempt
from quiz_app.units.models import Unit
from tests.support import contest
from tests.support.clock import NOW

CONTEST_SET = "hanoi-18-minh-hoa"
TOPICS = ("II.1.1", "II.1.4", "II.1.5")
CELLS = tuple(Cell(topic, level, 1) for topic in TOPICS for level in (1, 2)) + tuple(
    Cell(topic, 3, 1) for topic in TOPICS[:2]
)
PAPER_LENGTH = len(CELLS)


@cache
def shipped_bank() -> Bank:
    return read_bank()


@cache
def contest_bank() -> Bank:
    """The shipped contest set alone: to publish all the rest beside it would take most of a test's time."""
    bank = shipped_bank()
    return replace(bank, sets=tuple(one for one in bank.sets if one.slug == CONTEST_SET), modules=())


def at(minutes: float = 0, seconds: float = 0) -> datetime:
    return NOW + timedelta(minutes=minutes, seconds=seconds)


def publish_shipped(w: Work) -> int:
    """Publish the shipped contest set; its id."""
    publishing.publish_bank(w, contest_bank())
    found = catalogue.published_set(w.session, CONTEST_SET)
    assert found is not None
    return found.id


def draft_round(w: Work, unit: Unit, set_id: int, **changes: object) -> Round:
    """A demonstration: 15 minutes, three attempts, the best and fastest counts; open from an hour ago for a day."""
    found = services.create_contest(w, title="Tìm hiểu Nghị quyết", unit_id=unit.id, is_demonstration=True)
    usual = replace(
        contest.terms(NOW, set_id),
        time_limit_s=900,
        attempts_allowed=3,
        counted=CountedAttempt.BEST_FASTEST,
        show_marks=Shown.AFTER_CLOSING.value,
    )
    wanted = replace(usual, **changes)  # type: ignore[arg-type] # names are checked by replace
    round_ = services.create_round(w, found.id, wanted)
    return services.set_blueprint(w, round_.id, CELLS)


def open_round(w: Work, unit: Unit, set_id: int, **changes: object) -> Round:
    return services.publish_round(w, draft_round(w, unit, set_id, **changes).id)


def start(w: Work, round_: Round) -> int:
    """Start as the actor of `w`; the attempt's id."""
    return attempts.start(w, round_.id, is_demonstration_site=True)


def answer(w: Work, attempt_id: int, place: int, letters: str, *, epoch: int = 1, revision: int | None = None) -> Saved:
    return attempts.save_response(w, attempt_id, place, Choice(letters, epoch, revision))


def right_letters(w: Work, attempt_id: int, position: int) -> str:
    """The letters that are right at a place, as drawn for this attempt."""
    row = w.session.get_one(Response, (attempt_id, position))
    key = catalogue.key_of(w.session, [row.item_version_id])[row.item_version_id]
    return "".join(letter for letter, option in zip(row.letters, row.option_order, strict=True) if option in key)


def wrong_letters(w: Work, attempt_id: int, position: int) -> str:
    """One letter that alone is wrong at a place."""
    right = right_letters(w, attempt_id, position)
    return next(letter for letter in w.session.get_one(Response, (attempt_id, position)).letters if letter != right)
