"""Every cell of the table of sights, and that facts and clock lead to the state that it names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.lifecycle import Phase
from quiz_app.rules.timing import Timing, closes_finally_at
from quiz_app.rules.visibility import (
    SIGHTS,
    Audience,
    BoardFacts,
    BoardState,
    Sight,
    Thing,
    answers_end_at,
    board_phase,
    freezes_at,
    is_frozen,
    sight,
)

TICK = timedelta(microseconds=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OPENS = datetime(2026, 3, 5, 12, tzinfo=UTC)
CLOSES = OPENS + 8 * HOUR
TIMING = Timing(OPENS, CLOSES, 15 * MINUTE, grace=timedelta(seconds=5))
OVER = CLOSES + timedelta(seconds=7)
FROZEN = CLOSES - HOUR
FINAL = CLOSES + 24 * HOUR
PLAIN = BoardFacts(TIMING)
FREEZING = BoardFacts(TIMING, freeze=HOUR)
B, T, A = BoardState, Thing, Audience

# One line a thing: member, desk, onlooker, organiser. "." nothing, L as now, Z as at the freeze, P tạm tính, F final.
LETTERS = {".": Sight.HIDDEN, "L": Sight.LIVE, "Z": Sight.AS_FROZEN, "P": Sight.PROVISIONAL, "F": Sight.FINAL}
TABLE = """
                upcoming  live  guarded sealed frozen provisional final
own_score       ....      LLLL  LLLL    LLLL   LLLL   PPPP        FFFF
own_place       ....      LLLL  ..LL    ..ZL   ZZZL   PPPP        FFFF
person_board    LLLL      LLLL  ..LL    ..ZL   ZZZL   PPPP        FFFF
unit_board      LLLL      LLLL  ..LL    ..ZL   ZZZL   PPPP        FFFF
counts          LLLL      LLLL  ..LL    ..ZL   ZZZL   PPPP        FFFF
own_units       .LLL      .LLL  .LLL    .LLL   .LLL   .LLL        .FFF
export          ....      ...P  ...P    ...P   ...P   ...P        FFFF
winners         ....      ....  ....    ....   ...P   ...P        FFFF
certificates    ....      ....  ....    ....   ....   ....        FFFF
"""


def cells() -> dict[tuple[BoardState, Thing, Audience], Sight]:
    heads, *lines = TABLE.strip("\n").splitlines()
    states = [BoardState(name) for name in heads.split()]
    return {
        (state, Thing(line.split()[0]), audience): LETTERS[letter]
        for line in lines
        for state, four in zip(states, line.split()[1:], strict=True)
        for audience, letter in zip(Audience, four, strict=True)
    }


@pytest.mark.parametrize("cell", list(product(BoardState, Thing, Audience)))
def test_every_cell(cell: tuple[BoardState, Thing, Audience]) -> None:
    assert sight(*cell) is cells()[cell]


def test_the_table_has_no_other_cells() -> None:
    assert set(SIGHTS) == set(cells()) == set(product(BoardState, Thing, Audience))


@pytest.mark.parametrize(
    ("facts", "now", "expected"),
    [
        (PLAIN, OPENS - TICK, Phase(B.UPCOMING, OPENS)),
        (PLAIN, OPENS, Phase(B.LIVE, OVER)),
        (PLAIN, CLOSES, Phase(B.LIVE, OVER)),
        (PLAIN, OVER - TICK, Phase(B.LIVE, OVER)),
        (PLAIN, OVER, Phase(B.PROVISIONAL, None)),
        (replace(PLAIN, finalised_at=FINAL), OVER, Phase(B.PROVISIONAL, FINAL)),
        (replace(PLAIN, finalised_at=FINAL), FINAL - TICK, Phase(B.PROVISIONAL, FINAL)),
        (replace(PLAIN, finalised_at=FINAL), FINAL, Phase(B.FINAL, None)),
        (FREEZING, OPENS, Phase(B.LIVE, FROZEN)),
        (FREEZING, FROZEN - TICK, Phase(B.LIVE, FROZEN)),
        (FREEZING, FROZEN, Phase(B.FROZEN, None)),
        (FREEZING, OVER, Phase(B.FROZEN, None)),
        (FREEZING, FINAL, Phase(B.FROZEN, None)),
        (replace(FREEZING, finalised_at=FINAL), FINAL - TICK, Phase(B.FROZEN, FINAL)),
        (replace(FREEZING, finalised_at=FINAL), FINAL, Phase(B.FINAL, None)),
        (replace(PLAIN, has_prediction=True), OPENS - TICK, Phase(B.GUARDED, OVER)),
        (replace(PLAIN, has_prediction=True), OVER, Phase(B.PROVISIONAL, None)),
        (replace(FREEZING, has_prediction=True), FROZEN - TICK, Phase(B.GUARDED, FROZEN)),
        (replace(FREEZING, has_prediction=True), FROZEN, Phase(B.SEALED, OVER)),
        (replace(FREEZING, has_prediction=True), OVER - TICK, Phase(B.SEALED, OVER)),
        (replace(FREEZING, has_prediction=True), OVER, Phase(B.FROZEN, None)),
        (BoardFacts(TIMING, freeze=9 * HOUR), OPENS - TICK, Phase(B.UPCOMING, OPENS)),
        (BoardFacts(TIMING, freeze=9 * HOUR), OPENS, Phase(B.FROZEN, None)),
    ],
)
def test_where_the_boards_stand(facts: BoardFacts, now: datetime, expected: Phase[BoardState]) -> None:
    assert board_phase(facts, now) == expected


def test_more_time_moves_the_freeze() -> None:
    later = replace(FREEZING, timing=replace(TIMING, extension=30 * MINUTE))
    assert freezes_at(later) == FROZEN + 30 * MINUTE
    assert board_phase(later, FROZEN) == Phase(B.LIVE, FROZEN + 30 * MINUTE)
    assert freezes_at(PLAIN) is None


def test_a_freeze_lasts_some_time() -> None:
    with pytest.raises(ValueError, match="some time"):
        BoardFacts(TIMING, freeze=timedelta())


INSTANTS = st.timedeltas(min_value=-24 * HOUR, max_value=48 * HOUR).map(lambda after: OPENS + after)
FACTS = st.builds(
    BoardFacts,
    timing=st.timedeltas(min_value=timedelta(), max_value=3 * HOUR).map(lambda more: replace(TIMING, extension=more)),
    freeze=st.none() | st.timedeltas(min_value=TICK, max_value=12 * HOUR),
    has_prediction=st.booleans(),
    finalised_at=st.none() | INSTANTS,
)


@given(FACTS, INSTANTS)
def test_a_state_holds_until_the_instant_that_it_names(facts: BoardFacts, now: datetime) -> None:
    here = board_phase(facts, now)
    known = {facts.timing.opens_at, answers_end_at(facts.timing), freezes_at(facts), facts.finalised_at} - {None}
    between = [at for at in known if at is not None and now < at and (here.changes_at is None or at < here.changes_at)]
    assert all(board_phase(facts, at).state is here.state for at in between)
    if here.changes_at is not None:
        assert now < here.changes_at
        assert board_phase(facts, here.changes_at).state is not here.state
        assert board_phase(facts, here.changes_at - TICK).state is here.state


@given(FACTS, INSTANTS)
def test_frozen_and_final_are_never_both_true(facts: BoardFacts, now: datetime) -> None:
    state = board_phase(facts, now).state
    assert is_frozen(facts, now) is (
        facts.freeze is not None
        and state is not B.FINAL
        and now >= max(OPENS, closes_finally_at(facts.timing) - facts.freeze)
    )
    if state in (B.FROZEN, B.SEALED):
        assert is_frozen(facts, now)
    if is_frozen(facts, now):
        assert state in (B.FROZEN, B.SEALED)


def test_what_stands_still_stands_still_together() -> None:
    """Boards, places and counts could be reckoned from each other: no audience sees one move while another rests."""
    for state, audience in product(BoardState, Audience):
        if state is BoardState.UPCOMING:
            continue
        boards = {sight(state, thing, audience) for thing in (T.OWN_PLACE, T.PERSON_BOARD, T.UNIT_BOARD, T.COUNTS)}
        assert len(boards) == 1


def test_nothing_is_handed_out_before_the_results_are_final() -> None:
    for state, thing, audience in product(BoardState, (T.CERTIFICATES, T.WINNERS, T.EXPORT), Audience):
        seen = sight(state, thing, audience)
        if state is not B.FINAL:
            assert seen is Sight.HIDDEN or (audience is A.ORGANISER and thing is not T.CERTIFICATES)
