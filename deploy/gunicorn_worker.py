"""gunicorn's threaded worker, which also tells the application how long a request has waited for a thread."""

from __future__ import annotations

import time

from gunicorn.workers.gthread import TConn, ThreadWorker

from quiz_app.web import pressure


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn brings no types
    """Requests wait in a queue that nobody else sees: the socket is accepted, and no thread is free."""

    def enqueue_req(self, conn: TConn) -> None:
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        pressure.note_wait(time.monotonic() - conn.queued_at)
        return super().handle(conn)
