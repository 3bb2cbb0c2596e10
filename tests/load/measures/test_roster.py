"""The library and the import take turns, and each turn of both gives a ratio."""

from __future__ import annotations

from typing import Any

import pytest

from tests.load.measures import roster


def test_library_and_import_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []
    of_library = iter(["10.0 (8.0)", "20.0 (10.0)"])

    def one(kind: str) -> dict[str, Any]:
        turns.append(kind)
        if kind == "openpyxl":
            return {"read_s": next(of_library)}
        return {**dict.fromkeys(roster.STEPS, "5.0 (4.0)"), "peak_mb": 90.5 + len(turns)}

    monkeypatch.setattr(roster, "_one", one)
    found = roster.roster()["roster"]
    assert turns == ["openpyxl", "xlsx", "openpyxl", "xlsx"]
    assert (found["ratio"], found["ratios_of_pairs"], found["cpu_ratio"]) == (1.5, [1.0, 2.0], 1.8)
    assert (found["library_alone_s"], found["peak_mb"]) == ([10.0, 20.0], 94.5)
