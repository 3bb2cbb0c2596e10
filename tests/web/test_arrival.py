"""What proxies write about when they received a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from quiz_app.web.allowance import Allowance
from quiz_app.web.arrival import read_stamp
from tests.support.clock import NOW

AT = datetime(2024, 11, 23, 2, 48, 53, 123000, tzinfo=UTC)
SECONDS = int(AT.timestamp())


@pytest.mark.parametrize(
    "text",
    [
        f"t={SECONDS}.123",
        f"{SECONDS}.123",
        f" t={SECONDS}.1230000 ",
        f"t={SECONDS}123",
        f"{SECONDS}123.0",
        f"{SECONDS}123000",
    ],
)
def test_seconds_milliseconds_and_microseconds_are_read(text: str) -> None:
    assert read_stamp(text) == AT


def test_whole_seconds_are_read_too() -> None:
    assert read_stamp(f"t={SECONDS}") == AT.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    ["", "t=", "t=abc", "-1732330133", f"{SECONDS}, {SECONDS}", "173233013", "1e9", "١٧٣٢٣٣٠١٣٣", "t=17323301334"],
)
def test_anything_else_is_no_instant(text: str) -> None:
    assert read_stamp(text) is None


@pytest.fixture
def in_app(bare_app: Flask) -> Iterator[None]:
    with bare_app.app_context():
        yield


@pytest.mark.usefixtures("in_app")
def test_an_allowance_is_used_up_and_comes_back_with_time() -> None:
    allowance = Allowance("thử", burst=2, per_s=0.5)
    assert [allowance.take("a", NOW) for _ in range(3)] == [True, True, False]
    assert allowance.take("b", NOW)
    assert [allowance.has(key, NOW) for key in ("a", "b", "c")] == [False, True, True]
    assert allowance.has("a", NOW + timedelta(seconds=2))  # to look uses nothing up
    assert not allowance.take("a", NOW + timedelta(seconds=1.9))
    assert allowance.take("a", NOW + timedelta(seconds=2))
    assert not allowance.take("a", NOW - timedelta(hours=1))  # a clock that goes back gives nothing
    assert [allowance.take("a", NOW + timedelta(days=1)) for _ in range(3)] == [True, True, False]
