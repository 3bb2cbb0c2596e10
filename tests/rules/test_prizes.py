import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.lots import drawn
from quiz_app.rules.prizes import Award, Contestant, Prize, award

PRIZES = (Prize("Nhất", 1), Prize("Nhì", 2), Prize("Ba", 2))


def people(*keys: int) -> list[Contestant]:
    return [Contestant(f"P{number}", (key,)) for number, key in enumerate(keys, start=1)]


def won(awards: list[Award]) -> list[tuple[str, str, bool]]:
    return [(one.code, one.title, one.by_lot) for one in awards]


def test_prizes_go_down_the_order() -> None:
    assert won(award(PRIZES, people(-9, -20, -15, -12, -11, -10), "s", {}, None)) == [
        ("P2", "Nhất", False), ("P3", "Nhì", False), ("P4", "Nhì", False), ("P5", "Ba", False), ("P6", "Ba", False),
    ]  # fmt: skip


def test_who_is_tied_for_the_last_prize_draws_a_lot() -> None:
    found = award(PRIZES, people(-20, -15, -15, -10, -9, -9, -9), "hat giong", {}, None)
    first = drawn("hat giong", ["P5", "P6", "P7"])[0]
    assert won(found)[3:] == [("P4", "Ba", False), (first, "Ba", True)]
    assert won(found)[1:3] == [(code, "Nhì", False) for code in drawn("hat giong", ["P2", "P3"])]


def test_equals_over_two_kinds_of_prize_draw_too() -> None:
    found = award(PRIZES, people(-20, -20, -10), "s", {}, None)
    first, second = drawn("s", ["P1", "P2"])
    assert won(found) == [(first, "Nhất", True), (second, "Nhì", True), ("P3", "Nhì", False)]


def test_whoever_has_won_enough_is_passed_over() -> None:
    found = award(PRIZES[:1], people(-20, -15), "s", {"P1": 2}, most=2)
    assert won(found) == [("P2", "Nhất", False)]
    assert won(award(PRIZES[:1], people(-20, -15), "s", {"P1": 1}, most=2)) == [("P1", "Nhất", False)]


def test_fewer_people_than_prizes_and_no_prizes_at_all() -> None:
    assert won(award(PRIZES, people(-3), "s", {}, None)) == [("P1", "Nhất", False)]
    assert award(PRIZES, [], "s", {}, None) == []
    assert award([], people(-3), "s", {}, None) == []


def test_a_number_of_prizes_is_never_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        Prize("Nhất", -1)


@given(st.lists(st.integers(-4, 0), max_size=12), st.lists(st.integers(0, 4), max_size=4), st.text(max_size=5))
def test_nobody_worse_wins_more(keys: list[int], counts: list[int], seed: str) -> None:
    contestants = people(*keys)
    prizes = [Prize(f"Hạng {number}", count) for number, count in enumerate(counts)]
    found = award(prizes, contestants, seed, {}, None)
    assert found == award(prizes, contestants[::-1], seed, {}, None)
    assert len(found) == min(len(contestants), sum(counts))
    assert len({one.code for one in found}) == len(found)
    key_of = {one.code: one.key for one in contestants}
    order = [key_of[one.code] for one in found]
    assert order == sorted(order)
    losers = [one.key for one in contestants if one.code not in {each.code for each in found}]
    assert not losers or not order or max(order) <= min(losers)
    titles = [one.title for one in found]
    assert titles == sorted(titles)
