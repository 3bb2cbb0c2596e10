"""What pages show of modules: lessons as readers see them, what changed, what is to be mended, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from question_bank import model as bank
from question_bank.markup import render
from quiz_app.authoring import module_diff, shown
from quiz_app.catalogue import published
from quiz_app.catalogue import queries as catalogue
from quiz_app.units.labels import AUDIENCES

HEAD = "head"  # the part of a module that is no lesson


@dataclass(frozen=True, slots=True)
class ShownLesson:
    number: int
    slug: str
    title: str
    minutes: int
    body_html: str
    links: tuple[catalogue.SourceLink, ...]


@dataclass(frozen=True, slots=True)
class ShownModule:
    """A module ready for a page, as its readers will see it."""

    slug: str
    title: str
    summary: str
    position: int
    topic: str
    is_restricted: bool
    audiences: tuple[str, ...]
    source: catalogue.SourceLink | None
    minutes: int
    lessons: tuple[ShownLesson, ...]


def module(session: Session, one: bank.StudyModule) -> ShownModule:
    links = _links(session, one)
    return ShownModule(
        slug=one.slug,
        title=one.title,
        summary=one.summary,
        position=one.position,
        topic=shown.topics(session).get(one.topic, one.topic or "Chưa chọn"),
        is_restricted=one.is_restricted,
        audiences=tuple(AUDIENCES.get(code, code) for code in one.audiences),
        source=links[one.section] if one.source else None,
        minutes=sum(lesson.minutes for lesson in one.lessons),
        lessons=tuple(_lesson(number, lesson, links) for number, lesson in enumerate(one.lessons, start=1)),
    )


def lesson(session: Session, one: bank.StudyModule, number: int) -> ShownLesson:
    """One lesson of a module, by its place in it."""
    return _lesson(number, one.lessons[number - 1], _links(session, one))


def changes(session: Session, before: bank.StudyModule, after: bank.StudyModule) -> tuple[module_diff.PartChange, ...]:
    """What differs between two texts of a module, in words instead of codes."""
    return module_diff.compare(_named(session, before), _named(session, after))


def remarks(session: Session, one: bank.StudyModule) -> Mapping[str, list[str]]:
    """What the bank's checks say of a module: by the short name of the lesson to mend, or HEAD."""
    placed = replace(
        one,
        place=bank.Place(HEAD, 1),
        lessons=tuple(
            replace(each, place=bank.Place(f"/{each.slug}", 1), body_place=bank.Place(f"/{each.slug}", 2))
            for each in one.lessons
        ),
    )
    found: dict[str, list[str]] = {}
    for finding in published.findings_of_module(session, placed):
        words = found.setdefault(finding.file.removeprefix("/"), [])
        if finding.message not in words:
            words.append(finding.message)
    return found


def _lesson(number: int, one: bank.Lesson, links: Mapping[str, catalogue.SourceLink]) -> ShownLesson:
    found = tuple(links[section] for section in one.sections)
    return ShownLesson(number, one.slug, one.title, one.minutes, render(one.body), found)


def _links(session: Session, one: bank.StudyModule) -> dict[str, catalogue.SourceLink]:
    sections = {one.section, *(section for each in one.lessons for section in each.sections)}
    found = catalogue.sources(session, [(one.document, section) for section in sections])
    return {section: found[one.document, section] for section in sections}


def _named(session: Session, one: bank.StudyModule) -> bank.StudyModule:
    links = _links(session, one)
    return replace(
        one,
        topic=shown.topics(session).get(one.topic, one.topic),
        document=links[one.section].document_title,
        section=links[one.section].heading,
        lessons=tuple(
            replace(each, sections=tuple(links[section].heading for section in each.sections)) for each in one.lessons
        ),
    )
