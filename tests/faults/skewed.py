"""A node whose own clock is wrong by NODE_CLOCK_OFFSET_S; everything of it but the database asks that clock."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, tzinfo

from quiz_app.factory import create_app
from quiz_app.kernel import clock, db

_OFF = float(os.environ["NODE_CLOCK_OFFSET_S"])
_time = time.time


class _Wrong(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _Wrong:
        return super().now(tz) + timedelta(seconds=_OFF)


time.time = lambda: _time() + _OFF
clock.datetime = db.datetime = _Wrong  # type: ignore[attr-defined] # the two places that ask the wall clock
app = create_app()
