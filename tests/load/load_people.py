"""Members as scripts: who comes with the crowd, who sits in between, who looks at boards.

Each behaves as the product's pages do: a save is sent until it is acknowledged, a busy server is asked again when it
says, and nobody submits before the page has flushed.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

from tests.faults.ledger import Ledger
from tests.load.load_lines import NOBODY, Answer, Ask, Loop, Script
from tests.load.load_profiles import CHECKS_FOR_S, PAPER_LENGTH, Profile
from tests.load.load_tally import Plan, Tally

PIN = "481507"
BUSY = frozenset({429, 502, 503, 504})
SCRIPT_PATIENCE_S, PAGE_PATIENCE_S = 15.0, 60.0  # what static/js/retry.js has, and what people have
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
LANES = 2
LAST_ANSWERS_S = 5.0  # before the crowd begins to check, the last of it have answered
BOARDS = ("chi-bo", "toan-xa", "cac-chi-bo")
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
_RULES = re.compile(rb'name="the_le" value="(\d+)"')
_COOKIE = re.compile(rb"\r\nset-cookie: ([^=]+)=([^;\r]*)", re.IGNORECASE)
_ATTEMPT = re.compile(rb"\r\nlocation: [^\r]*/luot-thi/(\d+)\r", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: (\d+)\r", re.IGNORECASE)

Given = TypeVar("Given")
Asked = Generator[float | Ask, Answer | None, Given]


@dataclass(frozen=True, slots=True)
class Save:
    """One answer that was chosen, and the stretch of the load in which it was."""

    place: int
    letters: str
    due: float
    stretch: str


@dataclass(slots=True, eq=False)
class Member:
    """One person with his browser: what it has been given, and the answers that are on their way."""

    id: int
    card: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    rules: str = ""
    attempt_id: int = 0
    unsaved: int = 0
    lanes: int = 0
    waits_until: float = 0.0
    pending: deque[Save] = field(default_factory=deque)
    _head: str = ""

    def request(self, method: str, path: str, fields: list[tuple[str, str]] | None, *, is_script: bool) -> bytes:
        if not self._head:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            self._head = (
                "Host: 127.0.0.1\r\n"
                "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/143 Mobile Safari/537.36\r\n"
                "Accept-Language: vi-VN,vi;q=0.9\r\nAccept-Encoding: gzip, deflate\r\nSec-Fetch-Site: same-origin\r\n"
                + (f"Cookie: {cookies}\r\n" if cookies else "")
            )
        accepts = "application/json" if is_script else "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
        start = f"{method} {path} HTTP/1.1\r\n{self._head}Accept: {accepts}\r\n"
        if fields is None:
            return f"{start}\r\n".encode()
        body = urlencode([*fields, ("csrf_token", self.token)])
        return (
            f"{start}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def takes(self, answer: Answer) -> None:
        """Keep the cookies of an answer."""
        for name, value in _COOKIE.findall(answer.head):
            self.cookies[name.decode()] = value.decode()
            self._head = ""


@dataclass(slots=True)
class Hall:
    """What all members share."""

    loop: Loop
    plan: Plan
    tally: Tally
    ledger: Ledger
    round_id: int
    chance: random.Random
    profile: Profile

    def thought(self, least: float, most: float) -> float:
        """An instant after a moment's thought."""
        return self.later(least * self.profile.pace, most * self.profile.pace)

    def later(self, least: float, most: float) -> float:
        return self.loop.now + self.chance.uniform(least, most)

    def act(
        self,
        member: Member,
        kind: str,
        path: str,
        fields: list[tuple[str, str]] | None = None,
        *,
        due: float,
        is_right: Callable[[Answer], bool],
        is_script: bool = False,
        stretch: str | None = None,
    ) -> Asked[Answer]:
        """One act, asked again until somebody answers who is not busy. `stretch`: where it was noted already."""
        stretch = stretch or self.tally.begins(kind, due)
        line = 0 if self.profile.has_proxy else member.id
        patience = SCRIPT_PATIENCE_S if is_script else PAGE_PATIENCE_S
        pause = FIRST_PAUSE_S
        while True:
            while is_script and self.loop.now < member.waits_until:
                yield member.waits_until
            payload = member.request("GET" if fields is None else "POST", path, fields, is_script=is_script)
            answer = yield Ask(payload, line, patience)
            assert answer is not None
            asked_s = _RETRY.search(answer.head) if answer.status in BUSY else None
            if asked_s is not None:
                self.tally.is_told_to_wait(stretch, kind)
                seconds = int(asked_s[1])
                member.waits_until = self.later(seconds, seconds + max(1.0, seconds / 4))
                yield member.waits_until
            elif answer.status == NOBODY or answer.status in BUSY:
                self.tally.fails(kind, answer.head.decode(errors="replace") or "nobody answered")
                yield self.later(pause / 2, pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            else:
                break
        self.tally.settles(stretch, kind, due, self.loop.now)
        member.takes(answer)
        if not is_right(answer):
            self.tally.fails(kind, f"{path} {answer.head.decode(errors='replace')}")
        return answer

    def look(self, member: Member, kind: str, path: str, due: float) -> Asked[Answer]:
        """Open a page."""
        return self.act(member, kind, path, due=due, is_right=_is_page)


def comes_with_the_crowd(hall: Hall, member: Member, due: float) -> Script:
    """Sign in, start, answer a question and another some time later, submit when nearly all time is over."""
    page = yield from hall.look(member, "sign-in page", "/dang-nhap", due)
    member.token = token_of(page)
    yield (due := hall.thought(4, 10))
    yield from signs_in(hall, member, due)
    yield from hall.look(member, "home", "/", hall.loop.now)
    yield (due := hall.thought(1, 4))
    if not (yield from starts(hall, member, due)):
        return
    hall.loop.begin(saves(hall, member, 1), hall.thought(3, 12))
    first, last = hall.loop.now, hall.plan.closing - LAST_ANSWERS_S * hall.profile.pace
    hall.loop.begin(saves(hall, member, 2), hall.chance.uniform(min(first, last), last))
    submits_at = hall.plan.submits + hall.chance.random() * (hall.plan.closes - hall.plan.submits)
    checks_at = submits_at - hall.chance.uniform(*CHECKS_FOR_S) * hall.profile.pace
    if not (yield from checks_answers(hall, member, max(hall.loop.now, checks_at))):
        return
    yield submits_at
    yield from submits(hall, member, submits_at)


def comes_in_between(hall: Hall, member: Member, due: float) -> Script:
    """Somebody signed in who follows the invitation: start, answer every question, check, submit, see the result."""
    if (yield from starts(hall, member, due)):
        yield from sits_on(hall, member, 0.0)


def sits_on(hall: Hall, member: Member, passed_s: float) -> Script:
    """Go on with a paper that was opened so long ago: the answers that are left, each when its time has come."""
    begins = hall.loop.now
    ends = begins + hall.profile.sitting_s - passed_s
    left = round(PAPER_LENGTH * (1 - passed_s / hall.profile.sitting_s))
    places = range(PAPER_LENGTH - left + 1, PAPER_LENGTH + 1)
    moments = sorted(hall.chance.uniform(begins, ends) for _ in places)
    for place, at in zip(places, moments, strict=True):
        if at < hall.plan.closes:
            hall.loop.begin(saves(hall, member, place), at)
    if ends >= hall.plan.submits:  # the phone is put away; the sweeper will close the paper with what was saved
        return
    if not (yield from checks_answers(hall, member, ends)):
        return
    yield (due := hall.thought(2, 5))
    yield from submits(hall, member, due)


def signs_in(hall: Hall, member: Member, due: float) -> Asked[Answer]:
    fields = [("username", member.card), ("password", PIN), ("next", "")]
    return hall.act(member, "sign-in", "/dang-nhap", fields, due=due, is_right=_is_redirect)


def starts(hall: Hall, member: Member, due: float) -> Asked[bool]:
    """Read the rules, start, and open the paper; False where the round had closed before."""
    yield from reads_rules(hall, member, due)
    if not member.rules:
        if hall.loop.now < hall.plan.closes:
            hall.tally.fails("round", "the page has no way to start")
        return False
    yield (due := hall.thought(4, 10))
    yield from presses_start(hall, member, due)
    if not member.attempt_id:
        return False
    path, due = f"/luot-thi/{member.attempt_id}", hall.loop.now
    page = yield from hall.act(member, "paper", path, due=due, is_right=lambda told: told.status in (200, 302))
    member.token = token_of(page)
    return page.status == 200


def reads_rules(hall: Hall, member: Member, due: float) -> Script:
    page = yield from hall.look(member, "round", f"/dot-thi/{hall.round_id}", due)
    member.token, member.rules = token_of(page), _found(_RULES, page)


def presses_start(hall: Hall, member: Member, due: float) -> Script:
    path, fields = f"/dot-thi/{hall.round_id}/bat-dau", [("the_le", member.rules)]
    answer = yield from hall.act(member, "start", path, fields, due=due, is_right=partial(_is_start, hall))
    found = _ATTEMPT.search(answer.head)
    if found is not None:
        member.attempt_id = int(found[1])
        hall.ledger.started(member.id, member.attempt_id)


def saves(hall: Hall, member: Member, place: int) -> Script:
    """Choose an answer. Two at a time go out, as in the page's script, each until it is acknowledged."""
    due, letters = hall.loop.now, hall.chance.choice("ABCD")
    hall.ledger.sends(member.attempt_id, place, (1, letters))
    member.pending.append(Save(place, letters, due, hall.tally.begins("save", due)))
    member.unsaved += 1
    if member.lanes == LANES:
        return
    member.lanes += 1
    while member.pending:
        yield from _sends(hall, member, member.pending.popleft())
    member.lanes -= 1


def _sends(hall: Hall, member: Member, save: Save) -> Script:
    answer = yield from hall.act(
        member,
        "save",
        f"/luot-thi/{member.attempt_id}/cau/{save.place}",
        [("epoch", "1"), ("revision", "1"), ("phuong_an", save.letters)],
        due=save.due,
        is_right=lambda told: _is_kept(told, save.letters),
        is_script=True,
        stretch=save.stretch,
    )
    member.unsaved -= 1
    if answer.status == 200:
        hall.ledger.saved(member.attempt_id, save.place, (1, save.letters))


def checks_answers(hall: Hall, member: Member, at: float) -> Asked[bool]:
    """Look at which places are empty; whether the paper is still open then."""
    yield at
    while member.unsaved:
        yield hall.loop.now + 0.2
    path, due = f"/luot-thi/{member.attempt_id}/nop", hall.loop.now
    page = yield from hall.act(member, "review", path, due=due, is_right=lambda told: told.status in (200, 302))
    return page.status == 200


def submits(hall: Hall, member: Member, due: float) -> Script:
    """Hand in, and see what came of it."""
    while member.unsaved:
        yield hall.loop.now + 0.2
    yield from hands_in(hall, member, due)
    path, due = f"/luot-thi/{member.attempt_id}/ket-qua", hall.loop.now
    yield from hall.act(member, "result", path, due=due, is_right=lambda told: told.status in (200, 302))


def hands_in(hall: Hall, member: Member, due: float) -> Script:
    path = f"/luot-thi/{member.attempt_id}/nop"
    answer = yield from hall.act(
        member, "submit", path, [("epoch", "1")], due=due, is_right=_is_redirect, is_script=True
    )
    if answer.status == 302:
        hall.ledger.submitted(member.attempt_id)


def looks_at_boards(hall: Hall, member: Member, due: float) -> Script:
    path = f"/bang-xep-hang/{hall.round_id}/{hall.chance.choice(BOARDS)}"
    yield from hall.look(member, "board", path, due)


def text(answer: Answer) -> bytes:
    return gzip.decompress(answer.body) if b"\r\ncontent-encoding: gzip" in answer.head.lower() else answer.body


def token_of(page: Answer) -> str:
    return _found(_TOKEN, page)


def _found(pattern: re.Pattern[bytes], answer: Answer) -> str:
    """What stands in the head or the page; empty where it does not, which the next act will show."""
    found = pattern.search(answer.head) or pattern.search(text(answer))
    return found[1].decode() if found else ""


def _is_page(answer: Answer) -> bool:
    return answer.status == 200 and b"<h1" in text(answer)


def _is_redirect(answer: Answer) -> bool:
    return answer.status == 302


def _is_start(hall: Hall, answer: Answer) -> bool:
    """Led to the paper; or refused by a round that has closed meanwhile."""
    if answer.status == 409:
        return hall.loop.now >= hall.plan.closes
    return answer.status == 302 and _ATTEMPT.search(answer.head) is not None


def _is_kept(answer: Answer, letters: str) -> bool:
    """Acknowledged as sent; or refused because the round closed meanwhile, which is kept as evidence."""
    if answer.status == 409:
        return bool(json.loads(text(answer))["error"] == "AttemptClosed")
    if answer.status != 200:
        return False
    kept = json.loads(text(answer))
    return bool((kept["letters"], kept["revision"]) == (letters, 1))
