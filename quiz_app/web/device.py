"""The mark of a browser: a random cookie that means nothing, known to the database by its hash alone.

It tells only whether two sign-ins or two sittings came from one browser. Nothing is read from the device to make it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, g, request
from werkzeug.wrappers import Response

KEPT = timedelta(days=400)  # browsers keep no cookie for longer
MARK_BYTES = 16
MARK_LENGTH = 22


@dataclass(frozen=True, slots=True)
class Device:
    """The mark as its browser carries it."""

    mark: str

    @property
    def sha256(self) -> str:
        """What the database keeps."""
        return hashlib.sha256(self.mark.encode()).hexdigest()


def device() -> Device:
    """The browser of this request; one without a mark gets a new one, which `mark` hands out with the answer."""
    if "device" not in g:
        carried = request.cookies.get(_cookie_name(), "")
        is_sound = len(carried) == MARK_LENGTH and carried.isascii()
        g.device = Device(carried if is_sound else secrets.token_urlsafe(MARK_BYTES))
    found: Device = g.device
    return found


def mark(answer: Response) -> None:
    """Let the browser keep its mark from now on."""
    answer.set_cookie(
        _cookie_name(),
        device().mark,
        max_age=KEPT,
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _cookie_name() -> str:
    return "__Host-may" if _is_secure() else "may"
