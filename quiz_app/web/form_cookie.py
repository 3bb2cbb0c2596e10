"""Flask's signed cookie, which carries the secret of the form tokens and the messages of the next page."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache, partial

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

MOST_READ = 4096


class FormCookie(SecureCookieSessionInterface):
    """The usual interface, with its signer made once: the keys do not change while the process runs.

    What was found to be signed by this house, and not too long ago, is remembered: a browser sends the same cookie with
    every request. What is refused is not.
    """

    def __init__(self, app: Flask) -> None:
        signer = super().get_signing_serializer(app)
        if signer is None:
            raise RuntimeError("the secret key comes before the form cookie")
        max_age = int(app.permanent_session_lifetime.total_seconds())
        self._signer = signer
        self._read = lru_cache(maxsize=MOST_READ)(partial(signer.loads, max_age=max_age))

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        del app
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        cookie = request.cookies.get(self.get_cookie_name(app))
        try:
            return self.session_class(deepcopy(self._read(cookie)) if cookie else None)
        except BadSignature:
            return self.session_class()
