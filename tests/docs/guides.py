"""The guides as files: their blocks of commands, links and images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "huong-dan"
GUIDES = sorted(FOLDER.glob("*.md"))
TESTED = "kiem-thu"
_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?P<image>!?)\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    info: tuple[str, ...]
    text: str

    @property
    def is_tested(self) -> bool:
        return TESTED in self.info


def text_of(guide: Path) -> str:
    return guide.read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """The fenced blocks, in order."""
    return [Block(tuple(found["info"].split()), found["text"]) for found in _FENCE.finditer(text)]


def links(text: str) -> list[str]:
    return [found["target"] for found in _LINK.finditer(_FENCE.sub("", text)) if not found["image"]]


def images(text: str) -> list[str]:
    return [found["target"] for found in _LINK.finditer(_FENCE.sub("", text)) if found["image"]]
