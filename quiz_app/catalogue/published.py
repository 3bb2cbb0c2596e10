"""What is already published, in the words of the bank, so that something new is checked against it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from question_bank import model as bank_model
from question_bank.checks import check
from quiz_app.catalogue.models import Document, DocumentSection, Item, ItemSet, ItemVersion, Lesson, StudyModule, Topic

_PUBLISHED = bank_model.Place("published", 1)


def findings_of_set(session: Session, item_set: bank_model.ItemSet) -> list[bank_model.Finding]:
    """What has to be mended in a set before it may stand beside what is published."""
    return own_findings(check(replace(frame(session), sets=(item_set,)), beside=other_sets(session, item_set.slug)))


def frame(session: Session) -> bank_model.Bank:
    """The published topics, modules and documents that items lean on, in outline and without any set."""
    return bank_model.Bank(_topics(session), (), _modules(session), _documents(session))


def item_set(session: Session, row: ItemSet) -> bank_model.ItemSet:
    """A published set as it would stand in a file: the items in force with their texts as written."""
    versions = session.scalars(
        select(ItemVersion)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .where(Item.set_id == row.id, Item.retired_at.is_(None))
        .options(selectinload(ItemVersion.options))
        .order_by(Item.id)
    ).all()
    codes = {item.id: item for item in session.scalars(select(Item).where(Item.set_id == row.id))}
    lessons = {lesson_id: name for name, lesson_id in lesson_ids(session).items()}
    return bank_model.ItemSet(
        slug=row.slug,
        title=row.title,
        use=bank_model.Use(row.use),
        items=tuple(_item(codes[version.item_id], version, lessons) for version in versions),
        summary=row.summary,
        blueprint=tuple(bank_model.Cell(**cell) for cell in row.blueprint),
    )


def item(version: ItemVersion, code: str, lesson: str | None = None) -> bank_model.Item:
    """One version in the words of the bank."""
    return bank_model.Item(
        id=code,
        kind=bank_model.Kind(version.kind),
        topic=version.topic,
        level=version.level,
        stem=version.stem,
        options=tuple(
            bank_model.Option(option.code, option.text, option.is_key, option.is_pinned) for option in version.options
        ),
        rationale=version.rationale,
        source=bank_model.Source(
            document=version.source_document,
            section=version.source_section,
            quote=version.source_quote,
            valid_from=version.source_from,
            valid_until=version.source_until,
        ),
        lesson=lesson,
        points=version.points,
        note=version.note,
    )


def findings_on_shelf(
    session: Session, bank: bank_model.Bank, item_set: bank_model.ItemSet
) -> list[bank_model.Finding]:
    """The same before the topics, modules and documents of the bank are published, for a page that asks first."""
    own = bank_model.Bank(bank.topics, (item_set,), bank.modules, bank.documents)
    return check(own, beside=other_sets(session, item_set.slug))


def findings_of_module(session: Session, module: bank_model.StudyModule) -> list[bank_model.Finding]:
    """The same for a study module."""
    others = tuple(other for other in _modules(session) if other.slug != module.slug)
    return own_findings(check(bank_model.Bank(_topics(session), (), (*others, module), _documents(session))))


def findings_of_document(session: Session, document: bank_model.Document) -> list[bank_model.Finding]:
    """The same for a source document."""
    others = tuple(other for other in _documents(session) if other.slug != document.slug)
    return own_findings(check(bank_model.Bank((), (), (), (*others, document))))


def lesson_ids(session: Session) -> dict[str, int]:
    """The lessons in force by "module-slug/lesson-slug", as items name them."""
    rows = session.execute(
        select(StudyModule.slug, Lesson.slug, Lesson.id)
        .join(Lesson, Lesson.module_id == StudyModule.id)
        .where(Lesson.retired_at.is_(None), StudyModule.retired_at.is_(None))
    )
    return {f"{module}/{lesson}": lesson_id for module, lesson, lesson_id in rows}


def _item(row: Item, version: ItemVersion, lessons: dict[int, str]) -> bank_model.Item:
    return item(version, row.code, lessons.get(row.lesson_id) if row.lesson_id else None)


def own_findings(findings: list[bank_model.Finding]) -> list[bank_model.Finding]:
    """Of the findings of a check those that are not about what is published already."""
    return [finding for finding in findings if finding.file != _PUBLISHED.file]


def _topics(session: Session) -> tuple[bank_model.Topic, ...]:
    return tuple(
        bank_model.Topic(row.code, row.title, row.section, row.document, _PUBLISHED)
        for row in session.scalars(select(Topic))
    )


def _documents(session: Session) -> tuple[bank_model.Document, ...]:
    sections: dict[str, list[bank_model.DocumentSection]] = {}
    for slug, anchor, heading, depth in session.execute(
        select(Document.slug, DocumentSection.anchor, DocumentSection.heading, DocumentSection.depth)
        .join(DocumentSection, DocumentSection.document_id == Document.id)
        .where(DocumentSection.retired_at.is_(None))
    ):
        sections.setdefault(slug, []).append(bank_model.DocumentSection(anchor, heading, depth, "", _PUBLISHED))
    return tuple(
        bank_model.Document(slug, "", None, "", "", "", "", tuple(found), _PUBLISHED)
        for slug, found in sections.items()
    )


def _modules(session: Session) -> tuple[bank_model.StudyModule, ...]:
    lessons: dict[int, list[bank_model.Lesson]] = {}
    for row in session.scalars(select(Lesson).where(Lesson.retired_at.is_(None)).order_by(Lesson.position)):
        lesson = bank_model.Lesson(row.slug, row.title, row.minutes, tuple(row.sections), "", _PUBLISHED, _PUBLISHED)
        lessons.setdefault(row.module_id, []).append(lesson)
    return tuple(
        bank_model.StudyModule(
            slug=row.slug,
            title=row.title,
            position=row.position,
            section=row.section,
            summary=row.summary,
            topic=row.topic,
            is_restricted=row.is_restricted,
            lessons=tuple(lessons.get(row.id, [])),
            document=row.document,
            audiences=tuple(row.audiences),
            place=_PUBLISHED,
        )
        for row in session.scalars(select(StudyModule).where(StudyModule.retired_at.is_(None)))
    )


def other_sets(session: Session, besides: str) -> list[bank_model.ItemSet]:
    """The sets in force but one, with nothing of their items but ids and stems: enough to find repetitions."""
    items: dict[tuple[str, str, str], list[bank_model.Item]] = {}
    for slug, title, use, code, stem in session.execute(
        select(ItemSet.slug, ItemSet.title, ItemSet.use, Item.code, ItemVersion.stem)
        .join(Item, Item.set_id == ItemSet.id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(ItemSet.slug != besides, Item.retired_at.is_(None))
        .order_by(Item.id)
    ):
        stem_alone = bank_model.Item(
            id=code,
            kind=bank_model.Kind.SINGLE,
            topic="",
            level=1,
            stem=stem,
            options=(),
            rationale="",
            source=bank_model.Source(),
            place=_PUBLISHED,
        )
        items.setdefault((slug, title, use), []).append(stem_alone)
    return [
        bank_model.ItemSet(slug, title, bank_model.Use(use), tuple(found), place=_PUBLISHED)
        for (slug, title, use), found in items.items()
    ]
