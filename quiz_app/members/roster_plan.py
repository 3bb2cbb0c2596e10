"""What a roster would do, row by row, kept in a folder: written once, in the order of the file, read page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from quiz_app.kernel.text import search_key
from quiz_app.members.roster_entry import Problem

T = TypeVar("T")
DATES = frozenset({"born_on", "joined_on", "official_on"})
MANY = 5  # so many may leave without being asked about twice, and one in ten
ONE_IN = 10


class Kind(StrEnum):
    """What becomes of a row; LEFT are people of the unit who are in no row of a full roster."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    LEFT = "left"
    DOUBTFUL = "doubtful"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only a person can decide. `options` are answers with their words."""

    key: str
    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One row and what becomes of it. `values` are the fields to be written, `before` what stands there now."""

    kind: Kind
    sheet: str
    row: int
    full_name: str
    unit_id: int | None = None
    member_id: int | None = None
    born: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the first row that raises it and how many rows wait for its answer."""

    question: Question
    sheet: str
    row: int
    rows: int


@dataclass(slots=True)
class Summary:
    """A plan in numbers. `gone` are people whom the file itself says to have moved away or left.

    `fingerprint` is of the roster the plan was made against: it holds only for that one.
    """

    counts: dict[str, int] = field(default_factory=dict)
    problem_count: int = 0
    gone: int = 0
    roster_size: int = 0
    not_in_file: int = 0
    is_complete: bool = False
    is_repeat: bool = False
    fingerprint: str = ""
    dropped: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    headers: dict[str, int] = field(default_factory=dict)
    unit_names: dict[str, str] = field(default_factory=dict)

    def count(self, kind: Kind) -> int:
        return self.counts.get(kind.value, 0)

    @property
    def rows(self) -> int:
        """How many people the file has."""
        return sum(self.counts.values()) - self.count(Kind.LEFT)

    @property
    def writes(self) -> int:
        """How many people applying it would write, without those who left."""
        return self.count(Kind.NEW) + self.count(Kind.CHANGED) + self.count(Kind.MOVED)

    @property
    def is_ready(self) -> bool:
        """Whether nothing is wrong or doubtful, so that it can be applied."""
        return not (self.count(Kind.ERROR) or self.problem_count or self.count(Kind.DOUBTFUL))

    def removed(self, *, with_left: bool) -> int:
        """How many people would be off the roster afterwards."""
        return self.gone + (self.count(Kind.LEFT) if with_left else 0)

    def is_large_removal(self, *, with_left: bool) -> bool:
        """Whether so many would be off the roster that it may be a mistake: it is then asked for in so many words."""
        removed = self.removed(with_left=with_left)
        return removed > MANY and removed * ONE_IN > self.roster_size


_FIELDS = tuple(one.name for one in fields(Record))


class PlanFolder:
    """A plan on disk: `summary.json`, `questions.json`, and `records`, a line per row that begins with its kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._records = folder / "records"

    def write(self, records: Iterable[Record], summary: Summary) -> None:
        """Keep all records, counting them on the way."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        counts: Counter[str] = Counter()
        asked: dict[str, Asked] = {}
        with self._records.open("w", encoding="ascii") as out:
            for record in records:
                counts[record.kind.value] += 1
                summary.problem_count += len(record.problems)
                if record.question is not None:
                    _count(asked, record.question, record)
                out.write(f"{record.kind.value}\t{search_key(record.full_name)!a}\t{_to_json(record)}\n")
        summary.counts = dict(counts)
        questions = [asdict(question) for question in asked.values()]
        (self.folder / "questions.json").write_text(json.dumps(questions), encoding="ascii")

    def write_summary(self, summary: Summary) -> None:
        (self.folder / "summary.json").write_text(json.dumps(asdict(summary)), encoding="ascii")

    @property
    def exists(self) -> bool:
        return (self.folder / "summary.json").is_file()

    def summary(self) -> Summary:
        return Summary(**json.loads((self.folder / "summary.json").read_text(encoding="ascii")))

    def questions(self) -> list[Asked]:
        """Every open question once, in the order of the file."""
        stored = json.loads((self.folder / "questions.json").read_text(encoding="ascii"))
        return [Asked(_question(one["question"]), one["sheet"], one["row"], one["rows"]) for one in stored]

    def records(self, *kinds: Kind) -> Iterator[Record]:
        """The records of these kinds (all, without any) in the order of the file."""
        for line in self._lines(kinds, ""):
            yield _from_json(line.split("\t", 2)[2])

    def page(self, kind: Kind, search: str, start: int, size: int) -> tuple[list[Record], int]:
        """Some of the records of a kind whose name has these letters, and how many there are."""
        found = self._lines((kind,), search)
        skipped = sum(1 for _ in islice(found, start))
        shown = [_from_json(line.split("\t", 2)[2]) for line in islice(found, size)]
        return shown, skipped + len(shown) + sum(1 for _ in found)

    def forget(self) -> None:
        """Delete the people, keep the numbers."""
        self._records.unlink(missing_ok=True)
        (self.folder / "questions.json").unlink(missing_ok=True)

    def _lines(self, kinds: tuple[Kind, ...], search: str) -> Iterator[str]:
        starts = tuple(f"{kind.value}\t" for kind in kinds)
        wanted = search_key(search)
        with self._records.open(encoding="ascii") as lines:
            for line in lines:
                if (not starts or line.startswith(starts)) and (not wanted or wanted in line.split("\t", 2)[1]):
                    yield line


def parts(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """The rows in parts of so many, the last one smaller."""
    waiting = iter(rows)
    while part := list(islice(waiting, size)):
        yield part


def _count(asked: dict[str, Asked], question: Question, record: Record) -> None:
    known = asked.get(question.key)
    asked[question.key] = (
        Asked(question, record.sheet, record.row, 1)
        if known is None
        else Asked(known.question, known.sheet, known.row, known.rows + 1)
    )


def _to_json(record: Record) -> str:
    plain = {name: value for name in _FIELDS if (value := getattr(record, name))}
    return json.dumps(plain, default=_plain)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else asdict(value)


def _from_json(text: str) -> Record:
    plain = json.loads(text)
    for name in ("values", "before"):
        plain[name] = {
            key: date.fromisoformat(value) if key in DATES and value else value
            for key, value in plain.get(name, {}).items()
        }
    plain["kind"] = Kind(plain["kind"])
    plain["problems"] = tuple(Problem(**problem) for problem in plain.get("problems", ()))
    plain["question"] = _question(plain["question"]) if "question" in plain else None
    return Record(**{"sheet": "", "row": 0, "full_name": "", **plain})


def _question(plain: Mapping[str, Any]) -> Question:
    return Question(plain["key"], plain["text"], tuple((value, words) for value, words in plain["options"]))
