"""Flask's signed cookie, which carries the secret of the form tokens and the messages of the next page."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache, partial

from flask import Flask, Request, Response, current_app, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer

MOST_READ = 4096
_NAME = "csrf_token"  # under which Flask-WTF keeps a browser's secret, and the salt with which it signs
_SALT = "wtf-csrf-token"


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
        self._sign = lru_cache(maxsize=MOST_READ)(URLSafeTimedSerializer(keys, salt=_SALT).dumps)
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

    def token_of(self, secret: str) -> str:
        """The form token of a browser with this secret."""
        return str(self._sign(secret))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """What was only read is not sent again; that the answer hangs on it is said once."""
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed and "Cookie" not in response.headers.get("Vary", ""):
            response.vary.add("Cookie")


def form_token() -> str:
    """The token for the forms of this page, as Flask-WTF makes it; signed once for a browser, not for each page.

    When it was signed tells nothing: tokens end with the cookie, whatever their age.
    """
    secret = session.get(_NAME)
    if secret is None:
        return str(generate_csrf())
    cookie: FormCookie = current_app.session_interface  # type: ignore[assignment] # the factory gives it this one
    return cookie.token_of(secret)


def init(app: Flask) -> None:
    """Let forms carry this token. Call it after Flask-WTF, which offers its own."""
    app.session_interface = FormCookie(app)
    app.jinja_env.globals["csrf_token"] = form_token
