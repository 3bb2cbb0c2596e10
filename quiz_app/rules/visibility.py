"""What may be seen of a round's results, by whom, in each state of its boards.

One table, with a cell for every state, thing and audience: pages, the wall, exports, winners and certificates all ask
it, and nothing decides anything beside it. The state follows from stored facts and the clock alone. Intervals hold
their first instant and not their last: at the instant of the freeze the boards stand still, at that of the final
results they are final, and never both.

What the table grants is a ceiling. A round's own settings may show less: its score setting keeps scores and places
back, its setting of names keeps names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from quiz_app.rules.lifecycle import Phase
from quiz_app.rules.timing import Timing, closes_finally_at, finalisable_at


class BoardState(StrEnum):
    """Where the boards of a round stand. Guarded: an open prediction asks for what they would tell. Sealed: guarded,
    and past the freeze as well. Frozen: as at the freeze, until the results are final. Provisional: nobody can answer
    any more, and the results are not final yet."""

    UPCOMING = "upcoming"
    LIVE = "live"
    GUARDED = "guarded"
    SEALED = "sealed"
    FROZEN = "frozen"
    PROVISIONAL = "provisional"
    FINAL = "final"


class Thing(StrEnum):
    """What there is to see. Counts: how many people and attempts in all. Own units: the turnout, with names, of the
    units that somebody looks after."""

    OWN_SCORE = "own_score"
    OWN_PLACE = "own_place"
    PERSON_BOARD = "person_board"
    UNIT_BOARD = "unit_board"
    COUNTS = "counts"
    OWN_UNITS = "own_units"
    EXPORT = "export"
    WINNERS = "winners"
    CERTIFICATES = "certificates"


class Audience(StrEnum):
    """Who looks. Member: everybody, and whoever stands before a wall. Desk: who looks after some of the units.
    Onlooker: whose office shows him how many people sit the whole round. Organiser: who runs the contest."""

    MEMBER = "member"
    DESK = "desk"
    ONLOOKER = "onlooker"
    ORGANISER = "organiser"


class Sight(StrEnum):
    """What is seen of a thing: nothing; as it stands now; as it stood at the freeze; as it stands now, marked as not
    final; the published figures."""

    HIDDEN = "hidden"
    LIVE = "live"
    AS_FROZEN = "as_frozen"
    PROVISIONAL = "provisional"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class BoardFacts:
    """What is stored of a round. `timing` is that of those who may sit it longest; `freeze` None: it never freezes."""

    timing: Timing
    freeze: timedelta | None = None
    has_prediction: bool = False
    finalised_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.freeze is not None and self.freeze <= timedelta():
            raise ValueError("a freeze lasts some time")


def freezes_at(facts: BoardFacts) -> datetime | None:
    """From when on the boards stand still: so long before the close for everybody, never before the opening.

    Whoever is given more time moves the close, and with it this instant.
    """
    if facts.freeze is None:
        return None
    return max(facts.timing.opens_at, closes_finally_at(facts.timing) - facts.freeze)


def answers_end_at(timing: Timing) -> datetime:
    """From when on nobody can answer any more: who sits to the last second may still send within the grace."""
    return finalisable_at(closes_finally_at(timing) + timing.grace)


def is_frozen(facts: BoardFacts, now: datetime) -> bool:
    """Whether the figures stand still at `now`, shown or not."""
    frozen_at = freezes_at(facts)
    return frozen_at is not None and frozen_at <= now and not _is_final(facts, now)


def board_phase(facts: BoardFacts, now: datetime) -> Phase[BoardState]:
    """Where the boards stand at `now`, and when the clock alone changes that."""
    state = _state(facts, now)
    known = (facts.timing.opens_at, freezes_at(facts), answers_end_at(facts.timing), facts.finalised_at)
    coming = sorted(instant for instant in known if instant is not None and instant > now)
    return Phase(state, next((instant for instant in coming if _state(facts, instant) is not state), None))


def sight(state: BoardState, thing: Thing, audience: Audience) -> Sight:
    """What this audience sees of a thing in this state."""
    return SIGHTS[state, thing, audience]


def _is_final(facts: BoardFacts, now: datetime) -> bool:
    return facts.finalised_at is not None and facts.finalised_at <= now


def _state(facts: BoardFacts, now: datetime) -> BoardState:
    if _is_final(facts, now):
        return BoardState.FINAL
    is_over = answers_end_at(facts.timing) <= now
    if facts.has_prediction and not is_over:
        return BoardState.SEALED if is_frozen(facts, now) else BoardState.GUARDED
    if now < facts.timing.opens_at:
        return BoardState.UPCOMING
    if is_frozen(facts, now):
        return BoardState.FROZEN
    return BoardState.PROVISIONAL if is_over else BoardState.LIVE


_H, _L, _Z, _P, _F = Sight.HIDDEN, Sight.LIVE, Sight.AS_FROZEN, Sight.PROVISIONAL, Sight.FINAL
_FOUR = tuple[Sight, Sight, Sight, Sight]
_NOBODY: _FOUR = (_H, _H, _H, _H)
_EVERYBODY: _FOUR = (_L, _L, _L, _L)
_ON_DUTY: _FOUR = (_H, _L, _L, _L)
_ORGANISERS: _FOUR = (_H, _H, _H, _P)


def _things(
    *,
    own_score: _FOUR,
    own_place: _FOUR,
    person_board: _FOUR,
    unit_board: _FOUR,
    counts: _FOUR,
    own_units: _FOUR,
    export: _FOUR,
    winners: _FOUR,
    certificates: _FOUR,
) -> dict[Thing, _FOUR]:
    return {
        Thing.OWN_SCORE: own_score,
        Thing.OWN_PLACE: own_place,
        Thing.PERSON_BOARD: person_board,
        Thing.UNIT_BOARD: unit_board,
        Thing.COUNTS: counts,
        Thing.OWN_UNITS: own_units,
        Thing.EXPORT: export,
        Thing.WINNERS: winners,
        Thing.CERTIFICATES: certificates,
    }


# Each four: member, desk, onlooker, organiser.
_SIGHTS: Mapping[BoardState, Mapping[Thing, _FOUR]] = {
    BoardState.UPCOMING: _things(
        own_score=_NOBODY,
        own_place=_NOBODY,
        person_board=_EVERYBODY,
        unit_board=_EVERYBODY,
        counts=_EVERYBODY,
        own_units=_ON_DUTY,
        export=_NOBODY,
        winners=_NOBODY,
        certificates=_NOBODY,
    ),
    BoardState.LIVE: _things(
        own_score=_EVERYBODY,
        own_place=_EVERYBODY,
        person_board=_EVERYBODY,
        unit_board=_EVERYBODY,
        counts=_EVERYBODY,
        own_units=_ON_DUTY,
        export=_ORGANISERS,
        winners=_NOBODY,
        certificates=_NOBODY,
    ),
    BoardState.GUARDED: _things(
        own_score=_EVERYBODY,
        own_place=(_H, _H, _L, _L),
        person_board=(_H, _H, _L, _L),
        unit_board=(_H, _H, _L, _L),
        counts=(_H, _H, _L, _L),
        own_units=_ON_DUTY,
        export=_ORGANISERS,
        winners=_NOBODY,
        certificates=_NOBODY,
    ),
    BoardState.SEALED: _things(
        own_score=_EVERYBODY,
        own_place=(_H, _H, _Z, _L),
        person_board=(_H, _H, _Z, _L),
        unit_board=(_H, _H, _Z, _L),
        counts=(_H, _H, _Z, _L),
        own_units=_ON_DUTY,
        export=_ORGANISERS,
        winners=_NOBODY,
        certificates=_NOBODY,
    ),
    BoardState.FROZEN: _things(
        own_score=_EVERYBODY,
        own_place=(_Z, _Z, _Z, _L),
        person_board=(_Z, _Z, _Z, _L),
        unit_board=(_Z, _Z, _Z, _L),
        counts=(_Z, _Z, _Z, _L),
        own_units=_ON_DUTY,
        export=_ORGANISERS,
        winners=_ORGANISERS,
        certificates=_NOBODY,
    ),
    BoardState.PROVISIONAL: _things(
        own_score=(_P, _P, _P, _P),
        own_place=(_P, _P, _P, _P),
        person_board=(_P, _P, _P, _P),
        unit_board=(_P, _P, _P, _P),
        counts=(_P, _P, _P, _P),
        own_units=_ON_DUTY,
        export=_ORGANISERS,
        winners=_ORGANISERS,
        certificates=_NOBODY,
    ),
    BoardState.FINAL: _things(
        own_score=(_F, _F, _F, _F),
        own_place=(_F, _F, _F, _F),
        person_board=(_F, _F, _F, _F),
        unit_board=(_F, _F, _F, _F),
        counts=(_F, _F, _F, _F),
        own_units=(_H, _F, _F, _F),
        export=(_F, _F, _F, _F),
        winners=(_F, _F, _F, _F),
        certificates=(_F, _F, _F, _F),
    ),
}

SIGHTS: Mapping[tuple[BoardState, Thing, Audience], Sight] = {
    (state, thing, audience): seen
    for state, things in _SIGHTS.items()
    for thing, four in things.items()
    for audience, seen in zip(Audience, four, strict=True)
}
"""What each audience sees of each thing in each state.

Own units are shown live in every state: to know who has not taken part yet is the duty of who looks after them. Nothing
else of what happens after the freeze is told to anybody but the organisers, save each member's own score.
"""
