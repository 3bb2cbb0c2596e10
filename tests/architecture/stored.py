"""Asks for every page and file of a world whose every text is hostile, and tells what broke out of its place."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, url_for
from werkzeug.test import TestResponse

from quiz_app.web.guard import SAFE_METHODS
from tests.architecture.callers import NOBODY
from tests.architecture.matrix import ROWS
from tests.support import planting, prints
from tests.support.browse import Browse

FIRST = ("organiser", "operator", "author", "secretary", "member")
OFFICE = "application/vnd.openxmlformats"
COMPUTED = re.compile(rb"<f[ >][^<]*|<hyperlink|<w:instrText[^>]*>[^<]*|<w:fldSimple|vbaProject|externalLink")
OWN_FIELDS = {b"<w:instrText>PAGE"}  # the number of a page


def addresses(app: Flask, world: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every address that can be read: its endpoint, somebody who gets in, and the address itself."""
    for endpoint, row in sorted(ROWS.items()):
        methods = {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods or set()}
        if "GET" not in methods & SAFE_METHODS:
            continue
        caller = next((one for one in FIRST if one in row.inside), min(row.inside, default=NOBODY))
        with app.test_request_context():
            yield endpoint, caller, url_for(endpoint, **{name: world[part] for name, part in row.values.items()})


class Walk:
    """One reading of each address, as somebody who gets in. `told` says how many showed a hostile text.

    What is printed is read as the page that it is drawn from.
    """

    def __init__(self, app: Flask, browse: Browse, world: dict[str, Any], tokens: dict[str, str]) -> None:
        self._browse, self._tokens = browse, tokens
        self.wrong: dict[str, list[str]] = {}
        self.asked = self.told = self.printed = 0
        for endpoint, caller, url in list(addresses(app, world)):
            self._ask(endpoint, caller, url)

    def _ask(self, endpoint: str, caller: str, url: str) -> None:
        self._browse.as_nobody()
        if caller != NOBODY:
            self._browse.use_sign_in_token(self._tokens[caller])
        with prints.pages_for_paper() as papers:
            answer = self._browse.knock("GET", url)
        self.asked += 1
        self.printed += len(papers)
        pages = [*papers, answer.get_data(as_text=True)] if answer.mimetype == "text/html" else papers
        self.told += planting.MARK.encode() in answer.get_data() or any(planting.MARK in page for page in papers)
        found = [*(one for page in pages for one in planting.breakouts(page)), *_of_office(answer)]
        if answer.status_code >= 500:
            found.append(f"failed: {answer.status_code}")
        if found:
            self.wrong[f"{endpoint} as {caller}"] = found[:3]


def _of_office(answer: TestResponse) -> Iterator[str]:
    """Workbooks and documents: nothing that is computed, fetched or run when they are opened."""
    if not (answer.mimetype or "").startswith(OFFICE):
        return
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as package:
        for name in package.namelist():
            text = package.read(name)
            for found in COMPUTED.findall(text):
                if found not in OWN_FIELDS:
                    yield f"{name} holds {found.decode()}"
            if name.endswith(".rels") and b'TargetMode="External"' in text:
                yield f"{name} leads outside"
