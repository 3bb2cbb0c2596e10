"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {}
