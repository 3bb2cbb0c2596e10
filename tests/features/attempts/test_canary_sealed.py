"""A sealed set is readable for nobody: not on a page, in a file, a report or a search, nor in the log."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

import pytest

from quiz_app.authoring import sealing
from tests.features.attempts.test_canary import STEM, Walk, opened
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.contest import RATIONALE_CANARY, Opened
from tests.support.works import Work

__all__ = ["opened"]  # a fixture
WORDS = "kế hoạch xác định"  # of a stem; what is searched for is said again, so the whole of it may not be


@pytest.mark.parametrize("role", ["organiser", "operator", "author", "reviewer"])
def test_not_even_staff_read_what_is_sealed(
    browse: Browse, commune: Commune, opened: Opened, work: Work, caplog: pytest.LogCaptureFixture, role: str
) -> None:
    caplog.set_level(logging.INFO)
    with work(actor=commune.organiser) as w:
        sealing.seal(w, contest.SET_SLUG)
    listed = f"/to-chuc/dot/{opened.round.id}/sua-ket-qua/cau-hoi"
    places = ("/tim-kiem", "/bien-soan/tim-cau-hoi", listed)
    searches = [f"{place}?{urlencode({name: WORDS})}" for place in places for name in ("q", "tim")]
    walk = Walk(browse, getattr(commune, role), opened, also=searches)
    assert len(walk.reached) > 30
    assert walk.holding(RATIONALE_CANARY) == set()
    assert walk.holding(STEM) == set()
    assert RATIONALE_CANARY not in caplog.text
    assert STEM not in caplog.text
