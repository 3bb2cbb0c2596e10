"""The rows of a board: told once for everybody who may look, and for each reader those in which he stands himself."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from jinja2 import Environment
from markupsafe import escape

from quiz_app.kernel.access import NOBODY, Actor
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import places, queries
from quiz_app.leaderboard.queries import PersonRow, RankedPerson
from quiz_app.leaderboard.scope import Scope
from quiz_app.leaderboard.unit_boards import UnitBoard
from quiz_app.rules.unit_standing import UnitMeasure
from quiz_app.units import queries as units
from quiz_app.web.pieces import LEVEL_AT_ONCE, Piece, packed, stored

ROWS_OF_A_PIECE = 8  # one of them is packed anew for each reader who stands in it


@dataclass(frozen=True, slots=True)
class Some:
    """Some rows of a board, by whom they are of."""

    whole: Piece
    by_key: Mapping[int, str]

    def as_of(self, own: Mapping[int, str]) -> Piece:
        """The same with the reader's own rows in it."""
        if self.by_key.keys().isdisjoint(own):
            return self.whole
        return packed("".join([own.get(key, row) for key, row in self.by_key.items()]), LEVEL_AT_ONCE)


class Rows(Protocol):
    """The rows of one board; `mark` is of what they say to who stands in none of them."""

    @property
    def pieces(self) -> Sequence[Some]: ...
    @property
    def mark(self) -> str: ...
    def whose(self, reader: Actor, line: Collection[int]) -> Hashable:
        """What the rows say to this reader and not to everybody."""

    def own(self, templates: Environment, reader: Actor, line: Collection[int]) -> Mapping[int, str]:
        """The rows that this reader, of this line of units, reads otherwise than everybody, by their keys."""


@dataclass(frozen=True, slots=True)
class Look:
    """How rows of persons are told, whoever reads them."""

    is_overall: bool
    rounds: int
    with_submitted: bool
    with_unit: bool


@dataclass(frozen=True, slots=True)
class People:
    """Rows of persons; `ranked` are those who stand in them, with their places.

    `colleagues`: the rows that bear a name for the people of one unit alone, by that unit. `are_hinted`: who is not
    named is told by initials and unit.
    """

    pieces: Sequence[Some]
    mark: str
    look: Look
    ranked: Mapping[int, tuple[RankedPerson, int]]
    colleagues: Mapping[int | None, Mapping[int, str]]
    are_hinted: bool

    def whose(self, reader: Actor, line: Collection[int]) -> Hashable:
        del line
        return self.ranked.get(reader.member), tuple(self.colleagues.get(reader.unit_id, {}).items())

    def own(self, templates: Environment, reader: Actor, line: Collection[int]) -> Mapping[int, str]:
        del line
        theirs, found = self.colleagues.get(reader.unit_id, {}), self.ranked.get(reader.member)
        if found is None:
            return theirs
        return {**theirs, reader.member: _own_html(templates, queries.own_row(*found), self.look)}


@dataclass(frozen=True, slots=True)
class Units:
    """Rows of units; `marked` are the same as those read them who stand in them."""

    pieces: Sequence[Some]
    mark: str
    marked: Mapping[int, str]

    def whose(self, reader: Actor, line: Collection[int]) -> Hashable:
        del reader
        return tuple(sorted(self.marked.keys() & line))

    def own(self, templates: Environment, reader: Actor, line: Collection[int]) -> Mapping[int, str]:
        del templates, reader
        return {unit_id: self.marked[unit_id] for unit_id in line if unit_id in self.marked}


@dataclass(frozen=True, slots=True)
class OfUnit:
    """The people of one unit, with what the page around them says of it: its name, and when they were read."""

    title: Piece
    read_at: Piece
    rows: People
    place_of: places.PlaceOf


ELSEWHERE = People((), "", Look(is_overall=False, rounds=0, with_submitted=False, with_unit=False), {}, {}, True)
"""The rows of a page that has a hole for those of a unit."""


def look_of(scope: Scope, *, with_unit: bool) -> Look:
    return Look(
        is_overall=scope.is_overall,
        rounds=len(scope.revealed),
        with_submitted="submitted" in scope.last.tie_breaks and not scope.is_overall,
        with_unit=with_unit,
    )


def people(
    templates: Environment, scope: Scope, found: Sequence[RankedPerson], look: Look, unit_id: int | None = None
) -> People:
    """Rows of these persons as everybody reads them, or everybody of one unit: nobody's own."""
    lines = queries.told(replace(NOBODY, unit_id=unit_id), scope, found)
    told = _kept_html(templates, tuple(lines), look)
    keys = [person.member_id for person in found]
    return People(
        pieces=_in_pieces(keys, told),
        mark=_mark(told),
        look=look,
        ranked={person.member_id: (person, line.place) for person, line in zip(found, lines, strict=True)},
        colleagues=_colleagues(templates, scope, list(zip(found, lines, strict=True)), look),
        are_hinted=all(line.unit_name for line in lines),
    )


def _colleagues(
    templates: Environment, scope: Scope, told: Sequence[tuple[RankedPerson, PersonRow]], look: Look
) -> dict[int | None, dict[int, str]]:
    """The rows that the people of the row's own unit read otherwise than they are told."""
    found: dict[int | None, dict[int, str]] = {}
    for person, line in told:
        [row] = queries.told(replace(NOBODY, unit_id=person.unit_id), scope, [person])
        theirs = replace(row, place=line.place)
        if theirs != line:
            found.setdefault(person.unit_id, {})[person.member_id] = _people_html(templates, (theirs,), look)[0]
    return found


def key_of_unit(unit_id: int | None, acts: int, place: places.Place, reader: Actor) -> Hashable:
    """Under what the board of a unit is kept for those who bear no role; `acts` as the guard counts them.

    Who has sat there and belongs elsewhere now may read fewer names.
    """
    return ("unit", unit_id, acts, reader.unit_id == unit_id, place.rests, place.key)


def what_of_unit(unit: OfUnit) -> Hashable:
    """What the page around it is: without rows it says that nobody is ranked yet."""
    return ("chi-bo", bool(unit.rows.pieces))


def of_unit(templates: Environment, r: Reading, place: places.Place, unit_id: int) -> OfUnit:
    """The board of one unit as it stands now, for whoever has the actor's roles. Raises Missing for no unit."""
    scope, tells = place.scope, place.tells_people
    ranked = queries.ranked_people(r.session, scope, unit_id, None) if tells else []
    keys, tie_breaks = [person.key for person in ranked], scope.tie_breaks

    def place_of(own: queries.Own, _kept: places.Remembering, _now: datetime) -> queries.OwnPlace | None:
        standing = queries.place_by(keys, tie_breaks, own) if tells else None
        return replace(standing, gap=None) if standing is not None and place.rests else standing

    read_at = places.as_of(scope, r.now) if tells else r.now
    return OfUnit(
        title=stored(escape(units.unit_name(r.session, unit_id))),
        read_at=stored(templates.get_template("leaderboard/_read_at.html").render(at=read_at)),
        rows=people(templates, scope, ranked, look_of(scope, with_unit=False), r.actor.unit_id),
        place_of=place_of,
    )


def of_units(
    templates: Environment, place: places.Place, board: UnitBoard, measure: UnitMeasure, *, scores_shown: bool
) -> Units:
    """Rows of a board of units that is marked for nobody."""
    template = templates.get_template("leaderboard/_unit_rows.html")  # without a page's frame

    def told(*, is_own: bool) -> tuple[str, ...]:
        html = template.render(
            rows=[replace(row, is_own=is_own) for row in board.rows],
            best=board.rows[0],
            measure=measure.value,
            scores_shown=scores_shown,
            url=place.url,
        )
        return _split(html)

    plain, marked = (told(is_own=False), told(is_own=True)) if board.rows else ((), ())
    keys = [row.unit_id for row in board.rows]
    return Units(_in_pieces(keys, plain), _mark(plain), dict(zip(keys, marked, strict=True)))


@lru_cache(maxsize=128)
def _kept_html(templates: Environment, rows: tuple[PersonRow, ...], look: Look) -> tuple[str, ...]:
    """The same rows are told once for many readers."""
    return _people_html(templates, rows, look)


@lru_cache(maxsize=1024)
def _own_html(templates: Environment, row: PersonRow, look: Look) -> str:
    """Who looks again mostly stands as he stood."""
    return _people_html(templates, (row,), look)[0]


def _people_html(templates: Environment, rows: tuple[PersonRow, ...], look: Look) -> tuple[str, ...]:
    return _split(templates.get_template("leaderboard/_rows.html").render(rows=rows, look=look))


def _split(html: str) -> tuple[str, ...]:
    """Each row as it stands in a table."""
    return tuple([f"{row}</tr>" for row in html.split("</tr>")[:-1]])


def _in_pieces(keys: Sequence[int], told: Sequence[str]) -> list[Some]:
    found = []
    for first in range(0, len(told), ROWS_OF_A_PIECE):
        some = slice(first, first + ROWS_OF_A_PIECE)
        found.append(Some(packed("".join(told[some])), dict(zip(keys[some], told[some], strict=True))))
    return found


def _mark(told: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
