"""What attackers send and write: no page fails over it, none becomes theirs, and scripts are answered as described."""

from __future__ import annotations

import os
from collections import Counter

from flask import Flask

from tests.architecture import fuzzing, interface, stored
from tests.architecture.world import House, app, db, world
from tests.support import planting
from tests.support.browse import Browse

__all__ = ["app", "db", "world"]  # fixtures


CASES = int(os.environ.get("FUZZ_CASES", "0"))


def test_no_hostile_request_makes_the_product_fail(house: House, app: Flask, browse: Browse) -> None:
    """Whatever somebody sends who may enter: a page or a refusal in words. `make fuzz` sends many more."""
    fuzz = fuzzing.Fuzz(house, browse, cases=CASES)
    failed = fuzz.failed()
    _tell(house, "hostile", fuzz.statuses)
    assert not failed, fuzz.told()


def test_no_text_breaks_out_of_its_place(house: House, app: Flask, browse: Browse) -> None:
    """Whatever people wrote is markup, a script or a formula here; every page and file is asked for."""
    assert planting.plant(house.db) > 100
    walk = stored.Walk(app, browse, house.world, house.tokens)
    assert walk.wrong == {}
    assert walk.asked > 150
    assert walk.told > 80
    assert walk.printed > 2


def test_scripts_are_answered_as_it_is_described(house: House, app: Flask, browse: Browse) -> None:
    asked = interface.Interface(house, browse)
    asked.ask_once()
    assert not asked.failures, "\n".join(asked.failures.values())
    assert asked.statuses[200] > 5


def test_no_request_of_a_script_makes_the_product_fail(house: House, app: Flask, browse: Browse) -> None:
    asked = interface.Interface(house, browse)
    asked.ask_often(CASES or 1)
    _tell(house, "scripts", asked.statuses)
    assert not asked.failures, "\n".join(asked.failures.values())
    assert asked.statuses[200] > 0


def _tell(house: House, what: str, statuses: Counter[int]) -> None:
    """What was answered, for who runs it by hand."""
    print(f"{house.db.engine.name}, {what}: {statuses.total()} requests, {dict(sorted(statuses.items()))}")
