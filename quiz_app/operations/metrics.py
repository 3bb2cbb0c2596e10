"""Figures for Prometheus, on a port of their own that only this machine reaches.

Requests are counted by page and by how they ended, never by person, address or row. What the database knows (jobs,
attempts that wait for their end) is asked when somebody looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.jobs import JobState, last_sign_of_life
from quiz_app.kernel.settings import Settings
from quiz_app.operations import queries
from quiz_app.web import failures
from quiz_app.web.looks import look
from quiz_app.web.observing import hear

PATH = "/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
OVERLOADED = "503"  # told apart from failures: the server turned somebody away in order

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Requests:
    """What each request adds to."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ended = Counter(
            "hoc_tap_requests", "Requests by page and outcome.", ("endpoint", "status"), registry=self.registry
        )
        self._took = Histogram(
            "hoc_tap_request_seconds",
            "Time to answer, by page.",
            ("endpoint",),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self._children: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def add(self, endpoint: str | None, status: int, seconds: float) -> None:
        key = (endpoint or "none", OVERLOADED if status == 503 else f"{status // 100}xx")
        children = self._children.get(key)
        if children is None:
            children = self._children[key] = (self._ended.labels(*key), self._took.labels(key[0]))
        children[0].inc()
        children[1].observe(seconds)


class _Stored:
    """What the database and the data folder tell, asked anew each time."""

    def __init__(self, app: Flask, db: Database, settings: Settings) -> None:
        self._app, self._db, self._settings = app, db, settings

    def collect(self) -> Iterator[Metric]:
        failed = len(failures.of_last_day(self._settings.data_dir, self._db.adjusted(None)))
        yield GaugeMetricFamily("hoc_tap_failures_last_day", "Requests that failed within 24 hours.", failed)
        try:
            jobs, overdue, silent_s = look(self._app, "metrics", self._ask)
        except Overloaded:
            yield GaugeMetricFamily("hoc_tap_database_up", "Whether the database answers.", 0)
            return
        yield GaugeMetricFamily("hoc_tap_database_up", "Whether the database answers.", 1)
        by_state = GaugeMetricFamily("hoc_tap_jobs", "Jobs by state.", labels=("state",))
        for state in JobState:
            by_state.add_metric((state.value,), jobs.get(state.value, 0))
        yield by_state
        yield GaugeMetricFamily("hoc_tap_attempts_overdue", "Attempts a minute past their end, still open.", overdue)
        if silent_s is not None:
            yield GaugeMetricFamily("hoc_tap_worker_silent_seconds", "Since the worker was last seen.", silent_s)

    def _ask(self) -> tuple[dict[str, int], int, float | None]:
        with self._db.reading() as session:
            now = self._db.now(session)
            seen = last_sign_of_life(session)
            silent_s = None if seen is None else (now - seen).total_seconds()
            return queries.jobs_by_state(session), queries.overdue_attempts(session, now), silent_s


def init(app: Flask, settings: Settings) -> None:
    """Count requests and serve the figures, where METRICS_PORT is set. Call it last: it answers before everything."""
    if not settings.metrics_port:
        return
    requests = Requests()
    app.before_request_funcs.setdefault(None, []).insert(0, _began)
    hear(app, requests.add)

    @app.after_request
    def ended(response: Response) -> Response:
        began: float | None = g.get("metrics_began")
        if began is not None:
            requests.add(request.endpoint, response.status_code, time.perf_counter() - began)
        return response

    def figures() -> bytes:
        registry = CollectorRegistry()
        if settings.metrics_folder is None:
            registry = requests.registry
        else:
            MultiProcessCollector(registry, path=str(settings.metrics_folder))  # type: ignore[no-untyped-call] # the library types its values only
        told = CollectorRegistry()
        told.register(_Stored(app, app.extensions["database"], settings))
        return generate_latest(registry) + generate_latest(told)

    app.wsgi_app = _apart(app.wsgi_app, str(settings.metrics_port), figures)  # type: ignore[method-assign] # as Flask documents it


def _began() -> None:
    g.metrics_began = time.perf_counter()


def _apart(inner: Callable[..., Iterable[bytes]], port: str, figures: Callable[[], bytes]) -> Callable[..., Any]:
    """The port of figures serves nothing else, and no other port serves figures.

    It is the port of the socket that is judged, before any header of a proxy is believed.
    """

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("SERVER_PORT") != port:
            return inner(environ, start_response)
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") != "GET":
            start_response("404 Not Found", [("Content-Length", "0")])
            return [b""]
        body = figures()
        start_response("200 OK", [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body)))])
        return [body]

    return serve
