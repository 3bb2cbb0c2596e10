"""Gzip by the application itself: a commune runs it without a proxy in front, over weak connections."""

from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from quiz_app.web.pieces import gzipped

SMALLEST = 600
LEVEL = 5
_TYPES = frozenset(
    {
        "text/html",
        "text/css",
        "text/plain",
        "text/csv",
        "text/javascript",
        "application/javascript",
        "application/json",
        "image/svg+xml",
    }
)


def takes_gzip() -> bool:
    """Whether the browser of this request wants its answer packed so."""
    return is_gzip_among(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=256)
def is_gzip_among(said: str) -> bool:
    """The same of what the header says."""
    return parse_accept_header(said, Accept)["gzip"] > 0


def compress(response: Response) -> Response:
    """Gzip a text response that is worth it; leave streamed, partial and already encoded ones alone."""
    if response.mimetype not in _TYPES or response.is_streamed or response.direct_passthrough:
        return response
    if response.status_code in {204, 206, 304} or response.content_encoding is not None:
        return response
    plain = response.get_data()
    if len(plain) < SMALLEST:
        return response
    response.vary.add("Accept-Encoding")
    if not takes_gzip():
        return response
    response.set_data(gzipped(plain, LEVEL))
    response.headers["Content-Encoding"] = "gzip"
    etag, is_weak = response.get_etag()
    if etag is not None and not is_weak:
        response.set_etag(etag, weak=True)  # the bytes differ from the plain ones, the meaning does not
    return response


def init(app: Flask) -> None:
    """Compress the responses of the application. Call it before other `after_request` work that changes bodies."""
    app.after_request(compress)
