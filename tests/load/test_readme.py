"""The tables say what bench.json says, with its day and machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.load import figures, readme


def bench_of(tmp_path: Path, measures: figures.Measures, **about: Any) -> dict[str, Any]:
    return figures.keep(measures, figures.here(), file=tmp_path / "bench.json", **about)


def test_the_readme_tells_what_was_measured(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, {"save_pg": {"ratio": 0.62}, "roster": {"ratio": 3.3}, "desk_tree": {"ratio": 3.9}})
    page = readme.filled("a\n<!-- bench -->\nold\n<!-- end -->\nb\n", readme.RATIOS, readme.table(bench))
    assert page.startswith("a\n<!-- bench -->\nMeasured on ")
    assert page.endswith("<!-- end -->\nb\n")
    assert "**0.62** | ≥ 0.50 | 0.65 |  |" in page
    assert "**3.30** | ≤ 3.00 | 1.50 | missed |" in page
    assert "**3.90** | ≤ 10.00 | 4.00 |  |" in page
    assert "old" not in page


def test_growth_says_how_much_it_was(tmp_path: Path) -> None:
    measures = {
        "growth_save": {"ratio": 1.04},
        "growth_500k_save": {"ratio": 1.3},
        "growth_500k_own_way": {"ratio": 2.1},
    }
    counts = {
        "growth": {"members": [500, 500_000], "rounds": 10},
        "growth_500k": {"members": [500, 50_000], "rounds": 10},
    }
    table = readme.table(bench_of(tmp_path, measures, counts=counts))
    assert (
        "| save an answer, with 500,000 attempts of 50,000 members ÷ with 5,000 | **1.30** | ≤ 1.25 | 1.10 | missed |"
        in table
    )
    assert (
        "| save an answer, with 5,000,000 attempts of 500,000 members ÷ with 5,000 | **1.04** | ≤ 1.25 | 1.10 |  |"
        in table
    )
    assert "÷ with 5,000 | **2.10** | – | – |  |" in table


def test_a_row_keeps_its_day_and_machine(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, {"save_pg": {"ratio": 0.62}, "start": {"ratio": 0.2}, "submit": {"ratio": 0.3}})
    elsewhere = {"processor": "Abacus", "cores": 1, "load_before": 7.5}
    of_old = {"measured_at": "2026-11-02T08:00:00+00:00", "machine": elsewhere, "versions": {"Python": "3.10.1"}}
    bench["measured"]["start"] = of_old
    first, second = readme.table(bench).split("\n\nMeasured on ")
    assert first.count("\n| ") - 1 == 2
    assert second.startswith("Abacus, 1 cores; Python 3.10.1.")
    assert "| 2 November 2026, load 7.5 before |" in second


def test_the_costs_of_a_sitting_and_its_pages_are_told(tmp_path: Path) -> None:
    measures: dict[str, dict[str, Any]] = {
        "sitting": {"cpu_s": 0.043, "people": 60, "acts": {"saves": {"cpu_ms": 31.2, "times": 20, "kb": 6.5}}},
        "pages": {"paper": {"queries": 4, "bytes": 5_600, "bytes_plain": 23_000}},
        "visits": {"landing": {"first": 123_456, "later": 4_321, "files": 9}},
    }
    bench = bench_of(tmp_path, measures)
    told = readme.wire(bench)
    assert "| saves | 20 | 0.0312 | 6.5 |" in told
    assert "| **a whole sitting** |  | **0.043** | **6.5** |" in told
    assert "| paper | 4 | 5,600 | 23,000 |" in told
    assert "| landing | 123,456 | 9 | 4,321 |" in told
    del bench["measures"]["visits"]
    assert readme.wire(bench) == told[: told.index("\nBytes of a first visit")]


def test_both_pages_have_their_place() -> None:
    for page, name in ((readme.PAGE, readme.RATIOS), (readme.SCALING, readme.WIRE)):
        assert f"<!-- {name} -->\nnew\n<!-- end -->\n" in readme.filled(page.read_text(), name, "new\n")
