"""What anybody may read of the rounds by machine: dates, and counts once everybody may see them. No personal data."""

from __future__ import annotations

from typing import Any

from quiz_app.contests import policy as contests_policy
from quiz_app.contests.models import Round
from quiz_app.contests.timing import longest_timing, timing_of
from quiz_app.inviting.calendar import Event
from quiz_app.inviting.kit import hours, shown_rounds
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import scope, unit_boards
from quiz_app.rules.timing import WindowPhase, closes_finally_at, opens_first_at, window
from quiz_app.rules.unit_standing import UnitMeasure


def events(r: Reading, host: str, address: str) -> list[Event]:
    """The published rounds as events; `address` is where to come in."""
    return [
        Event(
            uid=f"dot-thi-{round_.id}@{host}",
            title=f"{round_.contest.title} – {round_.title}",
            starts_at=opens_first_at(timing_of(round_)),
            ends_at=closes_finally_at(longest_timing(round_)),
            changed_at=round_.published_at or round_.created_at,
            sequence=round_.rules_number + round_.longest_extension_s,  # grows with every change of the times
            description=f"Thi trực tuyến{hours(round_)}. Vào thi: {address}",
            url=address,
        )
        for round_ in shown_rounds(r.session)
    ]


def rounds(r: Reading) -> list[dict[str, Any]]:
    """The published rounds with dates and state; `counts` is None while an open prediction or a freeze hides them."""
    return [_round(r, round_) for round_ in shown_rounds(r.session)]


def _round(r: Reading, round_: Round) -> dict[str, Any]:
    timing = longest_timing(round_)
    return {
        "id": round_.id,
        "contest": round_.contest.title,
        "title": round_.title,
        "opens_at": opens_first_at(timing).isoformat(),
        "closes_at": closes_finally_at(timing).isoformat(),
        "state": "final" if round_.finalised_at else window(timing, r.now).phase.value,
        "counts": _counts(r, round_),
    }


def _counts(r: Reading, round_: Round) -> dict[str, int] | None:
    is_hidden = contests_policy.hides_figures(round_, r.now) or contests_policy.frozen_since(round_, r.now) is not None
    if is_hidden or window(timing_of(round_), r.now).phase is WindowPhase.UPCOMING:
        return None
    try:
        board = unit_boards.unit_board(
            r.session, scope.of_round(round_, r.now), round_.contest.unit_id, UnitMeasure.TURNOUT
        )
    except Missing:
        return None
    if board.total is None:
        return None
    return {"participants": board.total.participants, "attempts": board.total.attempts}
