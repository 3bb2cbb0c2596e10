"""Members at their phones: plain HTTP with cookies, asking again when the line or the server goes, as browsers do."""

from __future__ import annotations

import http.client
import json
import random
import re
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.faults.forms import Form, forms
from tests.faults.ledger import Ledger

PATIENCE_S = 90.0
PAUSE_MS = 100  # at most, between two acts: what is started anew must get its turn on a small machine
BUSY = "Máy chủ đang bận"
_ATTEMPT = re.compile(r"/luot-thi/(\d+)$")


class GaveUp(Exception):
    """The server did not answer for longer than anybody would wait."""


@dataclass(frozen=True)
class Answer:
    """What the server said, and between which two moments of the wall clock. `again_in` is its Retry-After."""

    status: int
    location: str
    body: str
    asked_at: float
    told_at: float
    again_in: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Person:
    """One signed-in device. Use it in one thread; `other` is the same device in another thread.

    Whoever gave the list `lines` closes them in the end.
    """

    cookie = "phien"

    def __init__(
        self, port: int, member_id: int, session_token: str, ledger: Ledger, lines: list[http.client.HTTPConnection]
    ) -> None:
        self.member_id = member_id
        self._lines = lines
        self._port = port
        self._cookies = {self.cookie: session_token}
        self._ledger = ledger
        self._csrf = ""
        self._starting: dict[str, str] = {}
        self._line: http.client.HTTPConnection | None = None
        self.looked = 0  # at so many pages, in `look_on`

    def other(self) -> Person:
        twin = type(self)(self._port, self.member_id, self._cookies[self.cookie], self._ledger, self._lines)
        twin._cookies, twin._csrf, twin._starting = dict(self._cookies), self._csrf, dict(self._starting)
        return twin

    def open(self, path: str) -> list[Form]:
        """Look at a page; the token of its forms is kept, and all that its button to start would send."""
        answer = self._ask("GET", path)
        found = list(forms(answer.body))
        tokens = [form.hidden["csrf_token"] for form in found if "csrf_token" in form.hidden]
        assert tokens, f"{path} was answered {answer.status} without a form: {answer.body[-600:]}"
        self._csrf = tokens[0]
        for form in found:
            if form.action.endswith("/bat-dau"):
                self._starting = form.hidden
        return found

    def look(self, path: str) -> Answer:
        return self._ask("GET", path)

    def look_once(self, path: str) -> Answer:
        """Without asking again where the server is busy."""
        return self._once("GET", path, None)

    def start(self, round_id: int) -> int:
        answer = self._ask("POST", f"/dot-thi/{round_id}/bat-dau", self._starting)
        found = _ATTEMPT.search(answer.location)
        assert found is not None, f"the start was answered {answer.status}: {answer.body[:300]}"
        attempt_id = int(found[1])
        self._ledger.started(self.member_id, attempt_id)
        return attempt_id

    def save(self, attempt_id: int, place: int, letters: str, revision: int) -> Answer:
        """Put an answer and stay until there is a word about it."""
        self._ledger.sends(attempt_id, place, (revision, letters))
        answer = self._ask("POST", *_save(attempt_id, place, letters, revision))
        if answer.status == 200 and (answer.json["revision"], answer.json["letters"]) == (revision, letters):
            self._ledger.saved(attempt_id, place, (revision, letters))
        return answer

    def save_once(self, attempt_id: int, place: int, letters: str, revision: int) -> Answer:
        """Put an answer without asking again and without a note: what became of it is for the caller to tell."""
        try:
            return self._once("POST", *_save(attempt_id, place, letters, revision))
        except http.client.HTTPException as error:
            self.hang_up()
            raise OSError from error
        except OSError:
            self.hang_up()
            raise

    def submit(self, attempt_id: int) -> Answer:
        return self._ask("POST", f"/luot-thi/{attempt_id}/nop", {"epoch": 1})

    def take_over(self, attempt_id: int) -> Answer:
        """Go on with the attempt as another device would."""
        return self._ask("POST", f"/luot-thi/{attempt_id}/lam-tiep", {})

    def sit(self, round_id: int, places: int, saves: int, stop: threading.Event) -> None:
        """Sit the round again and again: start, answer, change answers, submit."""
        self.open(f"/dot-thi/{round_id}")
        while not stop.is_set():
            attempt_id = self.start(round_id)
            for number in range(saves):
                if stop.is_set():
                    return
                place, revision = 1 + number % places, 1 + number // places
                answer = self.save(attempt_id, place, "ABC"[secrets.randbelow(3)], revision)
                assert answer.status == 200, f"a save was answered {answer.status}: {answer.body[:300]}"
                _pause()
            answer = self.submit(attempt_id)
            assert answer.status == 302, f"the submission was answered {answer.status}: {answer.body[:300]}"
            self._ledger.submitted(attempt_id)

    def look_on(self, paths: Sequence[str], stop: threading.Event) -> None:
        """Look at one page after another, again and again; none may be an error page."""
        while not stop.is_set():
            for path in paths:
                answer = self.look(path)
                assert answer.status == 200, f"{path} was answered {answer.status}: {answer.body[-600:]}"
                self.looked += 1
                _pause()

    def _ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> Answer:
        """One request, sent again until the server answers it."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            try:
                answer = self._once(method, path, fields)
            except (OSError, http.client.HTTPException):
                self.hang_up()
                self._ledger.left_alone()
            else:
                if answer.status != 503:
                    return answer
                assert BUSY in answer.body or '"Overloaded"' in answer.body, f"turned away without a word: {answer}"
                assert answer.again_in.isdecimal(), f"turned away without a word when to come again: {answer}"
                self._ledger.busy()
                self._rest(int(answer.again_in))
            time.sleep(0.05)
            _pause()
        raise GaveUp(f"{method} {path}")

    def _rest(self, told_s: int) -> None:
        """Wait after being turned away. He does not: who comes again sooner than he was told meets more faults."""

    def _once(self, method: str, path: str, fields: dict[str, Any] | None) -> Answer:
        if self._line is None:
            self._line = self._connect()
            self._lines.append(self._line)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Accept": "text/html" if method == "GET" else "application/json",
        }
        body = None
        if fields is not None:
            body = urlencode({**fields, "csrf_token": self._csrf}, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        asked_at = time.time()
        self._line.request(method, path, body, headers)
        response = self._line.getresponse()
        text = response.read().decode()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        told = response.headers
        again_in = told.get("Retry-After", "")
        return Answer(response.status, told.get("Location", ""), text, asked_at, time.time(), again_in)

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class Patient(Person):
    """Comes again when he was told to, each a little later than the others, as pages do (static/js/retry.js)."""

    def _rest(self, told_s: int) -> None:
        time.sleep(told_s + random.random() * max(1, told_s / 4))  # noqa: S311 - any moment


def _pause() -> None:
    time.sleep(secrets.randbelow(PAUSE_MS) / 1000)


def _save(attempt_id: int, place: int, letters: str, revision: int) -> tuple[str, dict[str, Any]]:
    fields = {"phuong_an": list(letters), "epoch": 1, "revision": revision}
    return f"/luot-thi/{attempt_id}/cau/{place}", fields
