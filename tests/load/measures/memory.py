"""Memory of one worker after 100,000 requests, beside what it was after 1,000; recycling is off.

One worker serves all of them: saves, clocks and boards in the proportion of a sitting. It is asked for as much as it
takes, and looked at between two stretches.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.load import figures, sides
from tests.load.asks import Save, page
from tests.load.generator import Ask, Outcome, drive
from tests.load.measures.stand import Stand
from tests.load.sitting import Sitter

FIRST, ALL = 1_000, 100_000
LOOKS = 5


class Mixed:
    """Of every forty requests one is a board, one a page of a paper, two ask for the clock, the rest save answers."""

    def __init__(self, stand: Stand, count: int) -> None:
        self._stand = stand
        self._left = count

    def next(self) -> Ask | None:
        if self._left == 0:
            return None
        self._left -= 1
        sitter = self._stand.sitters[self._left % len(self._stand.sitters)]
        found = self._page(sitter)
        asked: Ask = found if found is not None else self._stand.saves.next()
        return asked

    def answered(self, ask: Ask) -> None:
        if isinstance(ask, Save):
            self._stand.saves.answered(ask)

    def _page(self, sitter: Sitter) -> Ask | None:
        own = f"phien={sitter.sign_in_token}"
        match self._left % 40:
            case 0:
                return page(f"/bang-xep-hang/{self._stand.hall.round_id}/chi-bo", own, word="</html>")
            case 10:
                return page(f"/luot-thi/{sitter.attempt_id}", own, word="</html>")
            case 20 | 30:
                return page(f"/luot-thi/{sitter.attempt_id}/con-lai", own, word="remaining_ms")
        return None


def memory(stand: Stand) -> dict[str, dict[str, Any]]:
    server = sides.product(stand.url, stand.folder, stand.secret_key, workers=1)
    with sides.serving(server):
        outcomes = [_asked(server.port, stand, FIRST)]
        [worker] = server.children()
        sizes = {FIRST: _resident_mb(worker)}
        done = FIRST
        for _ in range(LOOKS):
            step = (ALL - FIRST) // LOOKS
            outcomes.append(_asked(server.port, stand, step))
            done += step
            sizes[done] = _resident_mb(worker)
        assert server.children() == [worker], "the worker was exchanged"
    return {
        "memory": {
            "ratio": round(sizes[done] / sizes[FIRST], 3),
            "mb_after": sizes,
            "product": figures.summary(outcomes[1:]),
        }
    }


def _asked(port: int, stand: Stand, count: int) -> Outcome:
    outcome = drive(port, Mixed(stand, count), connections=sides.CONNECTIONS)
    outcome.served.clear()
    return outcome


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
