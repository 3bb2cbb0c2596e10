"""What is left out because others ask it too: each statement is asked by one that is left, and the list is of today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import asked
from tests.support.asked import Told, shape

FEATURE = "tests/features/x/test_x.py::test_"
ROOT = Path(__file__).parents[2]


def told(name: str, asks: str, took_s: float, *, stays: bool = False, where: str = FEATURE) -> Told:
    return Told(where + name, asks.split(), stays, took_s)


def left_out(*tests: Told) -> set[str]:
    return {name.removeprefix(FEATURE) for name in asked._asked_beside(list(tests), ("_races.py",))}


def test_the_longest_goes_whose_statements_others_ask() -> None:
    assert left_out(told("a", "1 2", 3), told("b", "1", 2), told("c", "2", 1)) == {"a"}
    assert left_out(told("a", "1", 3), told("b", "1", 2), told("c", "1", 1)) == {"a", "b"}
    assert left_out(told("a", "1 2 3", 3), told("b", "1 2", 2)) == {"b"}


def test_where_more_than_statements_matter_it_stays() -> None:
    other = told("other", "1", 1, where="tests/kernel/test_x.py::test_")
    assert left_out(told("a", "1", 3), other) == {"a"}
    assert left_out(told("a", "1", 3, stays=True), other) == set()
    assert left_out(told("a", "1", 3, where="tests/features/x/test_races.py::test_"), other) == set()
    assert left_out(told("a", "1", 3, where="tests/features/attempts/test_x.py::test_"), other) == set()
    assert left_out(told("a", "", 3), other) == set()


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("SELECT a FROM t WHERE a IN (%(a_1)s, %(a_2)s)", "SELECT a FROM t WHERE a IN (%(a_1)s, %(a_2)s, %(a_3)s)"),
        ("INSERT INTO t VALUES (%(a)s::INTEGER, %(b)s)", "INSERT INTO t VALUES (%(c)s::INTEGER, %(d)s)"),
        ("SELECT a\n FROM t LIMIT 5", "SELECT a FROM t LIMIT 20"),
    ],
)
def test_values_and_their_number_are_no_part_of_a_statement(one: str, same: str) -> None:
    assert shape(one) == shape(same)
    assert shape(one) != shape(f"{same} ORDER BY a")


def test_the_list_names_tests_that_there_are() -> None:
    names = [name.split("::") for name in asked.LIST.read_text(encoding="utf-8").split()]
    assert len(names) > 50
    assert [one for one in names if f"\ndef {one[1]}(" not in (ROOT / one[0]).read_text(encoding="utf-8")] == []
