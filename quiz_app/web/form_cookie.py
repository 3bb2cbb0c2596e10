"""Flask's signed cookie, which carries the secret of the form tokens and the messages of the next page."""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class FormCookie(SecureCookieSessionInterface):
    """The usual interface, with its signer made once: the keys do not change while the process runs."""

    def __init__(self, app: Flask) -> None:
        self._signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        del app
        return self._signer
