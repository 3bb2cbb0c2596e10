"""Who finds what: the rules of the pages on which a thing is read.

Documents are open to everybody, lessons as their module is. A rationale tells the key: it is found only where the page
of its lesson would tell it, for practice by those signed in, and never of an item that ever stood in a contest's pool.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from question_bank.model import Use
from quiz_app.catalogue.models import DocumentSection, Item, ItemSet, ItemVersion, Lesson, StudyModule
from quiz_app.catalogue.searchable import Kind
from quiz_app.contests.models import PoolItem
from quiz_app.kernel.access import Actor
from quiz_app.kernel.fulltext import SearchEntry
from quiz_app.study import policy as study


def visible(actor: Actor) -> ColumnElement[bool]:
    """The entries that the actor may find, as a condition on SearchEntry."""
    sections = select(DocumentSection.id).where(DocumentSection.retired_at.is_(None))
    lessons = (
        select(Lesson.id)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(Lesson.retired_at.is_(None), StudyModule.retired_at.is_(None), study.readable(actor))
    )
    of_lessons = and_(ItemSet.use == Use.LESSON.value, Item.lesson_id.in_(lessons))
    of_practice = and_(ItemSet.use == Use.PRACTICE.value, true() if actor.is_signed_in or actor.is_system else false())
    items = (
        select(Item.id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .where(
            Item.retired_at.is_(None),
            ItemSet.retired_at.is_(None),
            or_(of_lessons, of_practice),
            Item.id.not_in(_asked_in_contests()),
        )
    )
    return or_(
        SearchEntry.kind == Kind.DOCUMENT.value,
        and_(SearchEntry.kind == Kind.SECTION.value, SearchEntry.subject_id.in_(sections)),
        and_(SearchEntry.kind == Kind.LESSON.value, SearchEntry.subject_id.in_(lessons)),
        and_(SearchEntry.kind == Kind.RATIONALE.value, SearchEntry.subject_id.in_(items)),
    )


def _asked_in_contests() -> Select[int]:
    return select(ItemVersion.item_id).join(PoolItem, PoolItem.item_version_id == ItemVersion.id)
