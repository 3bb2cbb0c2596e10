"""When the proxy in front received a request, where the installation says which header tells it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from flask import current_app, request

from quiz_app.kernel.settings import Settings

_STAMP = re.compile(r"(?:t=)?(\d{10}|\d{13}|\d{16})(?:\.(\d{1,9}))?", re.ASCII)
_UNIT_US = {10: 1_000_000, 13: 1_000, 16: 1}  # by how many digits the whole part has, until the year 2286
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def arrived_at() -> datetime | None:
    """The arrival of this request at the proxy; None where no header is trusted, or where it cannot be read.

    What it says is the proxy's clock, so whoever uses it bounds it by what the database knows.
    """
    settings: Settings = current_app.extensions["settings"]
    if not settings.arrival_header:
        return None
    return read_stamp(request.headers.get(settings.arrival_header, ""))


def read_stamp(text: str) -> datetime | None:
    """An instant as proxies write it: `t=` or nothing, then seconds, milliseconds or microseconds since 1970."""
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        return None
    whole, fraction = found[1], found[2] or "0"
    unit = _UNIT_US[len(whole)]
    return _EPOCH + timedelta(microseconds=int(whole) * unit + int(fraction) * unit // 10 ** len(fraction))
