"""The stage on which contests are held."""

from __future__ import annotations

import pytest

from quiz_app.kernel.db import Database
from tests.features.profiles.staging import Stage, StoppedClock
from tests.support import sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work


@pytest.fixture
def stage(db: Database, browse: Browse, commune: Commune, banks: None, work: Work, view: View) -> Stage:
    """The commune with the shipped bank published, and the clock at a standstill."""
    with work() as w:
        set_id = sitting.publish_shipped(w)
    return Stage(db, work, view, StoppedClock(db), browse, commune, set_id)
