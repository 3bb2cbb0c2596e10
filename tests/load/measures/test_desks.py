"""The pages of a city and of its commune are compared as they are, with next to nobody in them."""

from __future__ import annotations

from pathlib import Path

from tests.load.measures import desks


def test_the_city_is_held_against_a_commune(tmp_path: Path) -> None:
    found = desks.beside(f"sqlite:///{tmp_path / 'city.sqlite3'}", tmp_path, 300, 2)
    assert set(found) == {"desk", "desk_tree"}
    for one in found.values():
        assert len(one["ratios_of_pairs"]) == 2
        assert one["ratios_of_pairs"][0] <= one["ratio"] <= one["ratios_of_pairs"][1]
        assert min(one[unit]["queries"] for unit in ("commune", "city")) > 1
    # There is more to show of the city: both units were asked for.
    assert found["desk_tree"]["city"]["kb"] > found["desk_tree"]["commune"]["kb"]
