"""What a bank holds, as immutable values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

LEVELS = (1, 2, 3)


class Use(StrEnum):
    """What a set is for; one item serves one use only."""

    LESSON = "lesson"
    PRACTICE = "practice"
    CONTEST = "contest"


class Kind(StrEnum):
    """How many options are right: exactly one, one and more, or one of the two words of `TRUTH_WORDS`."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


TRUTH_WORDS = ("Đúng", "Sai")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: a file relative to the bank's folder, and a line counted from 1."""

    file: str
    line: int


NOWHERE = Place("", 1)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an author has to mend: where, a fixed code, and what to do in Vietnamese.

    `item` is the id of the question it is about, `part` the field to mend: stem, options, option:<id>, rationale,
    source, topic or lesson; both are empty where the finding is about a whole set or file. `twin` names the question
    that it repeats, as "set-slug/item-id".
    """

    file: str
    line: int
    code: str
    message: str
    item: str = ""
    part: str = ""
    twin: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class Source:
    """A section of a document; both parts are empty while the author has named none.

    `quote` are the words leant on; outside `valid_from` to `valid_until` (both included) the section does not hold.
    """

    document: str = ""
    section: str = ""
    quote: str = ""
    valid_from: date | None = None
    valid_until: date | None = None

    def __bool__(self) -> bool:
        return bool(self.document and self.section)

    def __str__(self) -> str:
        return f"{self.document}#{self.section}"


@dataclass(frozen=True, slots=True)
class Topic:
    """An area of content; `section` is an anchor in the document of that slug."""

    code: str
    title: str
    section: str
    document: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Option:
    """One option; its id is permanent. A pinned one is shown last, whatever the shuffle."""

    id: str
    text: str
    is_key: bool = False
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One question; its id is permanent and never reused. `lesson` is "module-slug/lesson-slug".

    `note` is a word to the reviewer; no participant ever sees it.
    """

    id: str
    kind: Kind
    topic: str
    level: int
    stem: str
    options: tuple[Option, ...]
    rationale: str
    source: Source
    lesson: str | None = None
    points: int | None = None
    note: str = ""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def keys(self) -> tuple[Option, ...]:
        """The right options, in the order of the file."""
        return tuple(option for option in self.options if option.is_key)


@dataclass(frozen=True, slots=True)
class Cell:
    """So many items of one topic and level."""

    topic: str
    level: int
    count: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ItemSet:
    """An authored set; its blueprint is a proposal for whoever makes a round of it."""

    slug: str
    title: str
    use: Use
    items: tuple[Item, ...]
    summary: str = ""
    blueprint: tuple[Cell, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One page of study; `sections` are anchors in the module's document, `body` is Markdown."""

    slug: str
    title: str
    minutes: int
    sections: tuple[str, ...]
    body: str
    place: Place = field(default=NOWHERE, compare=False)
    body_place: Place = field(default=NOWHERE, compare=False)


class Audience(StrEnum):
    """For whom a module is meant in the first place, and what kind of place a unit is of; spelled as in files."""

    VILLAGE = "thon"
    SCHOOL = "truong-hoc"
    HEALTH = "y-te"
    BUSINESS = "doanh-nghiep"
    FORCES = "cong-an-quan-su"
    OFFICE = "co-quan"


@dataclass(frozen=True, slots=True)
class StudyModule:
    """A module of study, its lessons in the order to be read. Without `audiences` it is meant for everybody."""

    slug: str
    title: str
    position: int
    section: str
    summary: str
    topic: str
    is_restricted: bool
    lessons: tuple[Lesson, ...]
    document: str
    audiences: tuple[str, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def source(self) -> Source:
        """The section the module stands on."""
        return Source(self.document, self.section)


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """One heading of a document; depth 1 is a part, 2 a section of it, 3 and 4 deeper ones."""

    anchor: str
    heading: str
    depth: int
    abstract: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A source document: what is known of it, and its outline. An unknown number is empty, an unknown date None.

    It holds from `effective_on` to the day before `expired_on`; `replaces` and `amends` are slugs of documents.
    """

    slug: str
    number: str
    dated_on: date | None
    issuer: str
    title: str
    kind: str
    abstract: str
    sections: tuple[DocumentSection, ...]
    place: Place = field(default=NOWHERE, compare=False)
    effective_on: date | None = None
    expired_on: date | None = None
    replaces: tuple[str, ...] = ()
    amends: tuple[str, ...] = ()

    def section(self, anchor: str) -> DocumentSection | None:
        """The section of that anchor, if there is one."""
        return next((section for section in self.sections if section.anchor == anchor), None)


@dataclass(frozen=True, slots=True)
class Bank:
    """Everything one folder holds; in a private folder, topics, modules and documents may be those shipped."""

    topics: tuple[Topic, ...]
    sets: tuple[ItemSet, ...]
    modules: tuple[StudyModule, ...]
    documents: tuple[Document, ...]

    def items(self) -> Iterator[tuple[ItemSet, Item]]:
        """Every item with the set it stands in."""
        for item_set in self.sets:
            for item in item_set.items:
                yield item_set, item

    def item_set(self, slug: str) -> ItemSet | None:
        """The set of that slug, if there is one."""
        return next((item_set for item_set in self.sets if item_set.slug == slug), None)

    def document(self, slug: str) -> Document | None:
        """The document of that slug, if there is one."""
        return next((document for document in self.documents if document.slug == slug), None)
