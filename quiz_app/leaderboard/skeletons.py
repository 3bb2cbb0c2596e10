"""Boards without their reader: made once for all plain members before whom they stand alike, and filled in for each.

A page of a board is nearly the same for everybody who may look at it. What differs is the reader's name, his unit and
whom he may call, his form token, the line about his own place and the rows in which he stands; of the board of a unit
all its rows, so they are put in as well. All else is kept as long as the figures are (see `kept`), but never beyond an
instant at which a round it tells of begins, stands still, ends or is made final. It is kept for who bears no role
alone; whoever does may see more, and has his page made for him.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

from flask import current_app, request, session
from sqlalchemy import bindparam

from quiz_app.attempts.models import Result
from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.contests.timing import board_facts, closed_for_all_at
from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import table_of
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import places, queries
from quiz_app.leaderboard.queries import Own
from quiz_app.leaderboard.rows import Rows
from quiz_app.rules.visibility import Audience, freezes_at
from quiz_app.web.form_cookie import form_token
from quiz_app.web.guard import Beside, acts, asked_at, beside, current_actor, reading
from quiz_app.web.pieces import Piece, packed

NAME, UNIT, HELP, TOKEN, OWN, ROWS = "name", "unit", "help", "token", "own", "rows"
READ, TITLE = "read", "title"  # when the rows of a unit were read, and its name
_MARK = f"[{secrets.token_hex(12)}:"  # nobody can have written it into a name
_HOLE = re.compile(re.escape(_MARK) + r"(\w+)\]")
_READ_AT = re.compile(r"<time data-read[^>]*>[^<]*</time>")  # when rows were read that may not have changed since
_result = table_of(Result).c
OWN_RESULT = Beside(
    columns=(
        _result.unit_id,
        *(_result[name] for name in queries.NAMES),
        _result.score,
        _result.max_score,
        _result.duration_ms,
        _result.is_ranked,
    ),
    member=_result.member_id,
    where=_result.round_id == bindparam("round_id"),
)


class Passing(Protocol):
    """What holds until an instant at which the clock alone makes it another."""

    @property
    def until(self) -> datetime | None: ...


Value = TypeVar("Value", bound=Passing)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a reader is, as it is kept."""

    place: places.Place
    is_frozen: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a reader's own place is told by, besides the place: `within` whom, and of what the board is."""

    within: str
    is_overall: bool
    rounds: int
    is_frozen: bool


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A page with holes. `place_of` tells where somebody stands; of the board of a unit it comes with its rows."""

    pieces: Sequence[Piece | str]
    mark: str
    rows: Rows
    place_of: places.PlaceOf
    own_words: OwnWords | None
    until: datetime | None

    def filled(self, holes: Mapping[str, Sequence[Piece]]) -> list[Piece]:
        """The page of one reader."""
        found: list[Piece] = []
        for piece in self.pieces:
            found += (piece,) if isinstance(piece, Piece) else holes[piece]
        return found


def for_members(what: Hashable, make: Callable[[Reading], Value]) -> Value:
    """What `make` gives at this address for the caller's unit: kept for who bears no role, made anew for others."""

    def made() -> Value:
        with reading() as r:
            return make(r)

    actor, now = current_actor(), asked_at()
    if not is_kept_for(actor):
        return made()
    asked, kept = request.args.get(places.STAGE) if request.query_string else None, places.kept()
    key = key_of_members(
        what, acts(), request.path, asked, places.standing(kept, acts(), places.surroundings().line, now, _hosts)
    )
    found, _ = kept.get(key, now, made)
    if found.until is None or now < found.until:
        return found
    kept.forget(key)
    found, _ = kept.get(key, now, made)
    return found


def is_kept_for(actor: Actor) -> bool:
    """Whether the caller sees what every plain member sees, and nothing else on his page."""
    return not (actor.grants or actor.held_back or "_flashes" in session)


def _hosts() -> frozenset[int]:
    with reading() as r:
        return places.hosts(r.session)


def key_of_members(what: Hashable, acts: int, path: str, stage: str | None, standing: Hashable) -> Hashable:
    """Under what something is kept for the plain members who stand alike; `acts` as the guard counts them."""
    return (what, acts, path, stage, standing)


def found(r: Reading, place: places.Place) -> Found:
    """A place with what its pages ask for each time."""
    return Found(place, bool(place.scope.frozen), changes_at(place.offered, r.now))


def own_results(found: Found) -> tuple[Own | None, Own | None]:
    """The reader's own result as the board has it; and as it stands now, where the board stands still.

    Neither is ever kept: who has just submitted looks at once.
    """
    what = found.place.scope
    if found.place.sums_rest:
        return None, None
    if not what.is_overall and not found.is_frozen:
        result = beside()
        return own_of(result), None
    with reading() as r:
        own = queries.own_standing(r, what)
        return own, queries.own_standing(r, replace(what, audience=Audience.ORGANISER)) if found.is_frozen else None


def own_of(result: Mapping[str, Any] | None) -> Own | None:
    """The reader's own result as OWN_RESULT found it."""
    return None if result is None else queries.standing_of(SimpleNamespace(**result))


def changes_at(rounds: Sequence[Round], now: datetime) -> datetime | None:
    """The next instant at which the clock alone changes what boards tell of these rounds."""
    coming = [
        instant
        for round_ in rounds
        for instant in (
            round_.opens_at,
            closed_for_all_at(round_),
            freezes_at(board_facts(round_)),
            answers_end_at(round_),
            round_.finalised_at,
        )
        if instant is not None and instant > now
    ]
    return min(coming, default=None)


def skeleton(
    template: str,
    values: dict[str, Any],
    *,
    rows: Rows,
    until: datetime | None,
    place_of: places.PlaceOf = places.no_place,
    own_words: OwnWords | None = None,
) -> Skeleton:
    """Render a page of a board around its rows, or around a hole where those of a unit will stand."""
    html = _rendered(template, {**values, **{f"{name}_part": hole(name) for name in (OWN, ROWS, READ, TITLE)}})
    pieces: list[Piece | str] = []
    for number, part in enumerate(_HOLE.split(html)):
        pieces.append(packed(part) if number % 2 == 0 else part)
    return Skeleton(
        pieces=pieces,
        mark=hashlib.sha256(_READ_AT.sub("", html).replace(_MARK, "").encode()).hexdigest(),
        rows=rows,
        place_of=place_of,
        own_words=own_words,
        until=until,
    )


def _rendered(template: str, values: dict[str, Any]) -> str:
    context = dict(values)
    current_app.update_template_context(context)
    if context["viewer"] is None:  # the frame could not be asked for, and says no more than that
        raise Overloaded
    context["viewer"] = replace(context["viewer"], name=hole(NAME), unit_name=hole(UNIT))
    context["help_part"] = hole(HELP)
    html: str = current_app.jinja_env.get_template(template).render(context)
    html = html.replace(form_token(), hole(TOKEN))
    if html.count(hole(TOKEN)) != html.count('name="csrf_token"'):
        raise RuntimeError("a form of this page would carry the token of whoever came first")
    return html


def hole(name: str) -> str:
    """What stands in a page where something is put in later, and can stand nowhere else."""
    return f"{_MARK}{name}]"  # nothing in it that escaping would change
