"""A meeting as slides for the hall: its face with the QR code, each point, and what the points lead to by sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quiz_app.meetings.queries import Point
from quiz_app.study.queries import lessons_of
from quiz_app.study.sections import pieces


@dataclass(frozen=True, slots=True)
class Slide:
    """`number` is that of the point, 0 for the face; `html` is a section of the lesson named above it."""

    number: int
    point: Point | None = None
    heading: str = ""
    lesson_title: str = ""
    html: str = ""


def slides(points: Sequence[Point]) -> list[Slide]:
    """In the order in which they are shown."""
    shown = [Slide(0)]
    for number, point in enumerate(points, start=1):
        shown.append(Slide(number, point))
        if point.lesson is not None:
            lessons = [point.lesson]
        else:
            lessons = [] if point.module is None or point.point.lesson_id else lessons_of(point.module)
        shown += [
            Slide(number, point, piece.heading or lesson.title, lesson.title, piece.html)
            for lesson in lessons
            for piece in pieces(lesson.body_html)
        ]
    return shown
