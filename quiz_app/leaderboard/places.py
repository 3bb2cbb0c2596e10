"""Where a reader of the boards is: what they are about for him, and what each of them shows around itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, Protocol, cast

from flask import current_app, g, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.contests import queries as contests
from quiz_app.contests.labels import COUNTED
from quiz_app.contests.models import Contest, Round
from quiz_app.contests.policy import is_invited
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import forms, labels, queries, rankings, scope, still
from quiz_app.leaderboard.kept import Kept, key_of
from quiz_app.leaderboard.queries import Own, OwnPlace
from quiz_app.leaderboard.scope import Scope
from quiz_app.rules import lots
from quiz_app.rules.standing import CountedAttempt
from quiz_app.rules.visibility import Audience
from quiz_app.units import queries as unit_queries
from quiz_app.units.queries import Surroundings
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import acts, asked_at, current_actor, database, reading

NOWHERE = Surroundings("", None, frozenset())
STAGE = "giai-doan"  # in the address of a contest's boards: the stage whose rounds alone are added up
BOARDS = {"chi-bo": "own_unit", "cac-chi-bo": "units", "toan-xa": "everybody", "chang-duong": "own_history"}


@dataclass(frozen=True)
class Place:
    """Where a reader is: what the board is about, among the rounds he is offered.

    While the house is read-only a board rests: it shows what is stored, and nothing is counted for one reader alone.
    `hidden` are the rounds whose figures an open prediction asks this reader for: no board that holds one is shown.
    `is_entrant`: his own unit takes part in the contest.
    """

    scope: Scope
    offered: Sequence[Round]
    rests: bool = False
    hidden: frozenset[int] = frozenset()
    is_entrant: bool = False

    @cached_property
    def key(self) -> Hashable:
        """What the figures of its scope are kept under."""
        return key_of(self.scope)

    @property
    def tells_people(self) -> bool:
        """Whether people are ranked before this reader, with their points."""
        return bool(self.scope.revealed) and not self.sums_rest

    @property
    def sums_rest(self) -> bool:
        """Whether people are not ranked over several rounds now: no such sums are stored."""
        return self.rests and self.scope.is_overall

    def url(self, board: str, **values: Any) -> str:
        """The address of one of the boards of the same scope."""
        if board in ("own_history", "unit_history"):
            return url_for(f"leaderboard.{board}", contest_id=self.scope.contest.id, **values)
        if self.scope.stage is not None:
            values[STAGE] = self.scope.stage.id
        if self.scope.is_overall:
            return url_for(f"leaderboard.contest_{board}", contest_id=self.scope.contest.id, **values)
        return url_for(f"leaderboard.{board}", round_id=self.scope.last.id, **values)


def is_entrant(round_: Round) -> bool:
    """Whether the reader's own unit takes part in the round's contest; others only look on."""
    return round_.contest.unit_id in surroundings().line


def found_round(r: Reading, round_id: int) -> Place:
    """Raises Missing for a round whose boards the actor does not see."""
    path = surroundings().line
    offered = _offered(r, path)
    round_ = next((round_ for round_ in offered if round_.id == round_id), None)
    if round_ is None:
        raise Missing
    return _place(r, scope.of_round(round_, r.now), offered, path)


def found_contest(r: Reading, contest_id: int) -> Place:
    """Raises Missing for a contest whose boards the actor does not see, or of which no round has begun."""
    path = surroundings().line
    offered = _offered(r, path)
    stage_id = request.args.get(STAGE, type=row_id)
    if stage_id is None:
        return _place(r, scope.of_contest(offered, contest_id, r.now), offered, path)
    stage = next((one for one in contests.stages(r.session, contest_id) if one.id == stage_id), None)
    if stage is None:
        raise Missing
    return _place(r, scope.of_stage(offered, stage, r.now), offered, path)


def surroundings() -> Surroundings:
    """What boards tell the caller of his unit, settled once in a request; of who stands in none, nothing."""
    known: Surroundings | None = g.get("surroundings")
    if known is None:
        unit_id = current_actor().unit_id
        known = NOWHERE if unit_id is None else around(kept(), acts(), unit_id, asked_at(), lambda: _around(unit_id))
        g.surroundings = known
    return known


def around(kept: Remembering, acts: int, unit_id: int, now: datetime, ask: Callable[[], Surroundings]) -> Surroundings:
    """A unit among those above it, as it is kept: a trip to the database costs as much as a board that is kept."""
    found, _ = kept.get(("around", acts, unit_id), now, ask)
    return cast(Surroundings, found)


def _around(unit_id: int) -> Surroundings:
    if "reading" not in g:
        return unit_queries.glance_around(database(), unit_id)
    with reading() as r:  # a request that holds a connection must not wait for another
        return unit_queries.around(r.session, unit_id)


def hosts(session: Session) -> frozenset[int]:
    """The units that hold a contest of which a round is published."""
    return frozenset(session.scalars(select(Contest.unit_id).join(Round).where(Round.published_at.is_not(None))))


def standing(
    kept: Remembering, acts: int, line: Collection[int], now: datetime, hosts: Callable[[], frozenset[int]]
) -> tuple[int, ...]:
    """Those of a line of units that hold contests: of who bears no role, boards ask nothing else about his unit."""
    found, _ = kept.get(("hosts", acts), now, hosts)
    return tuple(sorted(found.intersection(line)))


def _offered(r: Reading, path: Collection[int]) -> list[Round]:
    """What `scope.board_rounds` gives; for who bears no role from the rounds of each unit above him, as kept."""
    if r.actor.grants or r.actor.is_system:
        return scope.board_rounds(r)

    def held_by(unit_id: int) -> list[Round]:
        found, _ = kept().get(("rounds", acts(), unit_id), r.now, lambda: scope.rounds_of_unit(r.session, unit_id))
        return [each for each in found if is_invited(path, unit_id, is_rehearsal=each.contest.is_rehearsal)]

    holding = standing(kept(), acts(), path, r.now, lambda: hosts(r.session))
    return sorted(chain.from_iterable(map(held_by, holding)), key=lambda each: (each.closes_at, each.id), reverse=True)


def _place(r: Reading, what: Scope, offered: Sequence[Round], path: Collection[int]) -> Place:
    hidden = frozenset(round_.id for round_ in what.rounds if contests.hides_figures(r, round_))
    what = replace(what, audience=contests.audience(r, what.last))
    rests = is_on(r.session, Switch.READ_ONLY, r.now)
    return Place(what, offered, rests, hidden, is_entrant=what.contest.unit_id in path)


def kept() -> Kept:
    """What boards are made of, as this process remembers it."""
    found: Kept = current_app.extensions["boards"]
    return found


def orders(r: Reading, what: Scope) -> Mapping[str, rankings.Order]:
    """The rankings of a scope's contest, as this process remembers them."""
    found, _ = kept().get(("orders", what.contest.id), r.now, lambda: rankings.orders(r.session, what.contest.id))
    return found


class Remembering(Protocol):
    """What is kept of boards, or a sight of it that makes nothing anew."""

    def get(self, key: Hashable, now: datetime, make: Callable[[], Any]) -> tuple[Any, datetime]: ...


PlaceOf = Callable[[Own, Remembering, datetime], OwnPlace | None]
"""Where somebody stands at an instant, by what is kept."""


def no_place(_own: Own, _kept: Remembering, _now: datetime) -> None:
    """Of a board that tells nobody his place."""


def place_in_order(what: Scope, order: rankings.Order | None) -> PlaceOf:
    """What tells people their places among all: no place to who is not ranked, and while a ranking is by old rules."""
    key, taken, tie_breaks = key_of(what), None if order is None else order.id, what.tie_breaks
    is_told = order is None or rankings.is_of_now(order, what)

    def place_of(own: Own, kept: Remembering, now: datetime) -> OwnPlace | None:
        if not is_told or not own.is_ranked:
            return None
        number = 0 if order is None else order.stretch_of(own.key)

        def stretch() -> rankings.Stretch:
            with reading() as r:
                return rankings.stretch(r.session, what, order, number)

        found, _ = kept.get(("keys", taken, number, key), now, stretch)
        return rankings.place_in(found, tie_breaks, own)

    return place_of


def as_of(what: Scope, read_at: datetime, order: rankings.Order | None = None) -> datetime:
    """Of when the rows of a board are: a round that stands still is as it was at the freeze, whenever it is read."""
    if order is not None and what.is_overall:
        return order.taken_at
    return what.frozen[0][1] if what.frozen and not what.is_overall else read_at


def frozen_words(what: Scope) -> str:
    titles = {round_.id: round_.title for round_ in what.rounds}
    return labels.frozen_words([(titles[round_id], at) for round_id, at in what.frozen], is_overall=what.is_overall)


def frame(r: Reading, place: Place, board: str, *, rested: str, is_tallied: bool = False) -> dict[str, Any]:
    """What every board shows around itself; `rested` says what of this one rests where the house is read-only.

    A board that `is_tallied` is as old as its figures, any other as young as the request.
    """
    what = place.scope
    taken_at = still.taken_at(r.session, what) if is_tallied else r.now
    return {
        "scope": what,
        "round": what.last,
        "url": place.url,
        "board_slug": board,
        "is_entrant": place.is_entrant,
        "round_form": forms.round_form(place.offered, what, board),
        "steps_offered": _steps_offered(r, place, BOARDS[board]),
        "rule": labels.rule_words(what.tie_breaks),
        "counted": COUNTED[CountedAttempt(what.last.counted)].lower(),
        "scores_shown": bool(what.revealed),
        "is_final": what.is_final,
        "has_moved": has_moved(r, what),
        "awaits_truth": what.awaits_truth,
        "frozen": frozen_words(what),
        "frozen_for_others": labels.frozen_for_others([at for each, at in what.still if each in what.apart]),
        "is_read_now": not is_tallied,
        "lot_commitment": lots.commitment(what.last.lot_seed) if what.last.lot_seed and what.closes_at <= r.now else "",
        "hidden": place.hidden,
        "rested": rested if place.rests else "",
        "sums_rest": place.sums_rest and board in ("chi-bo", "toan-xa"),
        "closes_at": what.closes_at,
        "taken_at": taken_at,
        "may_take": what.audience is Audience.ORGANISER and not what.is_overall and not place.hidden,
    }


def has_moved(r: Reading, what: Scope) -> bool:
    """Whether a board of final rounds is no longer what was published."""
    if not what.is_final:
        return False
    moved, _ = kept().get(("moved", key_of(what)), r.now, lambda: queries.has_moved(r.session, what.rounds))
    return moved


def _steps_offered(r: Reading, place: Place, board: str) -> list[tuple[str, str, bool]]:
    """The same board of the contest's other rounds, first to last, of its stages and of all that have begun."""
    what = place.scope
    rounds = [round_ for round_ in place.offered if round_.contest_id == what.contest.id]
    rounds.sort(key=lambda round_: (round_.position, round_.id))
    here = what.last.id if not what.is_overall else None
    board = "units" if board == "own_history" else board
    links = [
        (round_.title, Place(scope.of_round(round_, what.now), ()).url(board), round_.id == here) for round_ in rounds
    ]
    begun = [round_ for round_ in rounds if round_.opens_at <= what.now]
    for stage in contests.stages(r.session, what.contest.id) if any(each.stage_id for each in begun) else ():
        if any(each.stage_id == stage.id for each in begun):
            of_stage = Place(scope.of_stage(begun, stage, what.now), ())
            links.append((stage.title, of_stage.url(board), what.stage is not None and what.stage.id == stage.id))
    if len(begun) > 1:
        whole = Place(scope.of_contest(begun, what.contest.id, what.now), ())
        links.append((labels.OVERALL, whole.url(board), what.is_overall and what.stage is None))
    return links
