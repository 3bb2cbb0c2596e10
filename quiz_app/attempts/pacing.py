"""Scripts are slowed while they sit: how fast one sitting saves, and how many people start one after the other in one
browser. A person never meets either, and whoever does goes on by waiting; a submission is never held up.

Each process counts for itself, in memory, so a save costs no query more. Nothing here is evidence: that is looked for
once the round has closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, current_app
from flask.blueprints import BlueprintSetupState

from quiz_app.attempts.errors import TooFast, TooManyStarts
from quiz_app.kernel.settings import Settings
from quiz_app.web.allowance import Pace

# What a phone that was away for the whole sitting sends at once: the longest papers have a hundred questions, and on a
# bad line some go out twice.
SAVES_AT_ONCE = 120
# A family shares a phone, a meeting table a lent one; nobody answers a paper in twenty seconds.
STARTS_AT_ONCE = 6
ONE_START_IN_S = TooManyStarts.retry_after_s
KNOWN_FOR_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Pacing:
    """`known` has nothing left for who has started in a browser before: he does not count there again."""

    saves: Pace
    starts: Pace
    known: Pace


def init(bp: Blueprint) -> None:
    bp.record_once(_init)


def slow_saves(attempt_id: int, sign_in: str | None, now: datetime) -> None:
    """Count one save of a sitting. Raises TooFast."""
    if not takes_save(current_app, attempt_id, sign_in, now):
        raise TooFast


def takes_save(app: Flask, attempt_id: int, sign_in: str | None, now: datetime) -> bool:
    """Count one save, for who sends it alone: nobody uses up another's. False where there are too many."""
    return _pacing(app).saves.take(hash((attempt_id, sign_in)), now)


def slow_starts(device_sha256: str, member_id: int, now: datetime) -> None:
    """Count one more person who starts in this browser. Raises TooManyStarts."""
    pacing = _pacing(current_app)
    person = (device_sha256, member_id)
    if not pacing.known.has(person, now):
        return
    if not pacing.starts.take(device_sha256, now):
        raise TooManyStarts
    pacing.known.take(person, now)


def _init(state: BlueprintSetupState) -> None:
    settings: Settings = state.app.extensions["settings"]
    state.app.extensions["pacing"] = Pacing(
        saves=Pace(burst=SAVES_AT_ONCE, per_s=settings.saves_per_s),
        starts=Pace(burst=STARTS_AT_ONCE, per_s=1 / ONE_START_IN_S),
        known=Pace(burst=1, per_s=1 / KNOWN_FOR_S),
    )


def _pacing(app: Flask) -> Pacing:
    found: Pacing = app.extensions["pacing"]
    return found
