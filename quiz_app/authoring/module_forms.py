"""Shapes of what authors of modules send, and what their selects offer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from question_bank import model as bank
from quiz_app.authoring import module_edits, shown
from quiz_app.authoring.forms import SHORT_NAME, AuthoringForm
from quiz_app.authoring.module_edits import LONGEST_SLUG
from quiz_app.catalogue.models import Document, DocumentSection
from quiz_app.units import labels as units_labels
from quiz_app.web.forms import choices

LONGEST_TITLE = 200
LONGEST_BODY = 40_000
_TITLE = [DataRequired("Mời đồng chí ghi tên."), Length(max=LONGEST_TITLE)]
_BAD_NAME = "Tên ngắn chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối."
_NO_CHOICE = ("", "Chưa chọn")
_INDENT = "– "


class RevisionField(IntegerField):
    """The revision of the draft that the page was made from."""

    widget = HiddenInput()

    def renew(self, revision: int) -> None:
        """Name another one than what was sent."""
        self.data, self.raw_data = revision, None


class NewModuleForm(AuthoringForm):
    title = StringField("Tên chuyên đề", _TITLE)
    slug = StringField(
        "Tên ngắn",
        [DataRequired("Mời đồng chí đặt tên ngắn."), Length(max=LONGEST_SLUG), Regexp(SHORT_NAME, message=_BAD_NAME)],
        description="Chữ thường không dấu, chữ số, dấu gạch nối; ví dụ: chuyen-doi-so. Tên này nằm trong địa chỉ của "
        "chuyên đề, nên về sau không đổi được.",
    )
    topic = SelectField("Chủ đề")

    def offer(self, session: Session) -> None:
        self.topic.choices = choices([_NO_CHOICE, *shown.topics(session).items()])


class ModuleForm(AuthoringForm):
    """All of a module but its lessons. `source` is spelled "document#section"."""

    revision = RevisionField(validators=[InputRequired()])
    title = StringField("Tên chuyên đề", _TITLE)
    summary = TextAreaField(
        "Lời giới thiệu", [Length(max=2000)], description="Một hai câu: chuyên đề nói về gì, gồm mấy bài."
    )
    topic = SelectField("Chủ đề")
    source = SelectField("Văn bản và mục làm nguồn", description="Các bài học chọn mục trong văn bản này.")
    position = IntegerField(
        "Thứ tự trên trang Học tập",
        [InputRequired("Mời đồng chí ghi một số."), NumberRange(1, 999)],
        render_kw={"inputmode": "numeric"},
    )
    audiences = SelectMultipleField(
        "Dành trước hết cho",
        choices=choices(units_labels.AUDIENCES.items()),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description="Không chọn gì thì dành cho mọi người. Người ở đơn vị khác vẫn đọc được.",
    )
    is_restricted = BooleanField("Chỉ người đã đăng nhập mới đọc được")

    @classmethod
    def over(cls, session: Session, module: bank.StudyModule) -> ModuleForm:
        """The form as the module fills it; what was sent, if anything, takes its place."""
        form = cls(
            data={
                "title": module.title,
                "summary": module.summary,
                "topic": module.topic,
                "source": str(module.source) if module.source else "",
                "position": module.position,
                "is_restricted": module.is_restricted,
                "audiences": list(module.audiences),
            }
        )
        topics = shown.topics(session)
        own = () if module.topic in ("", *topics) else ((module.topic, f"{module.topic} (chưa khai báo)"),)
        form.topic.choices = choices([_NO_CHOICE, *topics.items(), *own])
        form.source.choices = _sources(session, module.source)
        return form

    def written(self, module: bank.StudyModule) -> bank.StudyModule:
        """The module with this as it is here, its lessons as they were."""
        document, _, section = (self.source.data or "").partition("#")
        return replace(
            module,
            title=self.title.data or "",
            summary=_lines(self.summary.data),
            topic=self.topic.data or "",
            document=document,
            section=section,
            position=self.position.data or 0,
            is_restricted=bool(self.is_restricted.data),
            audiences=tuple(self.audiences.data or ()),
        )


class LessonForm(AuthoringForm):
    slug = ""  # which lesson it is; not asked for

    revision = RevisionField(validators=[InputRequired()])
    title = StringField("Tên bài", _TITLE)
    minutes = IntegerField(
        "Số phút đọc",
        [InputRequired("Mời đồng chí ghi một số."), NumberRange(1, 60)],
        render_kw={"inputmode": "numeric"},
    )
    body = TextAreaField(
        "Nội dung",
        [Length(max=LONGEST_BODY)],
        description="**chữ đậm**, *chữ nghiêng*; dòng bắt đầu bằng “## ” là đề mục, bằng “- ” là gạch đầu dòng; để "
        "trống một dòng giữa hai đoạn.",
    )
    sections = SelectMultipleField(
        "Bài dựa trên những mục nào", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    @classmethod
    def over(cls, session: Session, module: bank.StudyModule, lesson: bank.Lesson) -> LessonForm:
        """The form as the lesson fills it; what was sent, if anything, takes its place."""
        form = cls(
            data={
                "title": lesson.title,
                "minutes": lesson.minutes,
                "body": lesson.body,
                "sections": list(lesson.sections),
            }
        )
        form.slug = lesson.slug
        offered = _outline(session, module.document)
        known = {anchor for anchor, _ in offered}
        lost = [(anchor, f"{anchor} (văn bản không có mục này)") for anchor in lesson.sections if anchor not in known]
        form.sections.choices = choices([*offered, *lost])
        return form

    def written(self, module: bank.StudyModule) -> bank.StudyModule:
        """The module with this lesson as it is here, all others as they were.

        Sections stay in the order in which the author had them; those ticked now follow as the document has them.
        """
        lesson = next((one for one in module.lessons if one.slug == self.slug), module_edits.empty_lesson(self.slug))
        ticked = self.sections.data or []
        kept = [anchor for anchor in lesson.sections if anchor in ticked]
        fresh = replace(
            lesson,
            title=self.title.data or "",
            minutes=self.minutes.data or 0,
            body=_lines(self.body.data),
            sections=(*kept, *(anchor for anchor in ticked if anchor not in kept)),
        )
        return module_edits.with_lesson(module, fresh)


class NewLessonForm(AuthoringForm):
    """It stands on the page of the module beside the form of the module itself, so its fields go by other names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(prefix="bai-moi", **options)

    revision = RevisionField(validators=[InputRequired()])
    title = StringField("Tên bài mới", _TITLE)
    slug = StringField(
        "Tên ngắn",
        [Optional(), Length(max=LONGEST_SLUG), Regexp(SHORT_NAME, message=_BAD_NAME)],
        description="Nằm trong địa chỉ của bài và không đổi được. Để trống thì lấy theo tên bài.",
    )


def _lines(text: str | None) -> str:
    """Browsers send the ends of lines in their own way; equal texts must be equal."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


def _sources(session: Session, own: bank.Source) -> dict[str, list[Any]]:
    rows = session.execute(
        select(Document.slug, Document.title, DocumentSection.anchor, DocumentSection.heading, DocumentSection.depth)
        .join(DocumentSection, DocumentSection.document_id == Document.id)
        .where(DocumentSection.retired_at.is_(None))
        .order_by(Document.title, DocumentSection.position)
    )
    groups: dict[str, list[tuple[str, str]]] = {}
    known = set()
    for slug, title, anchor, heading, depth in rows:
        groups.setdefault(title, []).append((f"{slug}#{anchor}", _INDENT * (depth - 1) + heading))
        known.add(f"{slug}#{anchor}")
    lost = [(str(own), f"{own} (không có trong thư viện)")] if own and str(own) not in known else []
    return {"": choices([_NO_CHOICE, *lost]), **{title: choices(found) for title, found in groups.items()}}


def _outline(session: Session, document: str) -> list[tuple[str, str]]:
    rows = session.execute(
        select(DocumentSection.anchor, DocumentSection.heading, DocumentSection.depth)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(Document.slug == document, DocumentSection.retired_at.is_(None))
        .order_by(DocumentSection.position)
    )
    return [(anchor, _INDENT * (depth - 1) + heading) for anchor, heading, depth in rows]
