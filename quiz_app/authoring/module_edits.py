"""What an author does to the lessons of a module, as functions of the module."""

from __future__ import annotations

import re
from dataclasses import replace

from question_bank.model import Lesson, StudyModule
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.text import search_key

USUAL_MINUTES = 5
MOST_LESSONS = 40
LONGEST_SLUG = 80
LONGEST_PART = 40
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def lesson_of(module: StudyModule, slug: str) -> Lesson:
    """Raises Missing."""
    for lesson in module.lessons:
        if lesson.slug == slug:
            return lesson
    raise Missing


def empty_lesson(slug: str, title: str = "") -> Lesson:
    return Lesson(slug, title, USUAL_MINUTES, (), "")


def with_lesson(module: StudyModule, lesson: Lesson) -> StudyModule:
    """The module with the lesson in the place of the one of its name; behind the others where there is none."""
    if all(one.slug != lesson.slug for one in module.lessons):
        return replace(module, lessons=(*module.lessons, lesson))
    return replace(module, lessons=tuple(lesson if one.slug == lesson.slug else one for one in module.lessons))


def with_new_lesson(module: StudyModule, title: str, slug: str = "") -> tuple[StudyModule, str]:
    """The module with one lesson more, and the name it goes by: the one asked for, or made from the title.

    Raises BadInput where that name is in use or there are lessons enough.
    """
    taken = {lesson.slug for lesson in module.lessons}
    if len(taken) >= MOST_LESSONS:
        raise BadInput({"title": [f"Một chuyên đề có nhiều nhất {MOST_LESSONS} bài."]})
    if slug in taken:
        raise BadInput({"slug": [f"Chuyên đề này đã có bài mang tên ngắn “{slug}”."]})
    name = slug or _free(short_name(title) or "bai", taken)
    return replace(module, lessons=(*module.lessons, empty_lesson(name, title))), name


def without_lesson(module: StudyModule, slug: str) -> StudyModule:
    """Raises Missing."""
    gone = lesson_of(module, slug)
    return replace(module, lessons=tuple(lesson for lesson in module.lessons if lesson is not gone))


def moved(module: StudyModule, slug: str, step: int) -> StudyModule:
    """The module with the lesson one place earlier (-1) or later (1); the first and the last stay. Raises Missing."""
    lessons = list(module.lessons)
    at = lessons.index(lesson_of(module, slug))
    lessons.insert(max(0, at + step), lessons.pop(at))
    return replace(module, lessons=tuple(lessons))


def parts(module: StudyModule) -> list[str]:
    """What one may speak of: the whole (empty), what is no lesson, and each lesson as it is called now."""
    lessons = (f"Bài {number}. {lesson.title}" for number, lesson in enumerate(module.lessons, start=1))
    return ["", "Thông tin chung", *(name[:LONGEST_PART] for name in lessons)]


def is_short_name(text: str) -> bool:
    return len(text) <= LONGEST_SLUG and _SLUG.fullmatch(text) is not None


def short_name(title: str) -> str:
    """A title as it may stand in an address."""
    words = re.findall(r"[a-z0-9]+", search_key(title))
    name = ""
    for word in words:
        if len(name) + 1 + len(word) > LONGEST_SLUG - 4:  # room for a number
            break
        name = f"{name}-{word}" if name else word
    return name


def _free(name: str, taken: set[str]) -> str:
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found
