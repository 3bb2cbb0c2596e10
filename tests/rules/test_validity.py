"""Whether a document holds, at the days where that changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from quiz_app.rules.validity import Validity, validity

TODAY = date(2026, 12, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("effective_on", "expired_on", "replaced_from", "expected"),
    [
        (None, None, [], Validity.IN_FORCE),
        (TODAY, None, [], Validity.IN_FORCE),
        (TODAY + DAY, None, [], Validity.NOT_YET),
        (None, TODAY + DAY, [], Validity.IN_FORCE),
        (None, TODAY, [], Validity.EXPIRED),
        (None, None, [None], Validity.REPLACED),
        (None, None, [TODAY], Validity.REPLACED),
        (None, None, [TODAY + DAY], Validity.IN_FORCE),
        (None, TODAY, [TODAY + DAY], Validity.EXPIRED),
        (None, TODAY, [TODAY + DAY, TODAY], Validity.REPLACED),
        (TODAY + DAY, None, [TODAY + DAY], Validity.NOT_YET),
    ],
)
def test_validity(
    effective_on: date | None, expired_on: date | None, replaced_from: list[date | None], expected: Validity
) -> None:
    assert validity(effective_on, expired_on, replaced_from, TODAY) is expected
