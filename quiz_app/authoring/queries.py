"""Questions about drafts, and about what is published under them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from question_bank import model as bank
from question_bank.document_writing import document_from_plain
from question_bank.study_writing import module_from_plain
from quiz_app.authoring import content
from quiz_app.authoring.errors import DraftMissing
from quiz_app.authoring.models import (
    OPEN,
    Draft,
    DraftComment,
    DraftFile,
    DraftHand,
    DraftPresence,
    DraftReview,
    Kind,
    Part,
    SetDraft,
    State,
)
from quiz_app.catalogue import published
from quiz_app.catalogue.models import (
    Document,
    DocumentEdition,
    Item,
    ItemSet,
    ItemVersion,
    ModuleEdition,
    Option,
    StudyModule,
)
from quiz_app.contests.models import Contest, PoolItem, Round
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member

PRESENT_FOR = timedelta(seconds=45)
IS_OPEN = Draft.state.in_([state.value for state in OPEN])


@dataclass(frozen=True, slots=True)
class Standing:
    """An item of a workspace: what is published of it, and the draft that is open on it."""

    published: bank.Item | None
    draft: Draft | None

    @property
    def item(self) -> bank.Item:
        """As it would be if every draft were published."""
        if self.draft is not None:
            return content.item_of(self.draft)
        if self.published is None:
            raise ValueError("an item without a version needs a draft")
        return self.published


@dataclass(frozen=True, slots=True)
class Use:
    """A round whose pool holds a version of an item."""

    round_id: int
    title: str
    contest: str
    number: int
    opens_at: datetime
    is_published: bool


def set_draft(r: Reading, slug: str) -> SetDraft:
    """Raises Missing."""
    found = r.session.scalars(select(SetDraft).where(SetDraft.slug == slug)).one_or_none()
    if found is None:
        raise Missing
    return found


def published_of(session: Session, slug: str) -> ItemSet | None:
    """The published form of a set."""
    return session.scalars(select(ItemSet).where(ItemSet.slug == slug)).one_or_none()


def draft(r: Reading, draft_id: int, *, is_held: bool = False) -> Draft:
    """A draft, open or ended. Raises DraftMissing."""
    query = select(Draft).where(Draft.id == draft_id, Draft.state != State.DISCARDED.value)
    found = r.session.scalars(query.with_for_update() if is_held else query).one_or_none()
    if found is None:
        raise DraftMissing
    return found


def open_draft(session: Session, kind: Kind, set_id: int | None, code: str) -> Draft | None:
    """The open draft of an item, a module or a document; there is one at most."""
    query = select(Draft).where(Draft.kind == kind.value, Draft.set_id == set_id, Draft.code == code, IS_OPEN)
    return session.scalars(query).one_or_none()


def open_drafts(session: Session, kind: Kind) -> list[Draft]:
    """The open drafts of a kind, in the order they were begun."""
    return list(session.scalars(select(Draft).where(Draft.kind == kind.value, IS_OPEN).order_by(Draft.id)))


def part_in(session: Session, draft_id: int, member_id: int | None) -> Part | None:
    """Which part somebody has in a draft."""
    found = session.scalar(
        select(DraftHand.part).where(DraftHand.draft_id == draft_id, DraftHand.member_id == member_id)
    )
    return None if found is None else Part(found)


def workspace(session: Session, set_: SetDraft) -> dict[str, Standing]:
    """The items of a set by id: those in force in their order, then those that are only drafts."""
    row = published_of(session, set_.slug)
    known = published.item_set(session, row).items if row is not None else ()
    drafts = {
        one.code: one
        for one in session.scalars(select(Draft).where(Draft.set_id == set_.id, IS_OPEN).order_by(Draft.id))
    }
    found = {item.id: Standing(item, drafts.pop(item.id, None)) for item in known}
    return found | {code: Standing(None, one) for code, one in drafts.items()}


def as_written(session: Session, set_: SetDraft, *, only: Collection[State] = OPEN) -> bank.ItemSet:
    """The set as it would be if its drafts in these states were published, and nothing else were."""
    row = published_of(session, set_.slug)
    base = published.item_set(session, row) if row is not None else None
    items: list[bank.Item] = []
    for standing in workspace(session, set_).values():
        drafted = standing.draft if standing.draft is not None and State(standing.draft.state) in only else None
        if drafted is not None and drafted.intent == "retire":
            continue
        if drafted is not None:
            items.append(content.item_of(drafted))
        elif standing.published is not None:
            items.append(standing.published)
    blueprint = base.blueprint if base is not None else ()
    return bank.ItemSet(set_.slug, set_.title, bank.Use(set_.use), tuple(items), set_.summary, blueprint)


def spent_codes(session: Session, set_: SetDraft) -> set[str]:
    """Every id that was ever given in a set, published or only drafted."""
    row = published_of(session, set_.slug)
    drafted = session.scalars(select(Draft.code).where(Draft.set_id == set_.id))
    if row is None:
        return set(drafted)
    return {*drafted, *session.scalars(select(Item.code).where(Item.set_id == row.id))}


def spent_option_ids(session: Session, set_slug: str, code: str) -> set[str]:
    """Every option id that any published version of an item ever bore."""
    return set(
        session.scalars(
            select(Option.code)
            .join(ItemVersion, ItemVersion.id == Option.item_version_id)
            .join(Item, Item.id == ItemVersion.item_id)
            .join(ItemSet, ItemSet.id == Item.set_id)
            .where(ItemSet.slug == set_slug, Item.code == code)
        )
    )


def spent_option_ids_of_set(session: Session, set_slug: str) -> dict[str, set[str]]:
    """The same for every item of a set at once."""
    found: dict[str, set[str]] = {}
    query = (
        select(Item.code, Option.code)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Option, Option.item_version_id == ItemVersion.id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .where(ItemSet.slug == set_slug)
        .distinct()
    )
    for code, option in session.execute(query):
        found.setdefault(code, set()).add(option)
    return found


def numbers_in_force(session: Session, set_slug: str) -> dict[str, int]:
    """The number of the version in force of every item of a set, retired ones left out."""
    query = (
        select(Item.code, ItemVersion.number)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .where(ItemSet.slug == set_slug, Item.retired_at.is_(None))
    )
    return {code: number for code, number in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def versions(session: Session, set_slug: str, code: str) -> list[ItemVersion]:
    """The published versions of an item, the latest first."""
    query = (
        select(ItemVersion)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .where(ItemSet.slug == set_slug, Item.code == code)
        .order_by(ItemVersion.number.desc())
    )
    return list(session.scalars(query))


def uses(session: Session, set_slug: str, code: str) -> list[Use]:
    """The rounds, drafts left out, that hold any version of an item in their pool; the latest first."""
    query = (
        select(Round.id, Round.title, Contest.title, ItemVersion.number, Round.opens_at, Round.published_at)
        .join(PoolItem, PoolItem.round_id == Round.id)
        .join(ItemVersion, ItemVersion.id == PoolItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(ItemSet.slug == set_slug, Item.code == code, Contest.is_rehearsal.is_(False))
        .order_by(Round.opens_at.desc(), Round.id.desc())
    )
    return [
        Use(id_, title, contest, number, opens_at, published_at is not None)
        for id_, title, contest, number, opens_at, published_at in session.execute(query)
    ]


def comments(session: Session, draft_id: int) -> list[tuple[DraftComment, str]]:
    """What was said of a draft, with who said it; the oldest first."""
    query = (
        select(DraftComment, Member.full_name)
        .join(Member, Member.id == DraftComment.member_id)
        .where(DraftComment.draft_id == draft_id)
        .order_by(DraftComment.id)
    )
    return [(comment, name) for comment, name in session.execute(query)]


def reviews(session: Session, draft_id: int) -> list[tuple[DraftReview, str]]:
    """The verdicts on a draft, with who gave them; the latest first."""
    query = (
        select(DraftReview, Member.full_name)
        .join(Member, Member.id == DraftReview.member_id)
        .where(DraftReview.draft_id == draft_id)
        .order_by(DraftReview.id.desc())
    )
    return [(review, name) for review, name in session.execute(query)]


def hands(session: Session, draft_id: int) -> list[tuple[str, Part]]:
    """Who had which part in a draft, in the order they came to it."""
    query = (
        select(Member.full_name, DraftHand.part)
        .join(Member, Member.id == DraftHand.member_id)
        .where(DraftHand.draft_id == draft_id)
        .order_by(DraftHand.since, Member.id)
    )
    return [(name, Part(part)) for name, part in session.execute(query)]


def others_present(r: Reading, draft_id: int) -> list[str]:
    """Who else has the draft open for writing now."""
    query = (
        select(Member.full_name)
        .join(DraftPresence, DraftPresence.member_id == Member.id)
        .where(DraftPresence.draft_id == draft_id, DraftPresence.seen_at > r.now - PRESENT_FOR)
        .where(or_(DraftPresence.member_id != r.actor.member_id, literal(r.actor.member_id is None)))
        .order_by(Member.sort_key)
    )
    return list(r.session.scalars(query))


def editions(session: Session, slug: str) -> list[ModuleEdition]:
    """The publications of a module, the latest first."""
    query = (
        select(ModuleEdition)
        .join(StudyModule, StudyModule.id == ModuleEdition.module_id)
        .where(StudyModule.slug == slug)
        .order_by(ModuleEdition.number.desc())
    )
    return list(session.scalars(query))


def published_module(session: Session, slug: str) -> tuple[bank.StudyModule, int] | None:
    """A module as last published, with the number of that edition."""
    latest = next(iter(editions(session, slug)), None)
    return None if latest is None else (module_from_plain(latest.content), latest.number)


def published_document(session: Session, slug: str) -> tuple[bank.Document, int] | None:
    """A document as last published, with the number of that edition."""
    latest = session.scalars(
        select(DocumentEdition)
        .join(Document, Document.id == DocumentEdition.document_id)
        .where(Document.slug == slug)
        .order_by(DocumentEdition.number.desc())
    ).first()
    return None if latest is None else (document_from_plain(latest.content), latest.number)


def draft_files(session: Session, draft_id: int) -> list[DraftFile]:
    """The originals that come with a draft, in the order they were sent."""
    return list(session.scalars(select(DraftFile).where(DraftFile.draft_id == draft_id).order_by(DraftFile.id)))
