"""Who sends nothing, or little by little, keeps nobody else from the server: a commune has no proxy in front."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from deploy.gunicorn_worker import SLOWEST_BYTES_PER_S
from quiz_app.kernel.settings import ROOT, threads_of
from tests.faults.programs import free_ports

MORE_THAN_THREADS = threads_of({}) + 4
PLACES = 40
COMMAND = (
    "-m gunicorn --config python:deploy.gunicorn_settings --worker-class tests.deploy.patience.Impatient"
    f" --worker-connections {PLACES}"
)
HELLO = b"\x16\x03\x01\x02\x00\x01"  # how a handshake begins
HEAD = b"GET / HTTP/1.1\r\nHost: thi\r\nX-Long: "
BODY = b"POST / HTTP/1.1\r\nHost: thi\r\nContent-Length: 99\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with _serving(tmp_path_factory.mktemp("cham"), {}) as number:
        yield number


@contextmanager
def _serving(folder: Path, settings: dict[str, str], app: str = "app") -> Iterator[int]:
    key, certificate = folder / "khoa.pem", folder / "chung-thu.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    number = free_ports(3)  # one each for two processes, and one for figures
    env = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(number), **settings}
    env |= {"TLS_CERT": str(certificate), "TLS_KEY": str(key)}
    with (folder / "noi").open("wb") as said:
        command = [sys.executable, *COMMAND.split(), f"tests.deploy.patience:{app}"]
        server = subprocess.Popen(command, cwd=ROOT, env=env, stderr=said)
    try:
        _await_start(number, folder / "noi")
        yield number
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.parametrize("said", [None, HELLO, HEAD, BODY], ids=["nothing", "handshake", "head", "body"])
def test_who_says_little_holds_up_nobody(port: int, said: bytes | None) -> None:
    with ExitStack() as open_lines:
        slow = [open_lines.enter_context(_caller(port, said)) for _ in range(MORE_THAN_THREADS)]
        answered = _asked(port, slow if said else [], patience_s=8)
        assert answered < (1.0 if said is None else 5.0)
        ends = time.monotonic() + 10
        while not all(map(_is_hung_up, slow)):
            assert time.monotonic() < ends, "somebody slow is still listened to"
            time.sleep(0.1)


def test_a_reserved_connection_serves_when_it_is_needed(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        time.sleep(0.3)
        assert _ask(line) == b"ok"


def test_idle_connections_give_way_to_who_comes(port: int) -> None:
    """Browsers keep several each, for a minute: a meeting has more of them than the server has places."""
    with ExitStack() as open_lines:
        for _ in range(PLACES + 10):
            line = open_lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=1))
            shaken = open_lines.enter_context(_private(line))
            shaken.sendall(b"GET / HTTP/1.1\r\nHost: thi\r\n\r\n")
            assert shaken.recv(4096).startswith(b"HTTP/1.1 200 OK")


def test_who_stays_on_the_line_after_the_last_answer_holds_up_nobody(port: int) -> None:
    with ExitStack() as open_lines:
        for _ in range(5):
            line = open_lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=2))
            shaken = open_lines.enter_context(_private(line))
            shaken.sendall(b"GET / HTTP/1.1\r\nHost: thi\r\nConnection: close\r\n\r\n")
        assert _asked(port, [], patience_s=8) < 2


def test_a_body_may_take_its_time_while_it_goes_on(port: int) -> None:
    """A roster over a weak line: never behind the slowest pace, but each piece the application asks for (64 KiB)
    takes longer than the patience."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, _private(line) as shaken:
        part, parts = b"x" * SLOWEST_BYTES_PER_S, 9
        shaken.sendall(b"POST / HTTP/1.1\r\nHost: thi\r\nContent-Length: %d\r\n\r\n" % (len(part) * parts))
        for _ in range(parts):
            shaken.sendall(part)
            time.sleep(0.5)
        assert shaken.recv(4096).startswith(b"HTTP/1.1 200 OK")


def test_processes_share_the_lines(tmp_path: Path) -> None:
    """A line stays with the process that took it: one would be full of work while the other has none."""
    settings = {"DATABASE_URL": "postgresql://", "WEB_WORKERS": "2"}
    with _serving(tmp_path, settings, "named") as port, ExitStack() as open_lines:
        processes = [_process(port, open_lines) for _ in range(20)]
    assert len(set(processes)) == 2
    assert min(processes.count(one) for one in set(processes)) >= 6


def test_each_process_may_serve_a_port_of_its_own(tmp_path: Path) -> None:
    """So that a proxy chooses a process for each request. Who takes the place of one that ended takes its port."""
    settings = {"DATABASE_URL": "postgresql://", "WEB_WORKERS": "2", "PORT_FOR_EACH": "1"}
    with _serving(tmp_path, settings, "named") as first, ExitStack() as open_lines:
        ports = first, first + 1
        for _ in range(3):
            served = [{_process(port, open_lines) for _ in range(5)} for port in ports]
            assert [len(processes) for processes in served] == [1, 1]
            [steady], [ended] = served
            assert steady != ended
            assert (_holds(steady, ports[1]), _holds(ended, ports[0])) == (False, False), (
                "it would stay open without its own"
            )
            os.kill(int(ended), signal.SIGKILL)
            assert _process(ports[0], open_lines) == steady
            assert _process(ports[1], open_lines) not in {steady, ended}, "it waited for the next"
            ports = ports[1], ports[0]


def test_figures_are_told_by_whoever_is_asked_first(tmp_path: Path) -> None:
    figures = free_ports(1)
    settings = {"DATABASE_URL": "postgresql://", "WEB_WORKERS": "2", "PORT_FOR_EACH": "1", "METRICS_PORT": str(figures)}
    with _serving(tmp_path, settings, "named") as first, ExitStack() as open_lines:
        processes = {_process(port, open_lines) for port in (first, first + 1)}
        assert {_process(figures, open_lines) for _ in range(5)} <= processes


def _holds(process: str, port: int) -> bool:
    """Whether a process has the listener of a port open."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()]
    (listener,) = {f"socket:[{row[9]}]" for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] == "0A"}
    return listener in {str(one.readlink()) for one in Path(f"/proc/{process}/fd").iterdir()}


def _process(port: int, open_lines: ExitStack) -> str:
    """Who answers on a new line, which stays open."""
    try:
        shaken = open_lines.enter_context(_private(_line_to(port, open_lines)))
    except ssl.SSLError:  # hung up on: the machine stood still for longer than this server waits for hands to be shaken
        shaken = open_lines.enter_context(_private(_line_to(port, open_lines)))
    shaken.sendall(b"GET / HTTP/1.1\r\nHost: thi\r\n\r\n")
    answer = b""
    while not answer.endswith(b"ok"):
        answer += shaken.recv(4096) or pytest.fail("hung up in the middle of an answer")
    return answer.partition(b"\r\n\r\n")[2].decode().removesuffix("ok").strip()


def _line_to(port: int, open_lines: ExitStack) -> socket.socket:
    return open_lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))


def _caller(port: int, said: bytes | None) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=0.5)
    if said in (None, HELLO):
        line.sendall(said or b"")
        return line
    with suppress(OSError):  # no thread is left to shake hands with the last of them
        line = _private(line)
        line.sendall(said)
    return line


def _asked(port: int, slow: list[socket.socket], patience_s: float) -> float:
    """How long somebody in earnest waits, while the slow ones go on a byte at a time."""
    began = time.monotonic()
    while time.monotonic() - began < patience_s:
        for line in slow:
            with suppress(OSError, ValueError):
                line.send(b"x")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5) as line:
            if _ask(line) == b"ok":
                break
    return time.monotonic() - began


def _ask(line: socket.socket) -> bytes:
    with _private(line) as shaken:
        shaken.sendall(b"GET / HTTP/1.1\r\nHost: thi\r\nConnection: close\r\n\r\n")
        return shaken.makefile("rb").read()[-2:]


def _is_hung_up(line: socket.socket) -> bool:
    try:
        line.send(b"x")
        return line.recv(4096) == b""
    except TimeoutError:
        return False
    except (OSError, ValueError):
        return True


def _private(line: socket.socket) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the test's own certificate, signed by nobody
    return context.wrap_socket(line)


def _await_start(port: int, said: Path) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            if _ask(line) == b"ok":
                return
        time.sleep(0.05)
    raise RuntimeError(said.read_text())
