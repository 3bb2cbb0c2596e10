"""What the server refuses before the application sees it has the application's headers, and tells nothing back."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPMessage, HTTPResponse
from pathlib import Path

import pytest

from quiz_app.kernel.settings import ROOT
from tests.support.safe import HEADERS

REST = b"\r\nHost: thi\r\nConnection: close\r\n"
PLANTED = "ma-kich-hoat-bi-mat"
FAILURE = '"level": "error"'
UNREAD = {
    "line": (400, b"GET / " + PLANTED.encode() + b" HTTP/1.1" + REST + b"\r\n"),
    "method": (400, b"G@T /" + PLANTED.encode() + b" HTTP/1.1" + REST + b"\r\n"),
    "version": (400, b"GET /" + PLANTED.encode() + b" HTTP/9.9" + REST + b"\r\n"),
    "header": (400, b"GET / HTTP/1.1" + REST + PLANTED.encode() + b" : x\r\n\r\n"),
    "address": (414, b"GET /" + PLANTED.encode() * 500 + b" HTTP/1.1" + REST + b"\r\n"),
    "headers": (431, b"GET / HTTP/1.1" + REST + b"X-" + PLANTED.encode() * 4000 + b": x\r\n\r\n"),
    "two lengths": (
        400,
        b"POST / HTTP/1.1" + REST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "coding": (501, b"POST / HTTP/1.1" + REST + b"Transfer-Encoding: " + PLANTED.encode() + b"\r\n\r\n"),
    "expectation": (417, b"POST / HTTP/1.1" + REST + b"Content-Length: 1\r\nExpect: x\r\n\r\nx"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    said = tmp_path_factory.mktemp("tu-choi") / "noi"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    env = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(port), "LOG_LEVEL": "debug"}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:deploy.gunicorn_settings"]
    with said.open("wb") as log:
        running = subprocess.Popen(
            [*command, "tests.deploy.patience:candid"], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    try:
        _await_start(port, said)
        yield port, said
    finally:
        running.terminate()
        running.wait(20)


@pytest.mark.parametrize("kind", UNREAD)
def test_what_cannot_be_read_is_refused_in_words_and_with_every_header(server: tuple[int, Path], kind: str) -> None:
    port, said = server
    expected, sent = UNREAD[kind]
    status, headers, text = _told(port, sent)
    assert status == expected
    assert {name: headers.get_all(name) for name in HEADERS} == {name: [value] for name, value in HEADERS.items()}
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "đồng chí" in text
    assert PLANTED not in text
    assert PLANTED not in said.read_text("utf-8")


def test_pieces_that_are_not_what_they_say_break_off(server: tuple[int, Path]) -> None:
    """As a line does that goes: the application is told so, and the server has no failure on its record."""
    port, said = server
    before = said.read_text("utf-8").count(FAILURE)
    for pieces in (b"zz\r\nx\r\n", b"5\r\nabcdeXX5\r\n"):
        told = b" HTTP/1.1\r\nHost: thi\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces
        status, _, text = _told(port, b"POST /" + told)
        assert (status, text) == (200, "broken off")
        assert _told(port, b"POST /khong-doc" + told)[2] == "ok"
    assert said.read_text("utf-8").count(FAILURE) == before


def test_a_body_that_ends_too_soon_is_not_taken_for_whole(server: tuple[int, Path]) -> None:
    port, said = server
    before = said.read_text("utf-8").count(FAILURE)
    for sent in (b"", b"phuong_an=A", b"x" * 70_000):
        length = b"Content-Length: %d\r\n\r\n" % (len(sent) + 12)
        status, _, text = _told(port, b"POST / HTTP/1.1" + REST + length + sent, ends=True)
        assert (status, text) == (200, "broken off")
    whole = b"POST / HTTP/1.1" + REST + b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000
    assert _told(port, whole, ends=True)[2] == "ok"
    assert said.read_text("utf-8").count(FAILURE) == before


def test_what_serves_is_not_named(server: tuple[int, Path]) -> None:
    status, headers, text = _told(server[0], b"GET / HTTP/1.1" + REST + b"\r\n")
    assert (status, text) == (200, "ok")
    assert "gunicorn" not in str(headers).lower()


def _told(port: int, sent: bytes, *, ends: bool = False) -> tuple[int, HTTPMessage, str]:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as line:
        line.sendall(sent)
        if ends:
            line.shutdown(socket.SHUT_WR)
        answer = HTTPResponse(line)
        answer.begin()
        return answer.status, answer.headers, answer.read().decode()


def _await_start(port: int, said: Path) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with suppress(OSError):
            _told(port, b"GET / HTTP/1.1" + REST + b"\r\n")
            return
        time.sleep(0.05)
    raise RuntimeError(said.read_text())
