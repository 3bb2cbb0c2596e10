"""The forms of a page as a browser reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """`letters` are the choices that are checked; `place` and `revision` are told by the forms of a paper."""

    action: str
    place: int
    revision: int
    hidden: dict[str, str] = field(default_factory=dict)
    letters: str = ""


def forms(page: str) -> Iterator[Form]:
    reader = _Reader()
    reader.feed(page)
    yield from reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            place, revision = int(told.get("data-question", 0)), int(told.get("data-revision", 0))
            self.found.append(Form(told.get("action", ""), place, revision))
            self._is_inside = True
        if tag != "input" or not self._is_inside:
            return
        form = self.found[-1]
        if told.get("type") == "hidden":
            form.hidden[told["name"]] = told["value"]
        elif told.get("name") == "phuong_an" and "checked" in told:
            form.letters += told["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
