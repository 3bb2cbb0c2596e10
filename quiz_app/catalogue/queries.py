"""Questions about what is published.

Two read paths for items, on purpose: what a participant is shown never touches a column that tells the key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from question_bank import model as bank_model
from question_bank.identity import set_hash
from quiz_app.catalogue import policy
from quiz_app.catalogue.cache import VersionCache
from quiz_app.catalogue.models import Document, DocumentFile, DocumentSection, Item, ItemSet, ItemVersion, Option, Topic
from quiz_app.catalogue.shelf import Shelf
from quiz_app.kernel.access import Actor
from quiz_app.kernel.errors import Missing, NotAllowed
from quiz_app.kernel.text import title_key
from quiz_app.kernel.work import Reading
from quiz_app.rules.drawing import Candidate
from quiz_app.units import queries as units

MULTIPLE = "multiple"


@dataclass(frozen=True, slots=True)
class PaperItem:
    """An item as a participant sees it. It has no field that tells the key."""

    item_version_id: int
    stem_html: str
    is_multiple: bool
    options: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class KeyedOption:
    id: int
    code: str
    text_html: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A section of a library document, with the words to name it."""

    document: str
    section: str
    document_title: str
    heading: str


@dataclass(frozen=True, slots=True)
class KeyedItem:
    """An item with its key and rationale, for those the policy lets see them."""

    item_version_id: int
    item_id: int
    number: int
    topic: str
    level: int
    is_multiple: bool
    stem_html: str
    options: tuple[KeyedOption, ...]
    rationale_html: str
    source: SourceLink

    @property
    def keys(self) -> frozenset[int]:
        return frozenset(option.id for option in self.options if option.is_key)


class State(Enum):
    """How a set of the bank's files and its published form stand to each other."""

    ABSENT = "absent"
    CURRENT = "current"
    CHANGED = "changed"
    WITHOUT_FILE = "without_file"


@dataclass(frozen=True, slots=True)
class SetState:
    """A set known from the files, from the database, or from both. `items` counts those in the file, else in force."""

    slug: str
    title: str
    use: str
    is_shipped: bool
    items: int
    state: State
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class SetCounts:
    """A set with the number of items that may be drawn from it, by topic and level."""

    item_set: ItemSet
    cells: Mapping[tuple[str, int], int]

    @property
    def total(self) -> int:
        return sum(self.cells.values())


def is_keeper(session: Session, actor: Actor) -> bool:
    """Whether the actor works on the whole house's bank; who holds no role is not asked about."""
    return bool(actor.grants) and policy.keeps_the_bank(actor, units.root_ids(session))


def require_keeper(r: Reading) -> None:
    """Raises NotAllowed unless the actor works on the whole house's bank."""
    if not is_keeper(r.session, r.actor):
        raise NotAllowed


def topics(session: Session) -> list[Topic]:
    return list(session.scalars(select(Topic).order_by(Topic.position, Topic.code)))


def published_sets(session: Session) -> list[ItemSet]:
    """The sets in force, by title."""
    return list(session.scalars(select(ItemSet).where(ItemSet.retired_at.is_(None)).order_by(ItemSet.title)))


def published_set(session: Session, slug: str) -> ItemSet | None:
    return session.scalars(select(ItemSet).where(ItemSet.slug == slug)).one_or_none()


def set_with_counts(session: Session, set_id: int) -> SetCounts:
    """Raises Missing."""
    item_set = session.get(ItemSet, set_id)
    if item_set is None:
        raise Missing
    rows = session.execute(
        select(ItemVersion.topic, ItemVersion.level, func.count())
        .join(Item, Item.current_version_id == ItemVersion.id)
        .where(Item.set_id == set_id, Item.retired_at.is_(None))
        .group_by(ItemVersion.topic, ItemVersion.level)
        .order_by(ItemVersion.topic, ItemVersion.level)
    )
    return SetCounts(item_set, {(topic, level): count for topic, level, count in rows})


def set_states(session: Session, shelf: Shelf) -> list[SetState]:
    """Every set of the files or of the database, by title."""
    published = {item_set.slug: item_set for item_set in published_sets(session)}
    states: list[SetState] = []
    for slug, on_shelf in shelf.sets.items():
        row = published.pop(slug, None)
        item_set = on_shelf.item_set
        states.append(
            SetState(
                slug=slug,
                title=item_set.title,
                use=item_set.use.value,
                is_shipped=on_shelf.is_shipped,
                items=len(item_set.items),
                state=_state(row, item_set),
                published_at=row.published_at if row else None,
            )
        )
    for row in published.values():
        total = set_with_counts(session, row.id).total
        states.append(
            SetState(row.slug, row.title, row.use, row.is_shipped, total, State.WITHOUT_FILE, row.published_at)
        )
    return sorted(states, key=lambda state: title_key(state.title))


def _state(row: ItemSet | None, item_set: bank_model.ItemSet) -> State:
    if row is None:
        return State.ABSENT
    is_current = (row.content_hash, row.title) == (set_hash(item_set), item_set.title)
    return State.CURRENT if is_current else State.CHANGED


def pool(session: Session, set_ids: Collection[int], *, is_multiple: bool | None = None) -> list[Candidate]:
    """What may be drawn from these sets now: the current versions of the items in force.

    `is_multiple` leaves only items with several right options, or only those with one.
    """
    query = (
        select(ItemVersion.id)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .where(Item.set_id.in_(set_ids), Item.retired_at.is_(None), ItemSet.retired_at.is_(None))
        .order_by(Item.id)
    )
    if is_multiple is not None:
        query = query.where((ItemVersion.kind == MULTIPLE) == is_multiple)
    return candidates(session, list(session.scalars(query)))


def current_versions(session: Session, item_ids: Collection[int]) -> dict[int, int]:
    """The versions in force of these items, by item; retired items are left out."""
    rows = session.execute(
        select(Item.id, Item.current_version_id).where(
            Item.id.in_(item_ids), Item.retired_at.is_(None), Item.current_version_id.is_not(None)
        )
    )
    return {item_id: version_id for item_id, version_id in rows if version_id is not None}


def candidates(session: Session, version_ids: Collection[int]) -> list[Candidate]:
    """These versions as a draw takes them, in the order asked for, retired or not."""
    found = _CANDIDATES.get(session, version_ids)
    return [found[id_] for id_ in version_ids]


def paper_items(session: Session, version_ids: Collection[int]) -> dict[int, PaperItem]:
    """What a participant sees of these versions; kept per process."""
    return _PAPER_ITEMS.get(session, version_ids)


def key_of(session: Session, version_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The ids of the right options of these versions, for scoring; kept per process."""
    return _KEYS.get(session, version_ids)


def keyed_items(session: Session, version_ids: Collection[int]) -> dict[int, KeyedItem]:
    """These versions with keys, rationale and source. The caller has asked the policy first; nothing is kept."""
    versions = session.scalars(
        select(ItemVersion).where(ItemVersion.id.in_(version_ids)).options(selectinload(ItemVersion.options))
    ).all()
    links = sources(session, [(version.source_document, version.source_section) for version in versions])
    return {
        version.id: KeyedItem(
            item_version_id=version.id,
            item_id=version.item_id,
            number=version.number,
            topic=version.topic,
            level=version.level,
            is_multiple=version.kind == MULTIPLE,
            stem_html=version.stem_html,
            options=tuple(KeyedOption(o.id, o.code, o.text_html, o.is_key) for o in version.options),
            rationale_html=version.rationale_html,
            source=links[version.source_document, version.source_section],
        )
        for version in versions
    }


def lesson_version_ids(session: Session, lesson_id: int) -> list[int]:
    """The current versions of a lesson's check questions: only items of lesson sets, never of a contest."""
    query = (
        select(Item.current_version_id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .where(
            Item.lesson_id == lesson_id,
            ItemSet.use == "lesson",
            Item.retired_at.is_(None),
            ItemSet.retired_at.is_(None),
        )
        .order_by(Item.id)
    )
    return [id_ for id_ in session.scalars(query) if id_ is not None]


def sources(session: Session, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], SourceLink]:
    """Document slug and anchor to the words that name them. A section unknown to the library is named by its anchor."""
    wanted = set(pairs)
    rows = session.execute(
        select(Document.slug, DocumentSection.anchor, Document.title, DocumentSection.heading)
        .join(DocumentSection, DocumentSection.document_id == Document.id)
        .where(Document.slug.in_({slug for slug, _ in wanted}))
    )
    known = {(slug, anchor): SourceLink(slug, anchor, title, heading) for slug, anchor, title, heading in rows}
    return {pair: known.get(pair) or SourceLink(pair[0], pair[1], pair[0], pair[1]) for pair in wanted}


def document(session: Session, slug: str) -> Document:
    """A document with its outline and files. Raises Missing."""
    found = session.scalars(
        select(Document)
        .where(Document.slug == slug)
        .options(selectinload(Document.sections), selectinload(Document.files))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def has_document(session: Session, slug: str) -> bool:
    return session.scalar(select(Document.id).where(Document.slug == slug)) is not None


def document_file(session: Session, stored_name: str) -> tuple[DocumentFile, Document]:
    """An attached original and what it belongs to. Raises Missing."""
    row = session.execute(
        select(DocumentFile, Document)
        .join(Document, Document.id == DocumentFile.document_id)
        .where(DocumentFile.stored_name == stored_name)
    ).one_or_none()
    if row is None:
        raise Missing
    return row[0], row[1]


def _load_candidates(session: Session, ids: Collection[int]) -> dict[int, Candidate]:
    versions = session.execute(
        select(ItemVersion.id, ItemVersion.topic, ItemVersion.level).where(ItemVersion.id.in_(ids))
    ).all()
    options: dict[int, list[tuple[int, bool]]] = {}
    for version_id, option_id, is_pinned in session.execute(
        select(Option.item_version_id, Option.id, Option.is_pinned)
        .where(Option.item_version_id.in_(ids))
        .order_by(Option.item_version_id, Option.position)
    ):
        options.setdefault(version_id, []).append((option_id, is_pinned))
    return {
        id_: Candidate(
            item_version_id=id_,
            topic=topic,
            level=level,
            option_ids=tuple(option_id for option_id, _ in options[id_]),
            pinned=tuple(option_id for option_id, is_pinned in options[id_] if is_pinned),
        )
        for id_, topic, level in versions
    }


def _load_paper_items(session: Session, ids: Collection[int]) -> dict[int, PaperItem]:
    texts: dict[int, dict[int, str]] = {}
    for version_id, option_id, text_html in session.execute(
        select(Option.item_version_id, Option.id, Option.text_html)
        .where(Option.item_version_id.in_(ids))
        .order_by(Option.item_version_id, Option.position)
    ):
        texts.setdefault(version_id, {})[option_id] = text_html
    versions = session.execute(
        select(ItemVersion.id, ItemVersion.stem_html, ItemVersion.kind).where(ItemVersion.id.in_(ids))
    )
    return {
        id_: PaperItem(id_, stem_html, kind == MULTIPLE, MappingProxyType(texts[id_]))
        for id_, stem_html, kind in versions
    }


def _load_keys(session: Session, ids: Collection[int]) -> dict[int, frozenset[int]]:
    keys: dict[int, set[int]] = {}
    for version_id, option_id in session.execute(
        select(Option.item_version_id, Option.id).where(Option.item_version_id.in_(ids), Option.is_key)
    ):
        keys.setdefault(version_id, set()).add(option_id)
    return {version_id: frozenset(option_ids) for version_id, option_ids in keys.items()}


_CANDIDATES = VersionCache(_load_candidates)
_PAPER_ITEMS = VersionCache(_load_paper_items)
_KEYS = VersionCache(_load_keys)
