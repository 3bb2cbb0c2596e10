"""Load from one process: kept-alive connections in one loop, each sending its next request as soon as it is answered.

Answers are judged after the clock has stopped, so that looking at them costs neither side anything.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

ANSWER_WITHIN_S = 20
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer as it came over the wire."""

    raw: bytes

    @property
    def status(self) -> int:
        return int(self.raw[9:12])

    @property
    def head(self) -> str:
        return self.raw.partition(_HEAD_END)[0].decode("latin-1")

    @property
    def body(self) -> bytes:
        return self.raw.partition(_HEAD_END)[2]

    @property
    def is_last(self) -> bool:
        """Whether the server ends the line with it."""
        return b"\r\nconnection: close" in self.raw.partition(_HEAD_END)[0].lower()

    def header(self, name: str) -> str | None:
        """The first of this name."""
        return next(iter(self.headers(name)), None)

    def headers(self, name: str) -> list[str]:
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]


class Ask(Protocol):
    """One request, and how to tell whether it was served."""

    def payload(self) -> bytes: ...
    def problem(self, answer: Answer) -> str | None:
        """Why the answer is not what was asked for; None where it is."""


class Source(Protocol):
    """Where the requests of a stretch of load come from."""

    def next(self) -> Any:
        """The next Ask; None where there are no more."""

    def answered(self, ask: Any) -> None: ...


class Supply:
    """Each of these once: acts that cannot be done twice."""

    def __init__(self, asks: Sequence[Ask]) -> None:
        self._left = iter(asks)

    def next(self) -> Ask | None:
        return next(self._left, None)

    def answered(self, ask: Ask) -> None:
        del ask


class Circle:
    """These again and again, one after the other."""

    def __init__(self, asks: Sequence[Ask]) -> None:
        self._asks = asks
        self._turn = 0

    def next(self) -> Ask:
        self._turn += 1
        return self._asks[self._turn % len(self._asks)]

    def answered(self, ask: Ask) -> None:
        del ask


@dataclass(slots=True)
class Outcome:
    """What came of one stretch of load. `served` are the answers that were right, in the order in which they came."""

    seconds: float
    cpu_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    served: list[tuple[Any, Answer]] = field(default_factory=list)
    resent: int = 0

    @property
    def rate(self) -> float:
        """Requests served per second."""
        return len(self.latencies_s) / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time that the server and the database spent on one request."""
        return self.cpu_s / max(1, len(self.latencies_s) + len(self.failures)) * 1e6


@dataclass(slots=True)
class _Line:
    port: int
    socket: socket.socket
    is_used: bool = False  # whether an answer has come on it
    resent: int = 0
    received: bytes = b""
    sent_at: float = 0.0
    ask: Ask | None = None


def drive(port: int, source: Source, *, connections: int, seconds: float | None = None) -> Outcome:
    """Ask as fast as the server answers, `connections` at a time, for so long or until the source is empty."""
    with selectors.DefaultSelector() as selector:
        lines = [_Line(port, _opened(port)) for _ in range(connections)]
        try:
            for line in lines:
                selector.register(line.socket, selectors.EVENT_READ, line)
            outcome = _judged(*_loop(selector, lines, source, seconds))
            outcome.resent = sum(line.resent for line in lines)
            return outcome
        finally:
            for line in lines:
                line.socket.close()


def _opened(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_WITHIN_S)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _open_anew(selector: selectors.BaseSelector, line: _Line) -> None:
    """As a browser does once the server has ended a line."""
    selector.unregister(line.socket)
    line.socket.close()
    line.socket, line.is_used = _opened(line.port), False
    selector.register(line.socket, selectors.EVENT_READ, line)


def _ask_again(selector: selectors.BaseSelector, line: _Line) -> None:
    """As a browser does where a line that has served it is ended while it asks: a process leaves when its time is up.

    Raises ConnectionError where the server has begun to answer, or has never answered on this line.
    """
    if line.received or not line.is_used:
        raise ConnectionError("the server closed the connection")
    assert line.ask is not None
    _open_anew(selector, line)
    line.resent += 1
    line.socket.sendall(line.ask.payload())


Came = tuple[Ask, Answer, float]


def _loop(
    selector: selectors.BaseSelector, lines: list[_Line], source: Source, seconds: float | None
) -> tuple[float, list[Came]]:
    came: list[Came] = []
    began = now = time.perf_counter()
    under_way = sum(_send(line, source) for line in lines)
    while under_way:
        ready = selector.select(ANSWER_WITHIN_S)
        if not ready:
            raise TimeoutError(f"{under_way} requests were not answered within {ANSWER_WITHIN_S} s")
        for key, _ in ready:
            line = key.data
            try:
                answer = _receive(line)
            except ConnectionError:
                _ask_again(selector, line)
                continue
            if answer is None:
                continue
            now = time.perf_counter()
            ask = line.ask
            assert ask is not None
            source.answered(ask)
            is_over = seconds is not None and now - began > seconds  # what comes after the end belongs to nobody
            if not is_over:
                came.append((ask, answer, now - line.sent_at))
                if answer.is_last:
                    _open_anew(selector, line)
            if is_over or not _send(line, source):
                under_way -= 1
                selector.unregister(line.socket)  # the server may end it: nobody waits for anything any more
    return (seconds if seconds is not None else now - began), came


def _judged(seconds: float, came: list[Came]) -> Outcome:
    outcome = Outcome(seconds)
    for ask, answer, latency_s in came:
        problem = ask.problem(answer)
        if problem is not None:
            outcome.failures.append(problem)
            continue
        outcome.latencies_s.append(latency_s)
        outcome.served.append((ask, answer))
    return outcome


def _send(line: _Line, source: Source) -> bool:
    """Whether there was something to send."""
    ask = line.ask = source.next()
    if ask is None:
        return False
    line.sent_at = time.perf_counter()
    line.socket.sendall(ask.payload())
    return True


def _receive(line: _Line) -> Answer | None:
    """The whole answer, once it has come. Raises ConnectionError where the line ends instead."""
    piece = line.socket.recv(262144)
    if not piece:
        raise ConnectionError("the server closed the connection")
    line.received += piece
    head, found, body = line.received.partition(_HEAD_END)
    if not found or len(body) < _content_length(head):
        return None
    raw, line.received, line.is_used = line.received, b"", True
    return Answer(raw)


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0] or 0)
