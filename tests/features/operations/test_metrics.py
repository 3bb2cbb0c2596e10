"""Figures for Prometheus: of pages and outcomes, on a port that only this machine reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from quiz_app.factory import create_app
from quiz_app.kernel import jobs
from quiz_app.kernel.db import Database
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
PORT = 9100
HERE = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def measured(app: Flask, db: Database) -> Iterator[Flask]:
    """The same installation behind one proxy, with a port of figures."""
    yield create_app(replace(app.extensions["settings"], metrics_port=PORT, proxy_hops=1), db)


def figures(app: Flask) -> dict[str, float]:
    answer = app.test_client().get("/metrics", base_url=HERE)
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    lines = [line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_pages_outcomes_jobs_and_failures_are_counted(measured: Flask, commune: Commune, work: Work) -> None:
    with work() as w:
        jobs.enqueue(w, "roster", "one", {})
    client = measured.test_client()
    for _ in range(3):
        client.get("/healthz")
    for number in range(50):
        client.get(f"/khong-co/{number}")
    found = figures(measured)
    assert found['hoc_tap_requests_total{endpoint="health.healthz",status="2xx"}'] == 3
    assert found['hoc_tap_requests_total{endpoint="none",status="4xx"}'] == 50
    assert found['hoc_tap_request_seconds_count{endpoint="health.healthz"}'] == 3
    assert found['hoc_tap_request_seconds_bucket{endpoint="health.healthz",le="10.0"}'] == 3
    assert found['hoc_tap_jobs{state="queued"}'] == 1
    assert found["hoc_tap_attempts_overdue"] == 0
    assert found["hoc_tap_failures_last_day"] == 0
    assert found["hoc_tap_database_up"] == 1
    endpoints = {match[1] for name in found if (match := re.search(r'endpoint="([^"]+)"', name))}
    assert endpoints == {"health.healthz", "none"}, "addresses are no labels"


def test_nobody_else_reads_them(measured: Flask, app: Flask) -> None:
    client = measured.test_client()

    def ask(base: str, path: str = "/metrics", **headers: str) -> TestResponse:
        return client.get(path, base_url=base, headers={name.replace("_", "-"): text for name, text in headers.items()})

    assert ask("http://127.0.0.1:8000").status_code == 404
    assert ask("https://thi.example.vn").status_code == 404
    told = ask("http://127.0.0.1:8000", X_Forwarded_Host=f"127.0.0.1:{PORT}", X_Forwarded_For="127.0.0.1", Host=HERE)
    assert told.status_code == 404, "what headers say of the port is not believed"
    assert ask(HERE, "/healthz").status_code == 404, "the port of figures has no pages"
    assert client.post("/metrics", base_url=HERE).status_code == 404
    assert app.test_client().get("/metrics", base_url=HERE).status_code == 404, "no port is set"


def test_a_database_that_is_gone_is_a_figure(app: Flask) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"
    database = Database(url)
    settings = replace(app.extensions["settings"], database_url=url, metrics_port=PORT)
    gone = create_app(settings, database)
    assert gone.test_client().get("/", headers={"Accept": "text/html"}).status_code == 503
    found = figures(gone)
    assert found["hoc_tap_database_up"] == 0
    assert found['hoc_tap_requests_total{endpoint="home.index",status="503"}'] == 1
    database.dispose()
