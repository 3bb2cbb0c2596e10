"""Publishing: from checked files to immutable versions. Doing it twice is the same as doing it once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from question_bank import model as bank_model
from question_bank.identity import content_hash, lesson_hash, set_hash
from question_bank.markup import render, render_phrase
from question_bank.study_writing import module_to_plain
from quiz_app.catalogue import documents, published, searchable, shelf
from quiz_app.catalogue.errors import OriginFixed, UseFixed
from quiz_app.catalogue.models import (
    Change,
    Item,
    ItemSet,
    ItemVersion,
    Lesson,
    ModuleEdition,
    Option,
    StudyModule,
    Topic,
)
from quiz_app.catalogue.outcome import Outcome, refuse_findings
from quiz_app.catalogue.policy import Action
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Work


def publish_bank(
    w: Work, bank: bank_model.Bank, is_shipped: bool = True, *, replaces_written: bool = False
) -> list[Outcome]:
    """Publish everything a bank holds. A module that was changed on the pages since stays as it is, unless
    `replaces_written`: then the file's text is its next edition.

    Raises HasFindings, OriginFixed, UseFixed; then nothing is published.
    """
    publish_topics(w, bank.topics)
    outcomes = documents.publish_documents(w, bank.documents, replaces_written=replaces_written)
    outcomes += [_module_of_files(w, module, replaces_written=replaces_written) for module in bank.modules]
    return outcomes + [publish_set(w, item_set, is_shipped=is_shipped) for item_set in bank.sets]


def publish_from_shelf(w: Work, on_shelf: shelf.Shelf, slug: str, *, replaces_written: bool = False) -> list[Outcome]:
    """Publish one set, with the topics, documents and modules it leans on; `replaces_written` as in `publish_bank`.

    Raises SetUnknown, HasFindings, OriginFixed, UseFixed.
    """
    found = on_shelf.find(slug)
    bank = on_shelf.bank
    leaned_on = bank_model.Bank(bank.topics, (), bank.modules, bank.documents)
    outcomes = publish_bank(w, leaned_on, replaces_written=replaces_written)
    return [*outcomes, publish_set(w, found.item_set, is_shipped=found.is_shipped)]


def publish_topics(w: Work, topics: Sequence[bank_model.Topic]) -> None:
    """Make topics known, in this order."""
    known = {topic.code: topic for topic in w.session.scalars(select(Topic))}
    for position, topic in enumerate(topics, start=1):
        row = known.get(topic.code)
        if row is None:
            row = Topic(code=topic.code)
            w.session.add(row)
        row.title, row.document, row.section, row.position = topic.title, topic.document, topic.section, position
    w.session.flush()


def _module_of_files(w: Work, module: bank_model.StudyModule, *, replaces_written: bool) -> Outcome:
    latest = w.session.scalars(
        select(ModuleEdition)
        .join(StudyModule, StudyModule.id == ModuleEdition.module_id)
        .where(StudyModule.slug == module.slug)
        .order_by(ModuleEdition.number.desc())
        .limit(1)
    ).one_or_none()
    is_written = latest is not None and not latest.is_from_files and latest.content_hash != _module_hash(module)
    if latest is not None and is_written and not replaces_written:
        title = latest.content["title"]
        return Outcome("module", module.slug, title, unchanged=len(module.lessons), kept_edition=latest.number)
    return publish_module(w, module)


def publish_module(w: Work, module: bank_model.StudyModule, *, is_from_files: bool = True) -> Outcome:
    """Publish a module and its lessons as its next edition; lessons that left it are retired, and those that stay keep
    what is known of their readers. Raises HasFindings."""
    row = w.session.scalars(select(StudyModule).where(StudyModule.slug == module.slug).with_for_update()).one_or_none()
    digest = _module_hash(module)
    if row is not None and row.content_hash == digest and row.retired_at is None:
        if _latest_edition(w, row) == 0:  # published before editions were kept
            _keep_edition(w, row, module, is_from_files=is_from_files)
        return Outcome("module", module.slug, module.title, unchanged=len(module.lessons))
    refuse_findings(module.title, published.findings_of_module(w.session, module))
    if row is None:
        row = StudyModule(slug=module.slug)
        w.session.add(row)
    row.position, row.title, row.summary, row.topic = module.position, module.title, module.summary, module.topic
    row.document, row.section, row.is_restricted = module.document, module.section, module.is_restricted
    row.audiences = list(module.audiences)
    row.content_hash, row.published_at, row.retired_at = digest, w.now, None
    known = {lesson.slug: lesson for lesson in row.lessons}
    added = changed = 0
    for position, lesson in enumerate(module.lessons, start=1):
        kept = known.get(lesson.slug)
        if kept is None:
            kept = Lesson(slug=lesson.slug)
            row.lessons.append(kept)
            added += 1
        body_html = render(lesson.body)
        before = (kept.title, kept.minutes, kept.body_html, kept.sections, kept.retired_at)
        after = (lesson.title, lesson.minutes, body_html, list(lesson.sections), None)
        changed += lesson.slug in known and before != after
        kept.position, kept.title, kept.minutes = position, lesson.title, lesson.minutes
        kept.body_html, kept.sections, kept.retired_at = body_html, list(lesson.sections), None
    slugs = {lesson.slug for lesson in module.lessons}
    gone = [lesson for lesson in known.values() if lesson.slug not in slugs and lesson.retired_at is None]
    for lesson_row in gone:
        lesson_row.retired_at = w.now
    w.session.flush()
    _keep_edition(w, row, module, is_from_files=is_from_files)
    searchable.put_module(w.session, row)
    w.record(Action.MODULE_PUBLISHED, f"module:{row.id}", slug=row.slug, content_hash=digest)
    unchanged = len(module.lessons) - added - changed
    return Outcome("module", row.slug, row.title, added, changed, unchanged, len(gone))


def _latest_edition(w: Work, row: StudyModule) -> int:
    return w.session.scalar(select(func.max(ModuleEdition.number)).where(ModuleEdition.module_id == row.id)) or 0


def _keep_edition(w: Work, row: StudyModule, module: bank_model.StudyModule, *, is_from_files: bool) -> None:
    """Keep what is published now as it is: the rows that readers see change with the next publication."""
    w.session.add(
        ModuleEdition(
            module_id=row.id,
            number=_latest_edition(w, row) + 1,
            content=module_to_plain(module),
            content_hash=row.content_hash,
            published_at=w.now,
            published_by=w.actor.member_id,
            is_from_files=is_from_files,
        )
    )
    w.session.flush()


def publish_set(
    w: Work,
    item_set: bank_model.ItemSet,
    *,
    is_shipped: bool,
    changes: Mapping[str, Change] = MappingProxyType({}),
    waived: Collection[bank_model.Finding] = (),
) -> Outcome:
    """Publish a set: new items, new versions of changed ones, retirement of those that left; the rest is untouched.

    Versions already published never change, so papers drawn from them stay as they were. `changes` says by item what a
    new version is to the one before; `waived` are findings that somebody answers for. Raises HasFindings, OriginFixed,
    UseFixed.
    """
    row = _locked(w.session, item_set.slug)
    digest = set_hash(item_set)
    if row is not None and row.is_shipped != is_shipped:
        raise OriginFixed(slug=item_set.slug)
    if row is not None and row.use != item_set.use.value:
        raise UseFixed(slug=item_set.slug)
    told = (item_set.title, item_set.summary, [_cell(cell) for cell in item_set.blueprint])
    is_current = row is not None and (row.content_hash, row.retired_at) == (digest, None)
    if is_current and row is not None and (row.title, row.summary, row.blueprint) == told:
        return Outcome("set", item_set.slug, item_set.title, unchanged=len(item_set.items))
    findings = [one for one in published.findings_of_set(w.session, item_set) if one not in waived]
    refuse_findings(item_set.title, findings)
    if row is None:
        row = _founded(w, item_set, is_shipped)
    row.title, row.summary, row.blueprint = told
    row.content_hash, row.published_at, row.retired_at = digest, w.now, None
    outcome = _publish_items(w, row, item_set, changes)
    searchable.put_set(w.session, row)
    w.record(
        Action.SET_PUBLISHED,
        f"set:{row.id}",
        slug=row.slug,
        is_shipped=is_shipped,
        content_hash=digest,
        added=outcome.added,
        changed=outcome.changed,
        retired=outcome.retired,
    )
    return outcome


def record_key_view(w: Work, item_set: bank_model.ItemSet) -> None:
    """Put on record that the actor was shown the keys of a set."""
    w.record(Action.KEYS_VIEWED, f"set:{item_set.slug}", slug=item_set.slug, items=len(item_set.items))


def _locked(session: Session, slug: str) -> ItemSet | None:
    return session.scalars(select(ItemSet).where(ItemSet.slug == slug).with_for_update()).one_or_none()


def _founded(w: Work, item_set: bank_model.ItemSet, is_shipped: bool) -> ItemSet:
    row = ItemSet(
        slug=item_set.slug,
        title=item_set.title,
        use=item_set.use.value,
        is_shipped=is_shipped,
        content_hash="",
        published_at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(row)
            w.session.flush()
    except IntegrityError:
        # Somebody published the same new set a moment ago: what is left to do is judged against his.
        found = _locked(w.session, item_set.slug)
        if found is None or found.is_shipped != is_shipped:
            raise OriginFixed(slug=item_set.slug) from None
        return found
    return row


def _cell(cell: bank_model.Cell) -> dict[str, Any]:
    return {"topic": cell.topic, "level": cell.level, "count": cell.count}


def _publish_items(w: Work, row: ItemSet, item_set: bank_model.ItemSet, changes: Mapping[str, Change]) -> Outcome:
    lessons = published.lesson_ids(w.session)
    items = {item.code: item for item in w.session.scalars(select(Item).where(Item.set_id == row.id))}
    current = {
        version.item_id: version
        for version in w.session.scalars(
            select(ItemVersion).join(Item, Item.current_version_id == ItemVersion.id).where(Item.set_id == row.id)
        )
    }
    fresh = [Item(set_id=row.id, code=item.id) for item in item_set.items if item.id not in items]
    w.session.add_all(fresh)
    w.session.flush()
    items |= {item.code: item for item in fresh}
    versions: list[ItemVersion] = []
    for item in item_set.items:
        kept = items[item.id]
        kept.lesson_id = lessons[item.lesson] if item.lesson else None
        kept.retired_at = None
        latest = current.get(kept.id)
        if latest is None or _is_changed(latest, item):
            first = Change.NEW if latest is None else Change.UNTOLD
            number = latest.number + 1 if latest else 1
            versions.append(_version(w, kept, number, item, changes.get(item.id, first)))
    w.session.add_all(versions)
    w.session.flush()
    by_item = {version.item_id: version.id for version in versions}
    for kept in items.values():
        kept.current_version_id = by_item.get(kept.id, kept.current_version_id)
    codes = {item.id for item in item_set.items}
    gone = [kept for kept in items.values() if kept.code not in codes and kept.retired_at is None]
    for kept in gone:
        kept.retired_at = w.now
    w.session.flush()
    added = len(fresh)
    changed = len(versions) - added
    unchanged = len(item_set.items) - added - changed
    return Outcome("set", row.slug, row.title, added, changed, unchanged, len(gone))


def _is_changed(latest: ItemVersion, item: bank_model.Item) -> bool:
    # Topic, level and points stand on the version, and rounds draw by them: filing it elsewhere is a new version too.
    filed = (latest.topic, latest.level, latest.points)
    return latest.content_hash != content_hash(item) or filed != (item.topic, item.level, item.points)


def _version(w: Work, row: Item, number: int, item: bank_model.Item, change: Change) -> ItemVersion:
    return ItemVersion(
        item_id=row.id,
        number=number,
        kind=item.kind.value,
        topic=item.topic,
        level=item.level,
        stem=item.stem,
        stem_html=render_phrase(item.stem),
        rationale=item.rationale,
        rationale_html=render(item.rationale),
        source_document=item.source.document,
        source_section=item.source.section,
        source_quote=item.source.quote,
        source_from=item.source.valid_from,
        source_until=item.source.valid_until,
        points=item.points,
        note=item.note,
        change=change.value,
        search_key=search_key(f"{item.id} {item.stem}"),
        content_hash=content_hash(item),
        published_at=w.now,
        options=[
            Option(
                code=option.id,
                position=position,
                text=option.text,
                text_html=render_phrase(option.text),
                is_key=option.is_key,
                is_pinned=option.is_pinned,
            )
            for position, option in enumerate(item.options, start=1)
        ],
    )


def _module_hash(module: bank_model.StudyModule) -> str:
    plain = [
        module.title,
        module.position,
        module.document,
        module.section,
        module.summary,
        module.topic,
        module.is_restricted,
        [[lesson.slug, lesson_hash(lesson)] for lesson in module.lessons],
        *([sorted(module.audiences)] if module.audiences else []),  # without any: as before there were any
    ]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()
