"""The real application, whose parts are looked at; one engine is enough for that."""

from __future__ import annotations

import pytest


@pytest.fixture
def engine_name() -> str:
    return "sqlite"
