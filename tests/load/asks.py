"""Requests as browsers and the page's own scripts send them, with what their answers must be."""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.load.generator import Answer

_BROWSER = (
    "Host: 127.0.0.1",
    "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/143.0.0.0 Mobile Safari/537.36",
    "Accept-Language: vi-VN,vi;q=0.9",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Sec-Fetch-Site: same-origin",
)
_PAGE = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
_SCRIPT = "Accept: application/json"
Fields = Iterable[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request with the status that must answer it and a word that its body or its redirect must hold."""

    raw: bytes
    status: int
    word: str = ""
    who: object = None

    def payload(self) -> bytes:
        return self.raw

    def problem(self, answer: Answer) -> str | None:
        if answer.status != self.status:
            return answer.raw[:600].decode(errors="replace")
        held = answer.header("Location") or "" if 300 <= self.status < 400 else text_of(answer)
        return None if self.word in held else f"no “{self.word}” in: {held[:300]}"


def text_of(answer: Answer) -> str:
    """The body as it is read, unpacked where it came packed."""
    if answer.header("Content-Encoding") == "gzip":
        return zlib.decompress(answer.body, wbits=31).decode()
    return answer.body.decode(errors="replace")


def page(
    path: str, cookies: str = "", *, etag: str = "", status: int = 200, word: str = "", who: object = None
) -> Sent:
    """A page asked for by address; with `etag` by a browser that has it already."""
    extra = [f"Cookie: {cookies}"] if cookies else []
    if etag:
        extra.append(f"If-None-Match: {etag}")
    head = "\r\n".join((f"GET {path} HTTP/1.1", _PAGE, *_BROWSER, *extra, "", ""))
    return Sent(head.encode(), 304 if etag else 200, word, who)


def form(path: str, cookies: str, fields: Fields, *, status: int = 302, word: str = "", who: object = None) -> Sent:
    """A form of a page."""
    return Sent(_post(path, cookies, fields, _PAGE), status, word, who)


def _post(path: str, cookies: str, fields: Fields, accept: str) -> bytes:
    body = urlencode(list(fields))
    head = (
        f"POST {path} HTTP/1.1",
        accept,
        *_BROWSER,
        "Content-Type: application/x-www-form-urlencoded;charset=UTF-8",
        f"Cookie: {cookies}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, "", body)).encode()


@dataclass(frozen=True, slots=True)
class Place:
    """One question of one member's paper, and what his browser sends along."""

    attempt_id: int
    position: int
    cookies: str
    token: str


@dataclass(frozen=True, slots=True)
class Save:
    """An answer as the page's script sends it; what is acknowledged must be this very answer."""

    place: Place
    letters: str
    revision: int

    def payload(self) -> bytes:
        place = self.place
        fields = [("epoch", 1), ("revision", self.revision), ("csrf_token", place.token)]
        chosen = [("phuong_an", letter) for letter in self.letters]
        path = f"/luot-thi/{place.attempt_id}/cau/{place.position}"
        return _post(path, place.cookies, [*fields, *chosen], _SCRIPT)

    def problem(self, answer: Answer) -> str | None:
        if answer.status != 200:
            return answer.raw[:600].decode(errors="replace")
        kept = json.loads(answer.body)
        if (kept["letters"], kept["revision"]) == (self.letters, self.revision):
            return None
        return f"sent {self.letters} as {self.revision}, kept {kept}"


class Turn:
    """Places in a queue: a place waits at its end until its save is answered, so its saves arrive in their order."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._waiting = deque((place, 0) for place in places)

    def next(self) -> Save:
        place, revision = self._waiting.popleft()
        return Save(place, "ABCD"[(revision + 1) % 4], revision + 1)

    def answered(self, save: Save) -> None:
        self._waiting.append((save.place, save.revision))
