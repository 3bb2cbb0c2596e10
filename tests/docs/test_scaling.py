"""The tables of docs/scaling.md are what the model reckons from the measured costs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from docs import scaling_model as model


def test_the_page_says_what_the_model_reckons() -> None:
    page = model.PAGE.read_text()
    found = model.tables(json.loads(model.COSTS.read_text()))
    assert all(f"<!-- {name} -->\n{table}\n<!-- end -->\n" in page for name, table in found.items())


def test_needs_grow_with_costs_and_people() -> None:
    costs = model.costs_of(json.loads(model.COSTS.read_text()), "postgresql")
    city = next(one for one in model.CONTESTS if one.name == "city")
    once = model.need(city, costs)
    assert once.starts_per_s == pytest.approx(17.5)  # what `make load PROFILE=city` holds
    assert once.saves_per_s == pytest.approx(350)
    dear = model.need(
        city, replace(costs, sitting_web_ms=costs.sitting_web_ms * 2, board_web_ms=costs.board_web_ms * 2)
    )
    assert dear.web_cores == pytest.approx(once.web_cores * 2)
    assert dear.database_cores == once.database_cores
    assert model.need(replace(city, members=city.members * 10), costs).web_cores == pytest.approx(once.web_cores * 10)


def test_a_bench_replaces_the_cost_of_a_sitting_in_proportion() -> None:
    measured = json.loads(model.COSTS.read_text())
    own, given = model.costs_of(measured, "postgresql"), model.costs_of(measured, "postgresql", 0.1)
    assert given.sitting_web_ms + given.sitting_database_ms == pytest.approx(100)
    assert given.sitting_web_ms / given.sitting_database_ms == pytest.approx(
        own.sitting_web_ms / own.sitting_database_ms
    )


def test_the_board_of_a_bench_is_not_counted_twice() -> None:
    acts = {"start": {"cpu_ms": 60.0}, "saves": {"cpu_ms": 36.0}, "board": {"cpu_ms": 4.0}}
    bench = {"measures": {"sitting": {"cpu_s": 0.1, "acts": acts}}}
    assert model.sitting_of(bench) == pytest.approx(0.096)
