"""What stands around an item while it is written: what may be chosen, how it will look, what is to be mended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank import model as bank
from question_bank.differences import changes_between
from question_bank.markup import render, render_phrase
from quiz_app.authoring import content, findings, queries
from quiz_app.authoring.editor_forms import Offer
from quiz_app.authoring.models import Draft, Intent, Kind, SetDraft, State
from quiz_app.authoring.policy import may_write
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Document, DocumentSection, Lesson, StudyModule
from quiz_app.contests import seals
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.rules.drawing import letter

IDS_AHEAD = 16  # more than twice the options an item may have: however many come and go in one sitting
PLACES = {"topic": "filing", "level": "filing", "lesson": "filing", "stem": "stem", "rationale": "rationale"}
_MISSING = {"STEM_EMPTY", "OPTION_EMPTY", "KEY_MISSING", "RATIONALE_MISSING", "SOURCE_MISSING", "LESSON_MISSING"}
_OPTION_NAMED = re.compile(r"phương án “([^”]+)”")


@dataclass(frozen=True, slots=True)
class Scene:
    """A draft of an item, its set, and what its form offers."""

    draft: Draft
    set_: SetDraft
    item: bank.Item
    offer: Offer
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """The item as a participant sees it, then what he sees after the round."""

    stem_html: str
    is_multiple: bool
    options: Sequence[tuple[str, str]]
    keys: Sequence[str]
    rationale_html: str


class Tone(StrEnum):
    """How a remark is said: what is still to be written is no mistake of somebody who has just begun."""

    MISSING = "missing"
    WRONG = "wrong"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding in the words that fit beside its field. `twin` is the set and the id of the item it repeats."""

    words: str
    tone: Tone
    twin: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    theirs: str
    mine: str


def scene(r: Reading, draft_id: int) -> Scene:
    """Raises NotAllowed, SetSealed, and Missing for what is no draft of an item."""
    catalogue.require_keeper(r)
    draft = queries.draft(r, draft_id)
    if draft.kind != Kind.ITEM.value:
        raise Missing
    set_ = r.session.get_one(SetDraft, draft.set_id)
    seals.require_open(r, set_.slug)
    item = content.item_of(draft)
    part = queries.part_in(r.session, draft.id, r.actor.member_id)
    is_writable = draft.state == State.DRAFT.value and may_write(part)
    return Scene(draft, set_, item, _offer(r.session, set_, draft, item), is_writable)


def preview(item: bank.Item) -> Preview:
    """Pinned options stand last, as in every paper; the others as they were written."""
    ordered = sorted(item.options, key=lambda option: option.is_pinned)
    lettered = [(letter(place), option) for place, option in enumerate(ordered)]
    return Preview(
        render_phrase(item.stem),
        item.kind is bank.Kind.MULTIPLE,
        [(name, render_phrase(option.text)) for name, option in lettered],
        [name for name, option in lettered if option.is_key],
        render(item.rationale),
    )


def remarks(session: Session, set_: SetDraft, item: bank.Item) -> Mapping[str, Sequence[Remark]]:
    """What the checks say, by the place of the form it belongs to; "whole" for what is about the whole set."""
    letters = {option.id: letter(place) for place, option in enumerate(item.options)}
    rows = {f"option:{option_id}" for option_id in letters} if item.kind is not bank.Kind.TRUE_FALSE else set()
    found: dict[str, list[Remark]] = {}
    for finding in findings.of_item(session, set_, item):
        if not finding.item or finding.part == "id":
            place = "whole"
        elif finding.part.startswith("option:"):
            place = finding.part if finding.part in rows else "options"
        else:
            place = PLACES.get(finding.part, finding.part)
        set_slug, _, code = finding.twin.partition("/")
        twin = (set_slug, code) if code else None
        words = _beside(finding.message, item.id, letters)
        if finding.code == "TOPIC_UNKNOWN" and not item.topic:
            words = "Chưa chọn chuyên đề."
        found.setdefault(place, []).append(Remark(words, _tone(finding, item), twin))
    return found


def differences(theirs: bank.Item, mine: bank.Item) -> list[Difference]:
    """What two people wrote differently, in the words of the form instead of ids."""
    letters = {option.id: letter(place) for item in (theirs, mine) for place, option in enumerate(item.options)}
    found = []
    for change in changes_between(theirs, mine):
        name, _, option_id = change.part.partition(":")
        before, after = change.before, change.after
        if name == "key":
            before, after = (_texts(item.keys) for item in (theirs, mine))
        elif name == "options":
            before, after = (_texts(item.options) for item in (theirs, mine))
        label = change.label.replace(f"phương án {option_id}", f"phương án {letters.get(option_id, '')}")
        label = label.replace(f"Phương án {option_id}", f"Phương án {letters.get(option_id, '')}")
        found.append(Difference(label, before, after))
    return found


def _tone(finding: bank.Finding, item: bank.Item) -> Tone:
    if finding.code in _MISSING or (finding.code == "TOPIC_UNKNOWN" and not item.topic):
        return Tone.MISSING
    return Tone.DOUBT if findings.is_waivable(finding) else Tone.WRONG


def _texts(options: Sequence[bank.Option]) -> str:
    return "\n".join(option.text or "(để trống)" for option in options)


def _beside(message: str, code: str, letters: Mapping[str, str]) -> str:
    """The words of a finding without the id of the item one is writing, options named as on the screen."""
    words = _OPTION_NAMED.sub(lambda named: f"phương án {letters.get(named[1], named[1])}", message)
    bare = words.removeprefix(f"Câu “{code}”").removeprefix(":").strip()
    return bare[:1].upper() + bare[1:]


def _offer(session: Session, set_: SetDraft, draft: Draft, item: bank.Item) -> Offer:
    standing = queries.versions(session, set_.slug, draft.code)[:1]
    in_force = {option.code for version in standing for option in version.options}
    return Offer(
        topics=[(topic.code, topic.title) for topic in catalogue.topics(session)],
        lessons=_lessons(session) if set_.use == bank.Use.LESSON.value else None,
        sections=_sections(session),
        intents=content.intents(draft.basis),
        known_ids=frozenset(in_force | {option.id for option in item.options}),
        fresh=content.next_option_ids(queries.spent_option_ids(session, set_.slug, draft.code), IDS_AHEAD),
    )


def _lessons(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        select(StudyModule.slug, StudyModule.title, Lesson.slug, Lesson.title)
        .join(Lesson, Lesson.module_id == StudyModule.id)
        .where(Lesson.retired_at.is_(None), StudyModule.retired_at.is_(None))
        .order_by(StudyModule.position, Lesson.position)
    )
    return [(f"{module}/{lesson}", f"{module_title}: {title}") for module, module_title, lesson, title in rows]


def _sections(session: Session) -> dict[str, list[tuple[str, str]]]:
    rows = session.execute(
        select(Document.slug, Document.title, DocumentSection.anchor, DocumentSection.heading, DocumentSection.depth)
        .join(DocumentSection, DocumentSection.document_id == Document.id)
        .where(DocumentSection.retired_at.is_(None))
        .order_by(Document.title, DocumentSection.position)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for slug, title, anchor, heading, depth in rows:
        found.setdefault(title, []).append((f"{slug}#{anchor}", "– " * (depth - 1) + heading))
    return found


def intent_of(draft: Draft) -> Intent:
    return Intent(draft.intent)
