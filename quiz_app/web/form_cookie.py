"""Flask's signed cookie: the secret of the form tokens, the messages of the next page; and the tokens themselves."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache, partial
from hmac import compare_digest
from typing import Any

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

MOST_READ = 4096
# Under which forms send their token and Flask-WTF keeps a browser's secret; and the salt with which it signs.
TOKEN = "csrf_token"  # noqa: S105 - a name, no secret
_SALT = "wtf-csrf-token"


class _Undated(TimestampSigner):
    """When a token was signed tells nothing: it ends with its cookie, whatever its age. So a browser has one token."""

    def get_timestamp(self) -> int:
        return 0


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
        keys = app.config.get("WTF_CSRF_SECRET_KEY") or signer.secret_keys
        self._sign = lru_cache(maxsize=MOST_READ)(URLSafeTimedSerializer(keys, salt=_SALT, signer=_Undated).dumps)
        self._read = lru_cache(maxsize=MOST_READ)(partial(signer.loads, max_age=max_age))

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        del app
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        return self.session_class(deepcopy(self.carried(request.cookies.get(self.get_cookie_name(app)))))

    def carried(self, cookie: str | None) -> Mapping[str, Any]:
        """What a cookie of this house carries; nothing where it is foreign, too old or none. It must not be changed."""
        try:
            return self._read(cookie) if cookie else {}
        except BadSignature:
            return {}

    def plain_token(self, cookie: str | None) -> str | None:
        """The form token of who carries this cookie; None where it has none yet, or carries anything besides."""
        carried = self.carried(cookie)
        return self.token_of(carried[TOKEN]) if carried.keys() == {TOKEN} else None

    def token_of(self, secret: str) -> str:
        """The form token of a browser with this secret."""
        return str(self._sign(secret))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """What was only read is not sent again; that the answer hangs on it is said once."""
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed and "Cookie" not in response.headers.get("Vary", ""):
            response.vary.add("Cookie")


class FormTokens(CSRFProtect):  # type: ignore[misc]  # the library ships no types
    """Flask-WTF's check of what is posted. The browser's own token is known without taking it apart."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Let requests through that only read or carry the browser's token. Raises CSRFError for others."""
        if request.method not in current_app.config["WTF_CSRF_METHODS"]:
            return
        sent, secret = request.form.get(TOKEN), session.get(TOKEN)
        if sent and secret and compare_digest(sent.encode(), _of(secret).encode()):
            g.csrf_valid = True
            return
        super().protect(apply_exemptions)


def form_token() -> str:
    """The token for the forms of this page, as Flask-WTF reads it."""
    if TOKEN not in session:
        generate_csrf()  # which puts a secret there
    return _of(session[TOKEN])


def form_cookie_of(app: Flask) -> FormCookie:
    """The form cookie of an application in hand."""
    found: FormCookie = app.session_interface  # type: ignore[assignment]  # `init` gives it this one
    return found


def init(app: Flask) -> FormTokens:
    """Check every post of the application, and let its forms carry tokens."""
    tokens = FormTokens(app)
    app.session_interface = FormCookie(app)
    app.jinja_env.globals["csrf_token"] = form_token
    return tokens


def _of(secret: str) -> str:
    return form_cookie_of(current_app).token_of(secret)
