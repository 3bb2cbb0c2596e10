"""What the product is made of is named, and an audit that could not ask says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy import supply
from deploy.supply import NotLookedUp, Package
from quiz_app.kernel.settings import ROOT

ASKED = [Package("flask", "3.1.3"), Package("jinja2", "3.1.6")]


@contextmanager
def source(answer: Callable[[Any], object]) -> Iterator[str]:
    """An advisory source on this machine that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answer(asked)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_page_of_licences_is_what_is_pinned_and_every_package_names_one() -> None:
    page = supply.LICENCES.read_text(encoding="utf-8")
    assert page == supply.licences(), "make sbom writes it anew"
    assert len(supply.pinned(ROOT / "requirements.txt")) > 30


def test_what_is_installed_is_what_is_pinned() -> None:
    pinned = supply.pinned(ROOT / "requirements.txt")
    installed = {package.name: metadata.version(package.name) for package in pinned}
    assert installed == {package.name: package.version for package in pinned}


@pytest.mark.parametrize("name", supply.LISTS)
@pytest.mark.parametrize("python", ["3.11.0", "3.11.2", "3.12.3", "3.13.5"])
def test_every_python_that_the_guide_names_finds_all_it_needs_pinned(name: str, python: str) -> None:
    """The list is made by one Python, and with hashes nothing is installed that it lacks. Debian 12 has 3.11.2."""
    names = {canonicalize_name(one.name) for one in supply.pinned(ROOT / name)}
    here = {"python_full_version": python, "python_version": python.rpartition(".")[0], "extra": ""}
    wanted = [Requirement(line) for one in names for line in metadata.requires(one) or []]
    needed = {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate(here)}
    assert len(needed) > 20
    assert needed - names == set()


def test_an_advisory_is_found_under_the_package_it_names() -> None:
    def answer(asked: Any) -> object:
        return {
            "results": [{"vulns": [{"id": "X-1"}]} if q["package"]["name"] == "flask" else {} for q in asked["queries"]]
        }

    with source(answer) as address:
        assert supply.audit(ASKED, address) == {ASKED[0]: ["X-1"]}


@pytest.mark.parametrize("said", [{}, [], {"results": []}, {"results": [{}]}, {"results": [{}, None]}])
def test_half_an_answer_is_none(said: object) -> None:
    with source(lambda _: said) as address, pytest.raises(NotLookedUp):
        supply.audit(ASKED, address)


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:1/", "ftp://127.0.0.1/"])
def test_who_could_not_be_asked_did_not_say_that_all_is_well(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(supply.SOURCE, address)
    assert supply.run_audit() == 2
    assert "Không tra cứu được" in capsys.readouterr().err
