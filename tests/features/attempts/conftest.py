"""An open round of the commune."""

from __future__ import annotations

import pytest

from quiz_app.contests.models import Round
from tests.support import sitting
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    with work(now=sitting.at(-90)) as w:
        return sitting.open_round(w, commune.root, sitting.publish_shipped(w))
