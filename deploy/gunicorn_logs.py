"""gunicorn's own words, without what people asked for."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger


class Quiet(Logger):  # type: ignore[misc] # gunicorn brings no types
    """No line per request (ACCESS_LOG=1 makes the application's), and no address in the line of one that failed."""

    def access(self, *_told: Any) -> None:
        return

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().exception(msg % tuple("…" for _ in args) if args else msg, **kwargs)
