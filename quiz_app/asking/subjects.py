"""What a question may be about: places of this site that the member can see himself, kept as plain facts.

A page is named by its endpoint and its path, and only those of PAGES are; anything else is a question about no place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from quiz_app.asking.models import Question, Subject
from quiz_app.attempts import queries as attempts
from quiz_app.attempts.errors import NotYetShown
from quiz_app.attempts.models import AttemptState, Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Item, ItemVersion
from quiz_app.contests import policy as contests_policy
from quiz_app.contests import seals
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.practice import queries as practice
from quiz_app.practice.services import place_at
from quiz_app.study import queries as study

LESSON, RESULT, KEYS = "study.lesson", "attempts.result", "attempts.keys"
MODULE, DOCUMENT = "study.module", "catalogue.document"
PRACTICE, PRACTISED = "practice.index", "practice.question"
PAGES = {
    "home.index": "Trang đầu",
    "study.modules": "Học tập",
    MODULE: "Chuyên đề",
    PRACTICE: "Luyện tập",
    PRACTISED: "Một câu ôn tập",
    "practice.daily": "Ôn hằng ngày",
    "practice.own": "Việc học của tôi",
    "practice_mock.choose": "Thi thử",
    "searching.results": "Tìm kiếm",
    "attempts.rounds": "Các đợt thi",
    "attempts.enter": "Trang vào thi của một đợt",
    "attempts_receipts.check": "Kiểm tra biên nhận",
    "leaderboard.own_unit": "Bảng xếp hạng chi bộ",
    "leaderboard.everybody": "Bảng xếp hạng cá nhân",
    "leaderboard.units": "Bảng xếp hạng các chi bộ",
    "leaderboard.contest_own_unit": "Bảng xếp hạng chi bộ của cuộc thi",
    "leaderboard.contest_everybody": "Bảng xếp hạng cá nhân của cuộc thi",
    "leaderboard.contest_units": "Bảng xếp hạng các chi bộ của cuộc thi",
    "leaderboard.own_history": "Chặng đường của tôi",
    "results.index": "Kết quả chính thức",
    "catalogue.documents": "Văn bản",
    DOCUMENT: "Một văn bản",
    "elsewhere.own": "Thi nơi khác",
    "feedback.own": "Khiếu nại của tôi",
    "feedback_units.own": "Đề nghị sửa đơn vị",
    "members.account": "Tài khoản",
    "asking.published": "Hỏi – đáp",
    "home_help.index": "Trợ giúp",
    "home.privacy": "Quyền riêng tư",
}


@dataclass(frozen=True, slots=True)
class About:
    """What a question is about, as it is stored."""

    subject: Subject = Subject.PAGE
    lesson_id: int | None = None
    item_version_id: int | None = None
    attempt_id: int | None = None
    position: int | None = None
    page: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An address of this site as the router knows it."""

    endpoint: str
    values: Mapping[str, Any]
    path: str


def find(r: Reading, place: Place | None, position: int | None = None) -> About:
    """What is meant by a place and, in a lesson or a paper, one of its items, where the actor may see it.

    Raises Missing, SignInNeeded, NotYetShown.
    """
    if place is None:
        return About()
    if place.endpoint == LESSON:
        return _in_lesson(r, place.values, position)
    if place.endpoint in (RESULT, KEYS):
        return _in_paper(r, int(place.values["attempt_id"]), position)
    if place.endpoint == PRACTISED:
        return _in_practice(r, int(place.values["session_id"]), int(place.values["position"]))
    if place.endpoint not in PAGES:
        return About()
    if place.endpoint == MODULE:
        study.module(r, place.values["module_slug"])
    if place.endpoint == DOCUMENT:
        catalogue.document(r.session, place.values["slug"])
    return About(page=place.endpoint, path=place.path)


def of(question: Question) -> About:
    """What an earlier question is about: a further one is about the same."""
    return About(
        subject=Subject(question.subject),
        lesson_id=question.lesson_id,
        item_version_id=question.item_version_id,
        attempt_id=question.attempt_id,
        position=question.position,
        page=question.page,
        path=question.path,
    )


def may_show_item(r: Reading, about: About) -> bool:
    """Whether the item asked about may still be shown: no seal stands on its set, and no round still to be decided may
    draw it, unless it was met in a paper whose answers are out.
    """
    kept_back = seals.sealed(r.now)
    if about.attempt_id is None:
        kept_back |= seals.undecided(r.now)
    query = select(ItemVersion.id).join(Item, Item.id == ItemVersion.item_id)
    return r.session.scalar(query.where(ItemVersion.id == about.item_version_id, ~kept_back)) is not None


def _in_lesson(r: Reading, values: Mapping[str, Any], position: int | None) -> About:
    _, lesson = study.lesson(r, values["module_slug"], values["lesson_slug"])
    if position is None:
        return About(Subject.LESSON, lesson_id=lesson.id)
    version_ids = catalogue.lesson_version_ids(r.session, lesson.id)
    if not 1 <= position <= len(version_ids):
        raise Missing
    return About(Subject.ITEM, lesson_id=lesson.id, item_version_id=version_ids[position - 1], position=position)


def _in_paper(r: Reading, attempt_id: int, position: int | None) -> About:
    """The actor's own attempt; one item of it only once its answer may be shown to him, as on the page of answers."""
    attempt, round_ = attempts.own_attempt(r, attempt_id)
    if attempt.state == AttemptState.OPEN.value:
        raise NotYetShown
    if position is None:
        return About(Subject.ATTEMPT, attempt_id=attempt.id)
    if attempt.state != AttemptState.SUBMITTED.value or not contests_policy.reveals_keys(round_, r.now):
        raise NotYetShown
    row = r.session.get(Response, (attempt.id, position))
    if row is None:
        raise Missing
    return About(Subject.ITEM, attempt_id=attempt.id, item_version_id=row.item_version_id, position=position)


def _in_practice(r: Reading, session_id: int, position: int) -> About:
    """An item that the actor has practised: known by itself and its lesson, for the session is his alone.

    Practice as such while he has not answered it, or it may not be shown. Raises Missing.
    """
    practice.own_session(r, session_id)
    place = place_at(practice.places(r, session_id), position)
    if place.answer is None or not place.is_open:
        return About(page=PRACTICE)
    lesson_id = r.session.get_one(Item, place.item_id).lesson_id
    return About(Subject.ITEM, lesson_id=lesson_id, item_version_id=place.item.item_version_id, page=PRACTISED)
