"""Study modules as plain values (for JSON), readable back without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from question_bank.model import Lesson, StudyModule


def module_to_plain(module: StudyModule) -> dict[str, Any]:
    """The module with its lessons as JSON can hold it, without where it was written; audiences only if it has any."""
    aimed = {"audiences": list(module.audiences)} if module.audiences else {}
    return {
        **aimed,
        "slug": module.slug,
        "title": module.title,
        "position": module.position,
        "section": module.section,
        "summary": module.summary,
        "topic": module.topic,
        "is_restricted": module.is_restricted,
        "document": module.document,
        "lessons": [
            {
                "slug": lesson.slug,
                "title": lesson.title,
                "minutes": lesson.minutes,
                "sections": list(lesson.sections),
                "body": lesson.body,
            }
            for lesson in module.lessons
        ],
    }


def module_from_plain(plain: Mapping[str, Any]) -> StudyModule:
    """The module that `module_to_plain` wrote. Raises KeyError or ValueError for anything else."""
    return StudyModule(
        slug=plain["slug"],
        title=plain["title"],
        position=int(plain["position"]),
        section=plain["section"],
        summary=plain["summary"],
        topic=plain["topic"],
        is_restricted=bool(plain["is_restricted"]),
        lessons=tuple(
            Lesson(
                slug=lesson["slug"],
                title=lesson["title"],
                minutes=int(lesson["minutes"]),
                sections=tuple(lesson["sections"]),
                body=lesson["body"],
            )
            for lesson in plain["lessons"]
        ),
        document=plain["document"],
        audiences=tuple(plain.get("audiences", ())),
    )
