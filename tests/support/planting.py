"""Hostile texts in every column that keeps what somebody wrote, and what a page must not make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, literal, select, update

from question_bank.markup import render
from quiz_app import tables
from quiz_app.kernel.db import Database

MARK = "xau"
TEXTS = (
    f"<script>{MARK}()</script>",
    f'"><img src=x onerror={MARK}()>',
    f"' onmouseover='{MARK}()' {MARK}='",
    f"</textarea></title></script><svg onload={MARK}()>",
    f"javascript:{MARK}()",
    f"<!--<img src=--><img src=x onerror={MARK}()>-->",
    f"[x](javascript:{MARK}()) ![x](//{MARK}.example/x.png)",
    f"<iframe srcdoc='<script>{MARK}()</script>'></iframe>",
    f"<math><mtext><style><{MARK}></style>",
    f"<base href=//{MARK}.example><form action=//{MARK}.example>",
    f'=HYPERLINK("http://{MARK}.example")',
    f"@{MARK}()+cmd|' /C calc'!A0",
    "{{7*7}}{% raw %}${7*7}<%= 7*7 %>",
    f'"\\u003cscript\\u003e{MARK}()"',
)
# What the product makes itself, and decides by: no form takes it as a free text.
MADE = (
    "code", "sha256", "hash", "key", "slug", "token", "seed", "state", "kind", "folded", "action", "role", "revision",
    "stored_name", "content_type", "username", "version", "subject", "target", "holder", "scope", "path", "document",
    "section", "anchor", "occasion", "fingerprint", "letters", "secret", "sealed", "code_mac", "suffix", "show_",
    "names_shown", "message", "counted", "channel", "link", "source", "purpose", "part", "verdict", "marked",
)  # fmt: skip
MADE_TABLES = {"audit_entry", "audit_seal", "lease", "job", "site_switch", "clock_anchor", "rules_version"}
SHORTEST = 60  # shorter columns hold one of a few words
PLAIN_TAGS = {"base", "embed", "frame", "iframe", "math", "object", "style"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "background", "xlink:href"}
SCHEMES = ("/", "#", "?", "mailto:", "tel:", "data:image/", "otpauth:", "https://", "http://localhost")


def plant(db: Database) -> int:
    """Write hostile texts over those that people wrote; how many columns. Rendered ones get what is rendered."""
    planted = 0
    with db.engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            if table.name in MADE_TABLES:
                continue
            for number, column in enumerate(table.columns):
                if _is_written(column):
                    _plant_texts(connection, table, column, number)
                    planted += 1
                elif isinstance(column.type, JSON) and column.name in {"content", "texts", "named", "rows"}:
                    _plant_json(connection, table, column)
                    planted += 1
    return planted


def _is_written(column: Column[Any]) -> bool:
    if not isinstance(column.type, String) or column.unique or column.primary_key or column.foreign_keys:
        return False
    if column.name.endswith("_html"):
        return True
    if any(column.name.startswith(one) or column.name.endswith(one) for one in MADE):
        return False
    return column.type.length is None or column.type.length >= SHORTEST


def _plant_texts(connection: Connection, table: Table, column: Column[Any], number: int) -> None:
    texts = [render(one) for one in TEXTS] if column.name.endswith("_html") else list(TEXTS)
    [identity, *_] = table.primary_key.columns
    if not isinstance(identity.type, String):
        for turn, text in enumerate(texts):
            chosen = (identity + number) % literal(len(texts)) == turn
            connection.execute(update(table).where(chosen, column != "").values({column: text}))
        return
    connection.execute(update(table).where(column != "").values({column: texts[number % len(texts)]}))


def _plant_json(connection: Connection, table: Table, column: Column[Any]) -> None:
    """Sentences alone: single words are what the product decides by."""
    keys = list(table.primary_key.columns)
    for row in connection.execute(select(*keys, column)).all():
        same = [key == value for key, value in zip(keys, row, strict=False)]
        connection.execute(update(table).where(*same).values({column: _spoilt(row[-1], iter(range(10**6)))}))


def _spoilt(value: Any, turns: Iterator[int]) -> Any:
    if isinstance(value, dict):
        return {name: _spoilt(one, turns) for name, one in value.items()}
    if isinstance(value, list):
        return [_spoilt(one, turns) for one in value]
    if isinstance(value, str) and " " in value:
        return TEXTS[next(turns) % len(TEXTS)]
    return value


def breakouts(page: str) -> list[str]:
    """Elements and attributes that no template of ours makes: a text has become markup.

    The page is read tag by tag, as leniently as a browser would: a whole tree of each page would take much longer.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._script: str | None = None  # the kind of the script whose content is read now

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in PLAIN_TAGS or MARK in tag:
            self.found.append(f"<{tag}>")
        if tag == "script":
            self._script = dict(attrs).get("type") or ""
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", MARK}:
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in ADDRESSES and value and (not value.startswith(SCHEMES) or f"//{MARK}" in value):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script == "application/json":
            try:
                json.loads(data)
            except ValueError:
                self.found.append("broken JSON in a page")
        elif self._script is not None and data.strip():
            self.found.append(f"<script>{data}")
