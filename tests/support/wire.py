"""What the pages of a sitting send and read, release by release: taken down from a browser, and never changed again.

A page that was opened before an update goes on with the script it was opened with, for as long as its attempt runs. So
whatever stands here is answered as it was. A release whose script sends something new gets a record of its own; an old
one goes when no attempt of its time can be open any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON, PAGE = "application/json", "text/html"
SOME = object()  # whatever it is, it is there


@dataclass(frozen=True)
class Recorded:
    """One request, and all of its answer that the page looks at. Braces are filled in by the attempt at hand."""

    what: str
    path: str
    body: str | None
    status: int
    reads: Mapping[str, Any] = field(default_factory=dict)
    leads_to: str | None = None
    accept: str = JSON

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


T = "csrf_token={token}"
SAVED = {"saved_at": SOME, "remaining_ms": SOME}
WRONG = {"error": SOME, "message": SOME}

_TO_NOVEMBER_2026 = (
    Recorded("start", "/dot-thi/{round}/bat-dau", f"{T}&the_le=1", 302, leads_to="/luot-thi/{attempt}", accept=PAGE),
    Recorded("clock", "/luot-thi/{attempt}/con-lai", None, 200, {"remaining_ms": SOME, "epoch": 1}),
    Recorded(
        "answer", "/luot-thi/{attempt}/cau/{one}", f"{T}&epoch=1&revision=1&phuong_an=A", 200,
        {"revision": 1, "letters": "A", **SAVED},
    ),
    Recorded(
        "the same again", "/luot-thi/{attempt}/cau/{one}", f"{T}&epoch=1&revision=1&phuong_an=A", 200,
        {"revision": 1, "letters": "A", **SAVED},
    ),
    Recorded(
        "several letters", "/luot-thi/{attempt}/cau/{several}", f"{T}&epoch=1&revision=3&phuong_an=A&phuong_an=C", 200,
        {"revision": 3, "letters": "AC", **SAVED},
    ),
    Recorded(
        "an overtaken answer", "/luot-thi/{attempt}/cau/{several}", f"{T}&epoch=1&revision=2&phuong_an=B", 200,
        {"revision": 3, "letters": "AC", **SAVED},
    ),
    Recorded(
        "an answer taken back", "/luot-thi/{attempt}/cau/{one}", f"{T}&epoch=1&revision=2", 200,
        {"revision": 2, "letters": "", **SAVED},
    ),
    Recorded(
        "an answer without a script", "/luot-thi/{attempt}/cau/{other}", f"{T}&epoch=1&phuong_an=B", 302,
        leads_to="/luot-thi/{attempt}#cau-{other}", accept=PAGE,
    ),
    Recorded("no such option", "/luot-thi/{attempt}/cau/{one}", f"{T}&epoch=1&revision=3&phuong_an=Z", 422, WRONG),
    Recorded(
        "a guess", "/luot-thi/{attempt}/du-doan", f"{T}&epoch=1&revision=1&du_doan=1250", 200,
        {"revision": 1, "text": "1.250", **SAVED},
    ),
    Recorded(
        "an unreadable guess", "/luot-thi/{attempt}/du-doan", f"{T}&epoch=1&revision=2&du_doan=nhi%E1%BB%81u", 422,
        {**WRONG, "fields": {"du_doan": SOME}},
    ),
    Recorded(
        "an outdated form", "/luot-thi/{attempt}/cau/{one}", "csrf_token=x&epoch=1&revision=3&phuong_an=A", 400,
        {**WRONG, "error": "OutdatedForm"},
    ),
    Recorded(
        "going on elsewhere", "/luot-thi/{attempt}/lam-tiep", T, 302, leads_to="/luot-thi/{attempt}", accept=PAGE
    ),
    Recorded(
        "an answer after that", "/luot-thi/{attempt}/cau/{one}", f"{T}&epoch=1&revision=3&phuong_an=A", 409,
        {**WRONG, "error": "TakenOver"},
    ),
    Recorded("the clock after that", "/luot-thi/{attempt}/con-lai", None, 200, {"remaining_ms": SOME, "epoch": 2}),
    Recorded("looking through", "/luot-thi/{attempt}/nop", None, 200, accept=PAGE),
    Recorded("handing in", "/luot-thi/{attempt}/nop", f"{T}&epoch=2", 302, leads_to="/luot-thi/{attempt}/ket-qua"),
    Recorded("that again", "/luot-thi/{attempt}/nop", f"{T}&epoch=2", 302, leads_to="/luot-thi/{attempt}/ket-qua"),
    Recorded(
        "an answer after the end", "/luot-thi/{attempt}/cau/{one}", f"{T}&epoch=2&revision=3&phuong_an=A", 409,
        {**WRONG, "error": "AttemptClosed"},
    ),
)  # fmt: skip

RELEASES: Mapping[str, tuple[Recorded, ...]] = {"to November 2026": _TO_NOVEMBER_2026}
