"""Flask as this product uses it: addresses of rows, templates, and no asynchronous views."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request
from flask.templating import Environment
from werkzeug.routing import IntegerConverter, Map, RequestRedirect


class RowId(IntegerConverter):
    """Whole numbers in addresses; one that no row can have is no address (404), instead of an error of the engine."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": 2**63 - 1, **options})


class Templates(Environment):
    """What all templates may use is complete before the first is read, so each has it as one plain dict.

    The library looks through a chain of dicts for names made later, in Python, at each import within each page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class Asked(Request):
    """HEAD is the GET whose headers are wanted: views that tell reading from acting by their method must not act on it.

    No form token is asked of it either. The answer still goes out without its body.
    """

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        super().__init__(environ, populate_request, shallow)
        if self.method == "HEAD":
            self.method = "GET"


class Application(Flask):
    """No view or hook of it is asynchronous, so none is asked about it, a dozen times in each request."""

    jinja_environment = Templates
    request_class = Asked

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.url_map.converters["int"] = RowId

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """A corrected address is told without the host: that would be whatever the caller has named."""
        correction = request.routing_exception
        if isinstance(correction, RequestRedirect):
            correction.new_url = urlunsplit(urlsplit(correction.new_url)._replace(scheme="", netloc=""))
        super().raise_routing_exception(request)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
