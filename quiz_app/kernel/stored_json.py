"""JSON columns, read by the quicker library: a paper has twenty of them."""

from __future__ import annotations

import json
from typing import Any

import orjson


def read_json(text: str | bytes) -> Any:
    """What such a column holds. Raises ValueError for what is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # half a character, say, which Python writes and reads
        return json.loads(text)
