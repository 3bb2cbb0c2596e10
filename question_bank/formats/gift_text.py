"""How GIFT writes the signs that it needs for itself."""

from __future__ import annotations

import re

FORMAT = re.compile(r"\s*\[(html|markdown|plain|moodle)\]", re.IGNORECASE)

# Escaped signs wait as characters of private use, which no text of ours holds, so that they part nothing.
_SIGNS = {"\\": "\ue000", "~": "\ue001", "=": "\ue002", "#": "\ue003", "{": "\ue004", "}": "\ue005", ":": "\ue006"}
_LINE = "\ue007"
_HIDING = {f"\\{sign}": mark for sign, mark in _SIGNS.items()} | {"\\n": _LINE}
_ESCAPE = re.compile(r"\\[\\~=#{}:n]")
_SHOWING = str.maketrans({mark: sign for sign, mark in _SIGNS.items()} | {_LINE: "\n"})
_WRITING = str.maketrans({sign: f"\\{sign}" for sign in _SIGNS} | {"\n": "\\n"})
_PRIVATE = str.maketrans(dict.fromkeys([*_SIGNS.values(), _LINE], ""))


def hidden(text: str) -> str:
    """The text of a file with its escaped signs put aside."""
    return _ESCAPE.sub(lambda found: _HIDING[found[0]], text.translate(_PRIVATE))


def shown(text: str) -> str:
    """A part of it as people read it."""
    return text.translate(_SHOWING)


def written(text: str) -> str:
    """A text of ours as GIFT writes it, on one line."""
    return text.translate(_WRITING)
