"""What must hold for every answer of the product, whatever was asked: its headers, its cookies, who may keep it."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from quiz_app.web.guard import guard_of

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
SECURE_PREFIX = "__Host-"


def problems(app: Flask, response: TestResponse, sign_in_token: str | None) -> list[str]:
    """Everything that makes this answer unfit to be sent, in words."""
    return [
        *_header_problems(response),
        *_cookie_problems(response, is_https=bool(app.config["SESSION_COOKIE_SECURE"])),
        *_keeping_problems(app, response, is_signed_in=sign_in_token is not None),
        *_secret_problems(response, sign_in_token),
    ]


def _header_problems(response: TestResponse) -> Iterator[str]:
    for name, value in HEADERS.items():
        if response.headers.get_all(name) != [value]:
            yield f"header {name} is missing or wrong: {response.headers.get_all(name)!r}"
    is_secure = response.request.is_secure
    if is_secure is not (response.headers.get("Strict-Transport-Security") == "max-age=31536000; includeSubDomains"):
        yield f"HTTPS is not made permanent over HTTPS alone: {response.headers.get('Strict-Transport-Security')!r}"
    if response.mimetype == "text/html" and response.mimetype_params.get("charset") != "utf-8":
        yield f"a page without its encoding: {response.content_type}"
    for tell_tale in ("Server", "X-Powered-By"):
        if tell_tale in response.headers:
            yield f"{tell_tale} tells what runs here"


def _cookie_problems(response: TestResponse, *, is_https: bool) -> Iterator[str]:
    for line in response.headers.get_all("Set-Cookie"):
        for name, cookie in SimpleCookie(line).items():
            if not cookie["httponly"] or cookie["samesite"] != "Lax" or cookie["path"] != "/" or cookie["domain"]:
                yield f"a cookie that scripts, other sites or other paths get: {line}"
            if is_https is not bool(cookie["secure"]) or is_https is not name.startswith(SECURE_PREFIX):
                yield f"a cookie that is {'not ' if is_https else ''}bound to HTTPS: {line}"


def _keeping_problems(app: Flask, response: TestResponse, *, is_signed_in: bool) -> Iterator[str]:
    kept = response.headers.get("Cache-Control", "")
    if kept == "no-store":
        return
    if not kept:
        yield "nothing says who may keep it"
    is_public = "public" in kept
    if not is_public and "private" not in kept:
        yield f"kept by whoever passes it on: {kept}"
    if is_public and "Set-Cookie" in response.headers:
        yield f"kept with somebody's cookie: {kept}"
    if is_public and is_signed_in and response.mimetype == "text/html":
        yield f"a page for one person that all may keep: {kept}"
    if is_public and not _is_for_everybody(app, response):
        yield f"all may keep what not all may see: {kept}"


def _is_for_everybody(app: Flask, response: TestResponse) -> bool:
    address = urlsplit(response.request.url)
    endpoint, _ = app.url_map.bind(address.netloc).match(address.path, method=response.request.method)
    guard = guard_of(app, endpoint)
    return guard is not None and guard.is_public


def _secret_problems(response: TestResponse, sign_in_token: str | None) -> Iterator[str]:
    """The token of a sign-in goes out in its cookie and nowhere else."""
    if not sign_in_token:
        return
    told = [value for name, value in response.headers if name != "Set-Cookie"]
    if sign_in_token.encode() in response.get_data() or any(sign_in_token in value for value in told):
        yield "the token of the sign-in stands in the answer"
