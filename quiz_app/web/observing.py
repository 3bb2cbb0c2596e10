"""Who counts and writes down requests hears of each of them, also of those that are answered before the framework."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

Observer = Callable[[str, int, float], None]
_KEY = "observers"


def hear(app: Flask, observer: Observer) -> None:
    """Call `observer` with endpoint, status and seconds of what is answered before the framework."""
    app.extensions.setdefault(_KEY, []).append(observer)


def observe(app: Flask, endpoint: str, status: int, seconds: float) -> None:
    """Tell those who hear that a request was answered."""
    for observer in app.extensions.get(_KEY, ()):
        observer(endpoint, status, seconds)
