"""Questions about what a member may practise, where he is in it, and what comes back to him when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Item, ItemSet, ItemVersion, Lesson, StudyModule
from quiz_app.kernel.db import UtcDateTime
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.practice import policy
from quiz_app.practice.models import Kind, PracticeAnswer, PracticePlace, PracticeSession, ReviewCard
from quiz_app.rules.drawing import letter
from quiz_app.rules.timing import day_of
from quiz_app.study.models import CheckResponse

DAILY_LENGTH = 10
DAILY_NEW = 5


@dataclass(frozen=True, slots=True)
class Stocked:
    """An item that may be practised now, and what the member knows of it. `module_id` is that of its lesson."""

    item_id: int
    version_id: int
    topic: str
    level: int
    is_multiple: bool
    module_id: int | None
    due_on: date | None
    was_right: bool | None
    was_right_in_lesson: bool | None

    @property
    def is_new(self) -> bool:
        return self.due_on is None

    @property
    def is_mistake(self) -> bool:
        """Whether the last answer was wrong; that to a check question of a lesson where it was never practised."""
        last = self.was_right_in_lesson if self.was_right is None else self.was_right
        return last is False

    def is_of(self, module: StudyModule) -> bool:
        return self.module_id == module.id or (self.module_id is None and self.topic == module.topic)


@dataclass(frozen=True, slots=True)
class Place:
    """A question of a session as a page shows it; `answer` is None until it was answered.

    `is_open`: the item may be practised at this moment. Else nothing of it is shown, answered or not.
    """

    position: int
    item_id: int
    item: catalogue.PaperItem
    options: tuple[tuple[str, str], ...]
    option_order: tuple[int, ...]
    points: int
    answer: PracticeAnswer | None
    is_open: bool
    kept: frozenset[int]
    revision: int
    saved_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.is_open and self.answer is None

    @property
    def chosen(self) -> str:
        """The letters chosen so far, in order: answered, or kept in a mock round under way."""
        ids = self.kept if self.answer is None else set(self.answer.chosen)
        return "".join(letter(index) for index, id_ in enumerate(self.option_order) if id_ in ids)


@dataclass(frozen=True, slots=True)
class LessonLink:
    """Where to read on: the lesson that an item leans on, or its whole module where several of its lessons do."""

    module_slug: str
    lesson_slug: str | None
    title: str


def stock(r: Reading) -> list[Stocked]:
    """Everything that the acting member may practise now, each item in its current version."""
    member_id = r.actor.member
    rows = r.session.execute(
        select(
            Item.id,
            ItemVersion.id,
            ItemVersion.topic,
            ItemVersion.level,
            ItemVersion.kind == catalogue.MULTIPLE,
            Lesson.module_id,
            ReviewCard.due_on,
            ReviewCard.was_right,
            CheckResponse.is_right,
        )
        .join(ItemSet, ItemSet.id == Item.set_id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(Lesson, Lesson.id == Item.lesson_id)
        .outerjoin(ReviewCard, and_(ReviewCard.item_id == Item.id, ReviewCard.member_id == member_id))
        .outerjoin(CheckResponse, and_(CheckResponse.item_id == Item.id, CheckResponse.member_id == member_id))
        .where(policy.released(r.now))
        .order_by(Item.id)
    )
    return [Stocked(*row) for row in rows]


def due(stocked: Iterable[Stocked], today: date) -> list[Stocked]:
    """What comes back by today, the longest overdue first."""
    found = [(one.due_on, one.item_id, one) for one in stocked if one.due_on is not None and one.due_on <= today]
    return [one for *_, one in sorted(found, key=lambda row: row[:2])]


@dataclass(frozen=True, slots=True)
class Daily:
    """The review of a day: what comes back, and how many new questions join it from those in `fresh`."""

    due: list[Stocked]
    fresh: list[Stocked]
    new: int

    @property
    def length(self) -> int:
        return len(self.due) + self.new


def daily(r: Reading, stocked: Sequence[Stocked]) -> Daily:
    """At most DAILY_LENGTH questions, the longest overdue first; new ones join the first review of a day alone."""
    today = day_of(r.now)
    coming = due(stocked, today)[:DAILY_LENGTH]
    fresh = [one for one in stocked if one.is_new]
    room = 0 if _has_reviewed(r, today) else min(DAILY_NEW, DAILY_LENGTH - len(coming), len(fresh))
    return Daily(coming, fresh, room)


def _has_reviewed(r: Reading, today: date) -> bool:
    query = select(func.max(PracticeSession.ended_at)).where(
        policy.own(r.actor), PracticeSession.kind == Kind.DAILY.value
    )
    last = r.session.scalar(query)
    return last is not None and day_of(last) == today


DUE = select(ReviewCard.item_id).where(
    ReviewCard.member_id == bindparam("member"), ReviewCard.due_on <= bindparam("day")
)
"""The questions that come back to a `member` by a `day`, whether they may be practised now or not."""
_DUE_RELEASED = (
    DUE.with_only_columns(func.count(ReviewCard.item_id))
    .join(Item, Item.id == ReviewCard.item_id)
    .join(ItemSet, ItemSet.id == Item.set_id)
    .where(policy.released(bindparam("now", type_=UtcDateTime())))
)


def due_count(r: Reading) -> int:
    """How many of the questions that may be practised now come back to the acting member by today.

    What is released takes long to tell: where nothing is `DUE`, it need not be asked.
    """
    about = {"member": r.actor.member, "day": day_of(r.now), "now": r.now}
    return r.session.scalar(_DUE_RELEASED, about) or 0


def modules(session: Session) -> list[StudyModule]:
    """The modules in force, in their order."""
    query = select(StudyModule).where(StudyModule.retired_at.is_(None))
    return list(session.scalars(query.order_by(StudyModule.position, StudyModule.id)))


def open_session(r: Reading) -> PracticeSession | None:
    """The acting member's session under way."""
    query = select(PracticeSession).where(policy.own(r.actor), PracticeSession.ended_at.is_(None))
    return r.session.scalars(query).one_or_none()


def own_session(r: Reading, session_id: int, *, is_held: bool = False) -> PracticeSession:
    """A session of the acting member, with `is_held` locked against every other change. Raises Missing."""
    query = select(PracticeSession).where(PracticeSession.id == session_id, policy.own(r.actor))
    if is_held:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def places(r: Reading, session_id: int) -> list[Place]:
    """The questions of a session in their order, without any trace of keys."""
    rows = r.session.execute(
        select(PracticePlace, PracticeAnswer, Item, policy.released(r.now).label("is_released"))
        .join(ItemVersion, ItemVersion.id == PracticePlace.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .outerjoin(
            PracticeAnswer,
            and_(
                PracticeAnswer.session_id == PracticePlace.session_id, PracticeAnswer.position == PracticePlace.position
            ),
        )
        .where(PracticePlace.session_id == session_id)
        .order_by(PracticePlace.position)
    ).all()
    items = catalogue.paper_items(r.session, [place.item_version_id for place, *_ in rows])
    return [
        _place(
            row,
            items[row.item_version_id],
            item.id,
            answer,
            is_open=is_released and (answer is not None or item.current_version_id == row.item_version_id),
        )
        for row, answer, item, is_released in rows
    ]


def next_place(found: Iterable[Place], after: int = 0) -> Place | None:
    """The first question after a position that waits for its answer, else the first one before it."""
    waiting = [place for place in found if place.waits]
    return next((place for place in waiting if place.position > after), waiting[0] if waiting else None)


def lesson_links(session: Session, version_ids: Collection[int]) -> dict[int, LessonLink]:
    """Where each of these versions is explained: the lesson that it names, else the one that has its source."""
    lessons = session.execute(
        select(Lesson, StudyModule)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(Lesson.retired_at.is_(None), StudyModule.retired_at.is_(None))
        .order_by(StudyModule.position, Lesson.position)
    ).all()
    versions = session.execute(
        select(ItemVersion, Item.lesson_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemVersion.id.in_(version_ids))
    ).all()
    links: dict[int, LessonLink] = {}
    for version, lesson_id in versions:
        fitting = _explaining([(lesson, module) for lesson, module in lessons], version, lesson_id)
        if fitting:
            lesson, module = fitting[0]
            is_one = len(fitting) == 1
            title = lesson.title if is_one else module.title
            links[version.id] = LessonLink(module.slug, lesson.slug if is_one else None, title)
    return links


def keyed(session: Session, found: Collection[Place]) -> Mapping[int, catalogue.KeyedItem]:
    """Keys and rationales of the questions already answered that may still be shown, by version."""
    ids = [place.item.item_version_id for place in found if place.answer is not None and place.is_open]
    return catalogue.keyed_items(session, ids) if ids else {}


def due_days(stocked: Iterable[Stocked]) -> list[date]:
    """The days on which what the member has answered comes back."""
    return [one.due_on for one in stocked if one.due_on is not None]


def studied_on(session: Session, member_id: int) -> list[date]:
    """The days on which the member finished a session in which he answered something."""
    last = func.max(PracticeAnswer.answered_at)
    rows = session.scalars(
        select(last)
        .join(PracticeSession, PracticeSession.id == PracticeAnswer.session_id)
        .where(PracticeSession.member_id == member_id, PracticeSession.ended_at.is_not(None))
        .group_by(PracticeAnswer.session_id)
    )
    return [day_of(at) for at in rows]


def answer_counts(session: Session, member_id: int) -> tuple[int, int]:
    """How many questions the member has practised, each counted once, and how many he knew when last asked."""
    rows = session.execute(
        select(ReviewCard.was_right, func.count())
        .where(ReviewCard.member_id == member_id)
        .group_by(ReviewCard.was_right)
    )
    counts = {row.was_right: row[1] for row in rows}
    return sum(counts.values()), counts.get(True, 0)


def is_mock_over(found: PracticeSession, now: datetime) -> bool:
    """Whether the time of a mock round is up; never so of any other session."""
    return found.kind == Kind.MOCK.value and found.deadline_at is not None and now >= found.deadline_at


def _place(
    row: PracticePlace, item: catalogue.PaperItem, item_id: int, answer: PracticeAnswer | None, *, is_open: bool
) -> Place:
    options = tuple((letter(index), item.options[id_]) for index, id_ in enumerate(row.option_order))
    return Place(
        position=row.position,
        item_id=item_id,
        item=item,
        options=options,
        option_order=tuple(row.option_order),
        points=row.points,
        answer=answer,
        is_open=is_open,
        kept=frozenset(row.chosen),
        revision=row.revision,
        saved_at=row.saved_at,
    )


def _explaining(
    lessons: Sequence[tuple[Lesson, StudyModule]], version: ItemVersion, lesson_id: int | None
) -> list[tuple[Lesson, StudyModule]]:
    """The lesson that an item names; else those on its source, in the module of its topic where that has any."""
    named = [pair for pair in lessons if pair[0].id == lesson_id]
    if named:
        return named
    on_source = [
        (lesson, module)
        for lesson, module in lessons
        if module.document == version.source_document and version.source_section in lesson.sections
    ]
    of_topic = [pair for pair in on_source if pair[1].topic == version.topic]
    return of_topic or on_source
