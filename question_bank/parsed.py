"""What comes out of a file, whatever its format: questions, blocks skipped by name, and blocks in error.

A block is one question as the file's author meant it. Every block ends in exactly one of the three lists; a file that
cannot be read at all is one block in error.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from question_bank.model import Item, ItemSet
from question_bank.writing import item_from_plain, item_to_plain, set_from_plain, set_to_plain

ALL_FIELDS = frozenset({"kind", "topic", "level", "rationale", "source", "lesson", "points", "note", "pinned"})


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """Where a block or a part of it stands, as the person sees it in the program he wrote it with.

    `question` counts the blocks of the file from 1; `name` is the title or the file within a package. What the format
    does not know is 0 or empty.
    """

    file: str
    question: int = 0
    sheet: str = ""
    row: int = 0
    column: str = ""
    line: int = 0
    name: str = ""

    def __str__(self) -> str:
        parts = [f"tệp {self.file}" if self.file else ""]
        parts.append(f"trang “{self.sheet}”" if self.sheet else "")
        parts.append(f"dòng {self.row or self.line}" if self.row or self.line else "")
        parts.append(f"cột {self.column}" if self.column else "")
        parts.append(f"câu thứ {self.question}" if self.question and not self.row else "")
        parts.append(f"“{self.name}”" if self.name else "")
        return ", ".join(part for part in parts if part)


NOWHERE = BlockPlace("")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where, the value found there, and what to do."""

    place: BlockPlace
    message: str
    value: str = ""

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= 80 else self.value[:79] + "…"
        return f"{self.place}: {self.message}" + (f" (đang ghi: “{shown}”)" if shown else "")


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """A question that was understood.

    Its id and the ids of its options are empty where the file carries none. `fields` are the optional fields the file
    speaks of (of `ALL_FIELDS`); about the others it says nothing, so what is known of them stays. `warnings` tell what
    was left out of it on the way.
    """

    item: Item
    place: BlockPlace
    fields: frozenset[str] = ALL_FIELDS
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A block of a type that the bank does not have: the type as the format calls it, and the block's name."""

    place: BlockPlace
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A block that could not be understood, with everything that is wrong in it."""

    place: BlockPlace
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """Everything a file holds: always `blocks == len(items) + len(skipped) + len(errors)`.

    `images` are the pictures of the questions under the address that their texts name. `head` is the set itself,
    without its items, where the format holds it.
    """

    items: tuple[ParsedItem, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    errors: tuple[Failed, ...] = ()
    blocks: int = 0
    images: Mapping[str, bytes] = field(default_factory=dict)
    head: ItemSet | None = None

    def __post_init__(self) -> None:
        if self.blocks != len(self.items) + len(self.skipped) + len(self.errors):
            raise ValueError(
                f"{self.blocks} blocks, but {len(self.items)} items, {len(self.skipped)} skipped, "
                f"{len(self.errors)} errors"
            )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything to mend, in the order of the file."""
        return tuple(problem for failed in self.errors for problem in failed.problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was left out of questions that were taken."""
        return tuple(warning for parsed in self.items for warning in parsed.warnings)

    def to_json(self) -> str:
        """The whole as text; `from_json` gives an equal value back."""
        return json.dumps(
            {
                "items": [_item_plain(parsed) for parsed in self.items],
                "skipped": [asdict(skipped) for skipped in self.skipped],
                "errors": [asdict(failed) for failed in self.errors],
                "blocks": self.blocks,
                "images": {name: base64.b64encode(content).decode("ascii") for name, content in self.images.items()},
                "head": set_to_plain(self.head) if self.head else None,
            },
            ensure_ascii=True,  # a lone surrogate must not break the pipe
        )

    @classmethod
    def from_json(cls, text: str) -> Parsed:
        """What `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        plain = json.loads(text)
        return cls(
            items=tuple(_item_of(one) for one in plain["items"]),
            skipped=tuple(Skipped(BlockPlace(**one["place"]), one["type"], one["message"]) for one in plain["skipped"]),
            errors=tuple(
                Failed(BlockPlace(**one["place"]), tuple(_problem(problem) for problem in one["problems"]))
                for one in plain["errors"]
            ),
            blocks=plain["blocks"],
            images={name: base64.b64decode(content) for name, content in plain["images"].items()},
            head=set_from_plain(plain["head"]) if plain["head"] else None,
        )


class Unreadable(Exception):
    """The file as a whole is not taken; the message says why and what to do."""


@dataclass(slots=True)
class Collected:
    """The blocks of one file while it is read; each call of `item`, `skip` and `fail` ends one block."""

    file: str
    items: list[ParsedItem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    errors: list[Failed] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)

    @property
    def blocks(self) -> int:
        """How many blocks have ended so far."""
        return len(self.items) + len(self.skipped) + len(self.errors)

    def place(self, **where: Any) -> BlockPlace:
        """The place of the block that is being read."""
        return BlockPlace(self.file, question=self.blocks + 1, **where)

    def item(self, parsed: ParsedItem) -> None:
        """End a block: it was understood."""
        self.items.append(parsed)

    def skip(self, place: BlockPlace, type_name: str, label: str) -> None:
        """End a block: it is of a type that the bank does not have."""
        message = f"Loại câu “{label}” chưa dùng được trên hệ thống nên được bỏ qua; xin soạn lại thành câu lựa chọn."
        self.skipped.append(Skipped(place, type_name, message))

    def fail(self, place: BlockPlace, *problems: Problem) -> None:
        """End a block: it cannot be taken."""
        self.errors.append(Failed(place, problems))

    def parsed(self, head: ItemSet | None = None) -> Parsed:
        """The result."""
        return Parsed(tuple(self.items), tuple(self.skipped), tuple(self.errors), self.blocks, dict(self.images), head)


def unreadable(file: str, message: str, **where: Any) -> Parsed:
    """The result for a file that is not taken as a whole."""
    place = BlockPlace(file, **where)
    return Parsed(errors=(Failed(place, (Problem(place, message),)),), blocks=1)


def _item_plain(parsed: ParsedItem) -> dict[str, Any]:
    return {
        "item": item_to_plain(parsed.item),
        "place": asdict(parsed.place),
        "fields": sorted(parsed.fields),
        "warnings": [asdict(warning) for warning in parsed.warnings],
    }


def _item_of(plain: Mapping[str, Any]) -> ParsedItem:
    return ParsedItem(
        item_from_plain(plain["item"]),
        BlockPlace(**plain["place"]),
        frozenset(plain["fields"]),
        tuple(_problem(warning) for warning in plain["warnings"]),
    )


def _problem(plain: Mapping[str, Any]) -> Problem:
    return Problem(BlockPlace(**plain["place"]), plain["message"], plain["value"])
