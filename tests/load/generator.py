"""Load from one process: kept-alive connections in one loop, each sending its next save as soon as it is answered."""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

ANSWER_WITHIN_S = 10
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Place:
    """One question of one member's paper, and what his browser sends along."""

    attempt_id: int
    position: int
    cookies: str
    token: str

    def request(self, letters: str, revision: int) -> bytes:
        """A save as the page's script sends it."""
        fields = [("epoch", 1), ("revision", revision), ("csrf_token", self.token)]
        body = urlencode([*fields, *(("phuong_an", letter) for letter in letters)])
        head = (
            f"POST /luot-thi/{self.attempt_id}/cau/{self.position} HTTP/1.1",
            "Host: 127.0.0.1",
            "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/143.0.0.0 Mobile Safari/537.36",
            "Accept: application/json",
            "Accept-Language: vi-VN,vi;q=0.9",
            "Accept-Encoding: gzip, deflate, br, zstd",
            "Content-Type: application/x-www-form-urlencoded;charset=UTF-8",
            "Sec-Fetch-Site: same-origin",
            f"Cookie: {self.cookies}",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join((*head, "", body)).encode()


@dataclass(frozen=True, slots=True)
class Save:
    place: Place
    letters: str
    revision: int


class Turn:
    """Places in a queue: a place waits at its end until its save is answered, so its saves arrive in their order."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._waiting = deque((place, 0) for place in places)

    def next(self) -> Save:
        place, revision = self._waiting.popleft()
        return Save(place, "ABCD"[(revision + 1) % 4], revision + 1)

    def answered(self, save: Save) -> None:
        self._waiting.append((save.place, save.revision))


@dataclass(slots=True)
class Outcome:
    """What came of one stretch of load."""

    seconds: float
    cpu_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Saves kept per second."""
        return len(self.latencies_s) / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time that the server and the database spent on one save."""
        return self.cpu_s / (len(self.latencies_s) + len(self.failures)) * 1e6


@dataclass(slots=True)
class _Line:
    socket: socket.socket
    received: bytes = b""
    sent_at: float = 0.0
    save: Save | None = None


def drive(port: int, turn: Turn, *, seconds: float, connections: int) -> Outcome:
    """Save as fast as the server answers, `connections` at a time. An answer that keeps something else is a failure."""
    with selectors.DefaultSelector() as selector:
        lines = [
            _Line(socket.create_connection(("127.0.0.1", port), timeout=ANSWER_WITHIN_S)) for _ in range(connections)
        ]
        try:
            for line in lines:
                line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(line.socket, selectors.EVENT_READ, line)
            return _loop(selector, lines, turn, seconds)
        finally:
            for line in lines:
                line.socket.close()


def _loop(selector: selectors.BaseSelector, lines: list[_Line], turn: Turn, seconds: float) -> Outcome:
    outcome = Outcome(seconds)
    began = time.perf_counter()
    under_way = len(lines)
    for line in lines:
        _send(line, turn)
    while under_way:
        ready = selector.select(ANSWER_WITHIN_S)
        if not ready:
            raise TimeoutError(f"{under_way} saves were not answered within {ANSWER_WITHIN_S} s")
        for key, _ in ready:
            line = key.data
            answer = _receive(line)
            if answer is None:
                continue
            now = time.perf_counter()
            save = line.save
            assert save is not None
            turn.answered(save)
            if now - began > seconds:  # comes after the end: belongs to nobody
                under_way -= 1
                continue
            problem = _problem(answer, save)
            if problem is None:
                outcome.latencies_s.append(now - line.sent_at)
            else:
                outcome.failures.append(problem)
            _send(line, turn)
    return outcome


def _send(line: _Line, turn: Turn) -> None:
    save = line.save = turn.next()
    line.sent_at = time.perf_counter()
    line.socket.sendall(save.place.request(save.letters, save.revision))


def _receive(line: _Line) -> bytes | None:
    """The whole answer, once it has come."""
    piece = line.socket.recv(65536)
    if not piece:
        raise ConnectionError("the server closed the connection")
    line.received += piece
    head, found, body = line.received.partition(_HEAD_END)
    if not found or len(body) < _content_length(head):
        return None
    answer, line.received = line.received, b""
    return answer


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])


def _problem(answer: bytes, save: Save) -> str | None:
    """Why this is not the acknowledgement of the save; None where it is."""
    if not answer.startswith(b"HTTP/1.1 200 "):
        return answer[:400].decode(errors="replace")
    kept = json.loads(answer.partition(_HEAD_END)[2])
    if (kept["letters"], kept["revision"]) == (save.letters, save.revision):
        return None
    return f"sent {save.letters} as {save.revision}, kept {kept}"
