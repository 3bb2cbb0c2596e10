"""Many members in one loop: each is a script that pauses and asks, on kept-alive lines, whatever the server does.

A script is a generator. It yields an instant of the loop's clock to be woken at, or an `Ask`, and is sent the `Answer`.
Scripts are woken when it is time and never wait for each other, so load keeps coming while a server stands still.
"""

from __future__ import annotations

import errno
import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import count

NOBODY = 0  # the status where no answer came
LOOK_EVERY_S = 1.0
_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Ask:
    """One request; `line` names whose line it goes over, and `patience_s` is how long the asker stays."""

    payload: bytes
    line: int
    patience_s: float = 60.0


@dataclass(slots=True)
class Answer:
    status: int
    head: bytes = b""
    body: bytes = b""


Script = Generator[float | Ask, Answer | None, None]


@dataclass(slots=True, eq=False)
class _Line:
    socket: socket.socket
    port: int
    name: int
    script: Script | None = None
    ask: Ask | None = None
    asked_at: float = 0.0
    unsent: bytes = b""
    received: bytearray = field(default_factory=bytearray)
    expects: int = -1
    has_served: bool = False
    wants: int = 0


class Loop:
    """Runs scripts against the ports of a server. `now` is seconds since it was made.

    At most `most_lines` are busy at once; what comes beyond waits in its order, as it does in a proxy. And as a proxy
    does (nginx with `least_conn`), each request goes to the port that has fewest to answer, on the line last used.
    """

    def __init__(self, ports: Sequence[int], most_lines: int) -> None:
        self._most_lines = most_lines
        self._waiting: deque[tuple[float, Script, Ask]] = deque()
        self._under_way = dict.fromkeys(ports, 0)
        self._selector = selectors.DefaultSelector()
        self._waking: list[tuple[float, int, Script]] = []
        self._order = count()
        self._idle: dict[tuple[int, int], list[_Line]] = {}
        self._busy: set[_Line] = set()
        self._began = time.perf_counter()
        self.lateness_s: list[float] = []
        self.resent = 0

    @property
    def now(self) -> float:
        return time.perf_counter() - self._began

    @property
    def unanswered(self) -> int:
        """Requests under way: those that the server works on, and those that wait for it."""
        return len(self._busy) + len(self._waiting)

    @property
    def lines(self) -> int:
        return len(self._busy) + sum(len(idle) for idle in self._idle.values())

    @property
    def is_over(self) -> bool:
        """Whether everybody has done what he came for."""
        return not (self._busy or self._waiting or self._waking)

    def begin(self, script: Script, at: float) -> None:
        """Let a script begin at an instant."""
        heapq.heappush(self._waking, (at, next(self._order), script))

    def run(self, until: float, look: Callable[[], None]) -> None:
        """Go on until an instant, or until everybody is done; `look` is called about once a second."""
        looks_at = self.now
        while (now := self.now) < until and not self.is_over:
            while self._waking and self._waking[0][0] <= now:
                at, _, script = heapq.heappop(self._waking)
                self.lateness_s.append(now - at)
                self._go_on(script, None)
            if now >= looks_at:
                looks_at += LOOK_EVERY_S
                self._hang_up_silent()
                look()
            wakes_at = min(self._waking[0][0] if self._waking else until, looks_at, until)
            for key, events in self._selector.select(max(0.0, wakes_at - self.now)):
                self._serve(key.data, events)

    def close(self) -> None:
        for line in [*self._busy, *(one for idle in self._idle.values() for one in idle)]:
            line.socket.close()
        self._selector.close()

    def _go_on(self, script: Script, answer: Answer | None) -> None:
        try:
            step = script.send(answer)
        except StopIteration:
            return
        if isinstance(step, Ask):
            self._send(script, step)
        else:
            self.begin(script, step)

    def _send(self, script: Script, ask: Ask, asked_at: float | None = None) -> None:
        asked_at = self.now if asked_at is None else asked_at
        if len(self._busy) >= self._most_lines:
            self._waiting.append((asked_at, script, ask))
            return
        port = self._port_for()
        idle = self._idle.get((port, ask.line))
        line = idle.pop() if idle else self._new_line(port, ask.line)
        line.script, line.ask, line.asked_at, line.unsent = script, ask, asked_at, ask.payload
        line.received.clear()
        line.expects = -1
        self._busy.add(line)
        self._under_way[port] += 1
        if line.has_served:
            self._write(line)
        else:  # it is being connected
            line.wants = selectors.EVENT_WRITE
            self._selector.register(line.socket, line.wants, line)

    def _port_for(self) -> int:
        """Of those that have as few to answer, the one asked longest ago."""
        port = min(self._under_way, key=lambda each: self._under_way[each])
        self._under_way[port] = self._under_way.pop(port)
        return port

    def _new_line(self, port: int, name: int) -> _Line:
        made = socket.socket()
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = made.connect_ex(("127.0.0.1", port))
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, errno.errorcode[code])
        return _Line(made, port, name)

    def _write(self, line: _Line) -> None:
        try:
            sent = line.socket.send(line.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._broken(line)
            return
        line.unsent = line.unsent[sent:]
        wanted = selectors.EVENT_WRITE if line.unsent else selectors.EVENT_READ
        if line.wants != wanted:
            line.wants = wanted
            self._selector.modify(line.socket, wanted, line)

    def _serve(self, line: _Line, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._write(line)
            return
        try:
            piece = line.socket.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._broken(line)
            return
        line.received += piece
        if line.expects < 0:
            line.expects = _length(line.received)
        if 0 <= line.expects <= len(line.received):
            self._answered(line)

    def _answered(self, line: _Line) -> None:
        head, _, body = bytes(line.received).partition(_HEAD_END)
        script, line.script, line.ask = line.script, None, None
        self._frees(line)
        if b"\r\nconnection: close" in head.lower():
            self._drop(line)
        else:
            line.has_served = True
            self._idle.setdefault((line.port, line.name), []).append(line)
        if script is not None:
            self._go_on(script, Answer(int(head[9:12]), head, body))
        self._let_in()

    def _broken(self, line: _Line) -> None:
        """The server hung up. A line that it had let rest is not its failure: browsers ask again on another."""
        script, ask = line.script, line.ask
        was_resting = line.has_served and not line.received
        self._drop(line)
        if script is None or ask is None:
            self._idle[line.port, line.name].remove(line)
            return
        self._frees(line)
        if was_resting:
            self.resent += 1
            self._send(script, ask, line.asked_at)
            return
        self._go_on(script, Answer(NOBODY))
        self._let_in()

    def _hang_up_silent(self) -> None:
        now = self.now
        for line in [line for line in self._busy if line.ask and now - line.asked_at > line.ask.patience_s]:
            script = line.script
            self._frees(line)
            self._drop(line)
            if script is not None:
                self._go_on(script, Answer(NOBODY))
        self._let_in()

    def _let_in(self) -> None:
        """Send what waited for a line, unless whoever asked has gone meanwhile."""
        while self._waiting and len(self._busy) < self._most_lines:
            asked_at, script, ask = self._waiting.popleft()
            if self.now - asked_at > ask.patience_s:
                self._go_on(script, Answer(NOBODY))
            else:
                self._send(script, ask, asked_at)

    def _frees(self, line: _Line) -> None:
        self._busy.discard(line)
        self._under_way[line.port] -= 1

    def _drop(self, line: _Line) -> None:
        self._selector.unregister(line.socket)
        line.socket.close()


def _length(received: bytearray) -> int:
    """How long the whole answer is; -1 while its head is incomplete."""
    end = received.find(_HEAD_END)
    if end < 0:
        return -1
    head = bytes(received[:end]).lower()
    if head[9:12] in (b"304", b"204"):
        return end + 4
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError(f"an answer without its length: {head[:200]!r}")
    return end + 4 + int(rest.partition(b"\r\n")[0])
