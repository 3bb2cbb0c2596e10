"""gunicorn's threaded worker, where requests tell how long they have waited and slow callers hold no thread for long.

A commune runs without a proxy in front, so nobody else waits for those who send little by little or nothing at all.
"""

from __future__ import annotations

import errno
import mmap
import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.http import errors, wsgi
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from quiz_app.web import headers, pressure

PATIENCE_S = 10.0  # to begin a request, to send its address and headers, and with its body behind the slowest pace
SLOWEST_BYTES_PER_S = 8 * 1024
LINGER_S = 2.0  # for which who was answered for the last time may go on sending
MOST_AT_ONCE = 65536
LEFT_TO_OTHERS_S = 0.002  # a new line, where somebody has fewer; he may be too busy to take it
LOOKED_AGAIN_AFTER_S = 0.0002
UNREAD_WITHIN_MS = 60_000  # for which a caller may leave an answer on the line
UNREADABLE = "400 Bad Request", "Máy chủ không đọc được yêu cầu này. Mời đồng chí tải lại trang rồi thử lại."
FAILURE = "500 Internal Server Error", "Hệ thống gặp lỗi. Những gì đã lưu vẫn còn nguyên."
REFUSALS: dict[type[Exception], tuple[str, str]] = {
    errors.LimitRequestLine: ("414 URI Too Long", "Địa chỉ này quá dài. Mời đồng chí vào lại từ trang chủ."),
    errors.LimitRequestHeaders: (
        "431 Request Header Fields Too Large",
        "Trình duyệt gửi kèm quá nhiều dữ liệu. Mời đồng chí xóa cookie của trang này rồi thử lại.",
    ),
    errors.ExpectationFailed: ("417 Expectation Failed", UNREADABLE[1]),
    errors.UnsupportedTransferCoding: ("501 Not Implemented", UNREADABLE[1]),
    errors.InvalidResponseHeader: FAILURE,
    errors.InvalidResponseHeaderName: FAILURE,
    errors.ParseException: UNREADABLE,
    ssl.SSLError: UNREADABLE,
}

wsgi.SERVER = "hoc-tap"  # gunicorn names itself in every answer


class Lines:
    """How many lines each process of a server has, where all of them see it: made before they part."""

    PLACES = 256

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, self.PLACES * 4)).cast("i")

    def tell(self, number: int, lines: int) -> None:
        """Of the process with this number."""
        self._counts[number % self.PLACES] = lines + 1

    def forget(self, number: int) -> None:
        """A process that has ended takes no more."""
        self._counts[number % self.PLACES] = 0

    def has_others_with_less(self, lines: int) -> bool:
        return any(0 < count <= lines for count in self._counts)


LINES = Lines()


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn brings no types
    """Requests wait in a queue that nobody else sees: the socket is accepted, and no thread is free."""

    patience_s = PATIENCE_S
    sockets: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sending: dict[TConn, _Sending] = {}
        self._leaving: deque[TConn] = deque()
        self._left_since = 0.0
        self.place: int | None = None

    def settle(self, ports: int, others: Iterable[Worker]) -> None:
        """Serve one of the first so many listeners alone, where each process has a port, and those that all share.

        Called before it parts from the server. A proxy then chooses a process for each request and not for each line.
        """
        taken = [other.place for other in others]
        self.place = min(range(ports), key=taken.count)
        self.sockets = [self.sockets[self.place], *self.sockets[ports:]]

    def accept(self, listener: socket.socket) -> None:
        """A line stays with the process that takes it: whoever has fewer goes first, so that all have as much to do."""
        if self.place is None and self.cfg.workers > 1 and self._leaves_it_to_others():
            return
        super().accept(listener)
        LINES.tell(self.age, self.nr_conns)

    def _leaves_it_to_others(self) -> bool:
        if not LINES.has_others_with_less(self.nr_conns):
            return False
        now = time.monotonic()
        if now - self._left_since > 2 * LEFT_TO_OTHERS_S:
            self._left_since = now
        if now - self._left_since >= LEFT_TO_OTHERS_S:
            return False
        time.sleep(LOOKED_AGAIN_AFTER_S)  # the line goes on asking until somebody takes it
        return True

    def enqueue_req(self, conn: TConn) -> None:
        if not conn.initialized and not conn.data_ready:
            self._await_its_first_word(conn)
            return
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        began = time.monotonic()
        pressure.note_wait(began - conn.queued_at)
        self._sending[conn] = _Sending(began)
        try:
            return super().handle(conn)
        finally:
            del self._sending[conn]

    def handle_request(self, req: Request, conn: TConn) -> object:
        self._sending[conn] = _Sending(time.monotonic(), req.body.reader)
        if isinstance(req.body.reader, (ChunkedReader, LengthReader)):
            req.body.reader = _Whole(req.body.reader)
        return super().handle_request(req, conn)

    def handle_error(self, req: Request | None, client: socket.socket, addr: Any, exc: Exception) -> None:
        """What never reaches the application is refused in its words and with its headers, without what was sent.

        Which goes into no log either: there may be a name or a code in it.
        """
        status, words = next((told for kind, told in REFUSALS.items() if isinstance(exc, kind)), FAILURE)
        if status == FAILURE[0]:
            self.log.error("request failed outside the application", exc_info=exc)
        else:
            self.log.info("refused: %s", status)
        body = words.encode()
        told: headers.Headers = [
            ("Connection", "close"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        lines = [f"{name}: {value}\r\n" for name, value in headers.protected(told, is_secure=self.cfg.is_ssl)]
        with suppress(OSError):  # it is gone
            util.write_nonblock(client, f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n".encode() + body)

    def finish_request(self, conn: TConn, fs: Future[object]) -> None:
        """gunicorn waits in its one loop, for two seconds, until who was told goodbye has closed as well; not here."""
        if fs.cancelled() or fs.exception() is not None or fs.result() is not False:
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._hear_out, conn))
        except (OSError, ValueError):  # it is closed already
            self._part_with(conn)
            return
        conn.timeout = time.monotonic() + LINGER_S
        self._leaving.append(conn)

    def murder_pending(self) -> None:
        """Called by the loop at least once a second: hang up on who has said nothing, or too little."""
        super().murder_pending()
        LINES.tell(self.age, self.nr_conns)
        now = time.monotonic()
        is_full = self.nr_conns >= self.worker_connections
        while self._leaving and (is_full or self._leaving[0].timeout <= now):
            self._let_go(self._leaving[0])
        for conn, sending in list(self._sending.items()):
            if sending.is_too_slow(now, self.patience_s):
                with suppress(OSError):  # it has ended by itself
                    # Not by TLS's own shutdown, which the thread that reads would not survive. It can still answer.
                    socket.socket.shutdown(conn.sock, socket.SHUT_RD)

    def _hear_out(self, conn: TConn, line: socket.socket) -> None:
        """What still comes is thrown away: were it left unread, the answer's end could be lost on its way."""
        try:
            has_more = line.recv(MOST_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            has_more = b""
        if not has_more:
            self._let_go(conn)

    def _let_go(self, conn: TConn) -> None:
        self._leaving.remove(conn)
        self.poller.unregister(conn.sock)
        self._part_with(conn)

    def _part_with(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def _await_its_first_word(self, conn: TConn) -> None:
        """Browsers open connections in reserve: they hold no thread."""
        conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_WITHIN_MS)
        conn.timeout = time.monotonic() + self.patience_s
        self.pending_conns.append(conn)
        heard = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, heard)


class _Sending:
    """A request that is on its way in: its head, or its body once that counts down what is still to come."""

    def __init__(self, since: float, body: object = None) -> None:
        self._since = since
        self._body = body if isinstance(body, LengthReader) else None
        self._length = self._least_left = self._left()

    def is_too_slow(self, now: float, patience_s: float) -> bool:
        # A reader takes what has come off the line before it counts it: for that moment more seems left than before.
        self._least_left = min(self._least_left, self._left())
        pace = (self._length - self._least_left) / SLOWEST_BYTES_PER_S
        return self._least_left > 0 and now - self._since > patience_s + pace

    def _left(self) -> int:
        """In bytes; what has come counts at once, and not only when all that the application asked for is there."""
        return 1 if self._body is None else int(self._body.length) - int(self._body.unreader.buf.tell())


class _Whole:
    """A body that is what it says. Else it breaks off, as a line does: half of what was sent is never taken for it."""

    def __init__(self, reader: ChunkedReader | LengthReader) -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        """Raises ConnectionResetError where less has come than was announced, or pieces that are not what they say."""
        wanted = min(size, self._reader.length) if isinstance(self._reader, LengthReader) else 0
        try:
            found = bytes(self._reader.read(size))
        except errors.ParseException as error:
            raise ConnectionResetError(errno.ECONNRESET, "the pieces of a body are not what they say") from error
        if len(found) < wanted:
            raise ConnectionResetError(errno.ECONNRESET, "a body has broken off")
        return found
