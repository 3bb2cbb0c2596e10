"""The security headers of every response, errors and static files included."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = [
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ("X-Frame-Options", "DENY"),
]
_STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_NOT_STORED = ("Cache-Control", "no-store")
UNSAID = {"no-cache", "no-cache, max-age=0"}  # Flask's own words for a file sent: a browser would keep it

Headers = list[tuple[str, str]]
Environ = dict[str, Any]


def protected(headers: Headers, *, is_secure: bool) -> Headers:
    """These headers with what every response carries; a view may only set its own Cache-Control.

    Nothing is stored by browsers or proxies unless the view says so: phones are shared, and a page shown to one
    member must not come back with the back button for the next.
    """
    kept = [(name, value) for name, value in headers if value not in UNSAID or name.lower() != "cache-control"]
    if all(name.lower() != "cache-control" for name, _ in kept):
        kept.append(_NOT_STORED)
    if is_secure:
        kept.append(_STRICT_TRANSPORT)
    return kept + _ALWAYS


def init(app: Flask) -> None:
    """Protect every response of the application, where it leaves: the framework's own way costs each page more."""
    answer = app.wsgi_app

    def answer_protected(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        def begin(status: str, headers: Headers, exc_info: Any = None) -> Any:
            is_secure = environ["wsgi.url_scheme"] == "https"
            return start_response(status, protected(headers, is_secure=is_secure), exc_info)

        return answer(environ, begin)

    app.wsgi_app = answer_protected  # type: ignore[method-assign] # as Flask documents it
