"""A final round, and the certificates of who took part in it."""

from __future__ import annotations

import pytest

from quiz_app.awards.models import CertificateSeries
from quiz_app.kernel.db import Database
from tests.features.awards.build import opened
from tests.features.results.scene import Scene, set_scene
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def scene(db: Database, work: Work, commune: Commune) -> Scene:
    """The round of `set_scene`, made final."""
    found = set_scene(db, work, commune)
    found.finalise()
    return found


@pytest.fixture
def series(scene: Scene) -> CertificateSeries:
    """Handed out to everybody who took part in the round."""
    return opened(scene.work, scene.commune.organiser, f"round:{scene.round.id}", scene.commune.root)
