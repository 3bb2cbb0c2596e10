"""Back-pressure: what cannot be served in time is refused at once, and sittings under way go before everything else.

Boards, study, desks, reports, exports and sign-ins never hold the last threads of a process, and those of them that
have waited for a thread longer than a person would notice are turned away unserved. So however many of them come, a
save finds a thread within about half a second.

Results give way to those who still sit: at the close of a round all hand in within seconds, and whoever has been told
that his paper is in can wait for what it came to.

Where sittings alone are more than the server can take, they too are refused once they have waited for long: their page
gives up after fifteen seconds and asks again, so a server that goes on with the oldest works for nobody ever after.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from flask import Flask, current_app, g, request

from quiz_app.kernel.errors import Overloaded
from quiz_app.web.guard import Guard, ask_nobody, guard_of

LONGEST_QUEUE_S = 0.5  # what a full server has everybody wait, for those who are served come in their order
LONGEST_QUEUE_AFTERWARDS_S = 1.5
LONGEST_QUEUE_OF_SITTINGS_S = 6.0  # well below the patience of static/js/retry.js: the answer still finds its asker
WAIT_FOR_A_TURN_S = 0.1
BUSY = "quiz_app.busy"  # in the environment of a request that has just waited in vain, for a turn or for the database
ALWAYS = frozenset({"web.static_file", "health.healthz", "health.readyz"})

# One token for each turn: to wait for one in Python's own semaphore costs more than what a board is made of.
Turns = SimpleQueue[None]
_waited = threading.local()


def note_wait(seconds: float) -> None:
    """Say how long the request that this thread takes up now has waited for it. Called by the server."""
    _waited.seconds = seconds


def turns_of(threads: int) -> int:
    """How many of a process's threads may work on what is not a sitting: all but a quarter, at least two kept free."""
    return max(1, threads - max(2, threads // 4))


def goes_first(guard: Guard) -> bool:
    """Whether an endpoint belongs to sittings: starting, the paper, saves, submitting, the result."""
    return guard.in_work or guard.within_attempt


def waited() -> float:
    """Seconds for which the request of this thread has waited, where it is answered before the framework."""
    seconds: float = getattr(_waited, "seconds", 0.0)
    return seconds


def is_served(guard: Guard | None, endpoint: str, waited: float) -> bool:
    """Whether somebody who has waited for so many seconds is still served."""
    if guard is None or endpoint in ALWAYS:
        return True
    if not goes_first(guard):
        return waited <= LONGEST_QUEUE_S
    return waited <= (LONGEST_QUEUE_AFTERWARDS_S if guard.afterwards else LONGEST_QUEUE_OF_SITTINGS_S)


def init(app: Flask, threads: int) -> None:
    """Call it before the guard: what is refused costs no query."""
    turns: Turns = SimpleQueue()
    for _ in range(turns_of(threads)):
        turns.put(None)
    app.extensions["turns"] = turns
    app.before_request(_before)
    app.teardown_request(_teardown)


@contextmanager
def turn(app: Flask) -> Iterator[None]:
    """A turn for what is answered before the framework. Raises Overloaded where there is none in time."""
    turns: Turns = app.extensions["turns"]
    if waited() > LONGEST_QUEUE_S or not _take(turns):
        raise Overloaded
    try:
        yield
    finally:
        turns.put(None)


def _before() -> None:
    seconds, _waited.seconds = waited(), 0.0
    if BUSY in request.environ:
        ask_nobody()
        raise Overloaded
    if request.endpoint is None or request.endpoint in ALWAYS:
        return
    guard = guard_of(current_app, request.endpoint)
    if guard is None:
        return
    if not is_served(guard, request.endpoint, seconds):
        ask_nobody()
        raise Overloaded
    if goes_first(guard):
        return
    if not _take(_turns()):
        ask_nobody()
        raise Overloaded
    g.has_turn = True


def _teardown(_error: BaseException | None) -> None:
    if g.pop("has_turn", False):
        _turns().put(None)


def _take(turns: Turns) -> bool:
    """Whether there was a turn in time."""
    try:
        turns.get(timeout=WAIT_FOR_A_TURN_S)
    except Empty:
        return False
    return True


def _turns() -> Turns:
    found: Turns = current_app.extensions["turns"]
    return found
