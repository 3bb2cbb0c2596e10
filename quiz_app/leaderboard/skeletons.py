"""Boards of persons without their reader: made once for all plain members of a unit, and filled in for each of them.

A page of these boards is nearly the same for everybody who may look at it. What differs is the reader's name, his form
token, the line about his own place and his own row. All else is kept as long as the figures are (see `kept`), but never
beyond an instant at which a round it tells of begins, stands still, ends or is made final. It is kept for who bears no
role alone; whoever does may see more, and has his page made for him.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

from flask import current_app, request, session
from jinja2 import Environment
from sqlalchemy import bindparam

from quiz_app.attempts.models import Result
from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.contests.timing import board_facts, closed_for_all_at
from quiz_app.kernel.db import table_of
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import places, queries
from quiz_app.leaderboard.queries import Own, PersonRow, RankedPerson
from quiz_app.leaderboard.scope import Scope
from quiz_app.rules.visibility import Audience, freezes_at
from quiz_app.web.form_cookie import form_token
from quiz_app.web.guard import Beside, acts, asked_at, beside, current_actor, reading
from quiz_app.web.pieces import LEVEL_AT_ONCE, Piece, packed, stored

NAME, TOKEN, OWN, ROWS = "name", "token", "own", "rows"
ROWS_OF_A_PIECE = 8  # one of them is packed anew for each reader who stands in it
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
class Rows:
    """Some rows of a board, by their members."""

    whole: Piece
    by_member: Mapping[int, str]

    def as_of(self, member_id: int, own_row: str) -> Piece:
        """The same as one of the members has them."""
        if member_id not in self.by_member:
            return self.whole
        told = [own_row if each == member_id else row for each, row in self.by_member.items()]
        return packed("".join(told), LEVEL_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Look:
    """How rows are told, whoever reads them."""

    is_overall: bool
    rounds: int
    with_submitted: bool
    with_unit: bool


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A page with holes. `people` are those on it with their places; `place_of` tells where somebody stands."""

    pieces: Sequence[Piece | Rows | str]
    mark: str
    look: Look
    people: Mapping[int, tuple[RankedPerson, int]]
    place_of: places.PlaceOf
    own_words: Mapping[str, Any]
    until: datetime | None

    def filled(self, member_id: int, holes: Mapping[str, str], own_row: str) -> list[Piece]:
        """The page of one reader."""
        found = []
        for piece in self.pieces:
            if isinstance(piece, Piece):
                found.append(piece)
            elif isinstance(piece, Rows):
                found.append(piece.as_of(member_id, own_row))
            else:
                found.append(stored(holes[piece]))
        return found


def for_members(what: Hashable, make: Callable[[Reading], Value]) -> Value:
    """What `make` gives at this address for the caller's unit: kept for who bears no role, made anew for others."""

    def made() -> Value:
        with reading() as r:
            return make(r)

    actor, now = current_actor(), asked_at()
    if actor.grants or actor.held_back or "_flashes" in session:
        return made()
    asked, kept = request.args.get(places.STAGE) if request.query_string else None, places.kept()
    key = key_of_members(what, acts(), request.path, asked, actor.unit_id)
    found, _ = kept.get(key, now, made)
    if found.until is None or now < found.until:
        return found
    kept.forget(key)
    found, _ = kept.get(key, now, made)
    return found


def key_of_members(what: Hashable, acts: int, path: str, stage: str | None, unit_id: int | None) -> Hashable:
    """Under what something is kept for the plain members of a unit; `acts` as the guard counts them."""
    return (what, acts, path, stage, unit_id)


def what_of_unit(unit_id: int | None, own: Own | None) -> Hashable:
    """What is kept of the board of a unit; who has no result may only look on where his unit takes part."""
    return ("chi-bo", unit_id, own is None)


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


def look_of(scope: Scope, *, with_unit: bool) -> Look:
    return Look(
        is_overall=scope.is_overall,
        rounds=len(scope.revealed),
        with_submitted="submitted" in scope.last.tie_breaks and not scope.is_overall,
        with_unit=with_unit,
    )


@lru_cache(maxsize=128)
def _rows_html(rows: tuple[PersonRow, ...], look: Look) -> tuple[str, ...]:
    """What `rows_html` says; the same rows are told once for many units."""
    return rows_html(current_app.jinja_env, rows, look)


def rows_html(templates: Environment, rows: tuple[PersonRow, ...], look: Look) -> tuple[str, ...]:
    """Each of these rows as it stands in a table."""
    template = templates.get_template("leaderboard/_rows.html")
    told = template.render(rows=rows, look=look).split("</tr>")
    return tuple(f"{row}</tr>" for row in told[:-1])


def skeleton(
    template: str,
    values: dict[str, Any],
    *,
    people: Sequence[RankedPerson],
    rows: Sequence[PersonRow],
    look: Look,
    place_of: places.PlaceOf,
    own_words: Mapping[str, Any],
    until: datetime | None,
) -> Skeleton:
    """Render a page of a board; `rows` are `people` as told to somebody who is none of them."""
    told = _rows_html(tuple(rows), look)
    html = _rendered(template, {**values, "rows": rows, "own_part": hole(OWN), "rows_part": hole(ROWS)})
    said = "\n".join((_READ_AT.sub("", html), *told))
    pieces: list[Piece | Rows | str] = []
    for number, part in enumerate(_HOLE.split(html)):
        if number % 2 == 0:
            pieces.append(packed(part))
        elif part == ROWS:
            pieces += _in_pieces([person.member_id for person in people], told)
        else:
            pieces.append(part)
    return Skeleton(
        pieces=pieces,
        mark=hashlib.sha256(said.replace(_MARK, "").encode()).hexdigest(),
        look=look,
        people={person.member_id: (person, row.place) for person, row in zip(people, rows, strict=True)},
        place_of=place_of,
        own_words=own_words,
        until=until,
    )


def _in_pieces(member_ids: Sequence[int], told: Sequence[str]) -> list[Rows]:
    found = []
    for first in range(0, len(told), ROWS_OF_A_PIECE):
        some = slice(first, first + ROWS_OF_A_PIECE)
        found.append(Rows(packed("".join(told[some])), dict(zip(member_ids[some], told[some], strict=True))))
    return found


def _rendered(template: str, values: dict[str, Any]) -> str:
    context = dict(values)
    current_app.update_template_context(context)
    if context["viewer"] is None:  # the frame could not be asked for, and says no more than that
        raise Overloaded
    context["viewer"] = replace(context["viewer"], name=hole(NAME))
    html: str = current_app.jinja_env.get_template(template).render(context)
    html = html.replace(form_token(), hole(TOKEN))
    if html.count(hole(TOKEN)) != html.count('name="csrf_token"'):
        raise RuntimeError("a form of this page would carry the token of whoever came first")
    return html


def hole(name: str) -> str:
    """What stands in a page where something is put in later, and can stand nowhere else."""
    return f"{_MARK}{name}]"  # nothing in it that escaping would change
