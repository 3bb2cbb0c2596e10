"""A container is called healthy when its server says that it is ready, and only then."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.ready import is_ready


class Server(HTTPServer):
    says = 200


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.send_response(self.server.says if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Answer) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.mark.parametrize(("says", "ready"), [(200, True), (503, False), (500, False), (404, False)])
def test_only_a_good_answer_counts(server: Server, says: int, ready: bool) -> None:
    server.says = says
    assert is_ready(server.server_port) is ready


def test_a_closed_port_is_not_ready() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert is_ready(held.getsockname()[1]) is False


def test_a_server_that_never_answers_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.ready.WITHIN_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert is_ready(silent.getsockname()[1]) is False
