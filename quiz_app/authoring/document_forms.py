"""Shapes of what authors of documents send, and what their selects offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from question_bank import model as bank
from question_bank.document_writing import outline_of, sections_of
from quiz_app.authoring.forms import SHORT_NAME, AuthoringForm
from quiz_app.authoring.module_edits import LONGEST_SLUG
from quiz_app.authoring.module_forms import RevisionField
from quiz_app.catalogue.models import Document
from quiz_app.web.forms import Form, choices

LONGEST_OUTLINE = 200_000
_DAY = ["%Y-%m-%d", "%d/%m/%Y"]  # what browsers send, and what people type where a browser knows no days
_HOW_WRITTEN = (
    "Mỗi mục bắt đầu bằng một dòng “# Tên mục”; mục con thêm dấu # (“## 1. Mục đích”), tối đa bốn dấu. Dưới mỗi tên "
    "mục là tóm tắt hoặc trích văn bản. Phần {#…} sau tên mục là địa chỉ của mục: để trống thì hệ thống tự đặt, đã có "
    "thì giữ nguyên, vì bài học và câu hỏi dẫn nguồn tới đó."
)


class NewDocumentForm(AuthoringForm):
    title = StringField("Tên văn bản", [DataRequired("Mời đồng chí ghi tên văn bản."), Length(max=400)])
    slug = StringField(
        "Tên ngắn",
        [
            DataRequired("Mời đồng chí đặt tên ngắn."),
            Length(max=LONGEST_SLUG),
            Regexp(SHORT_NAME, message="Tên ngắn chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối."),
        ],
        description="Chữ thường không dấu, chữ số, dấu gạch nối; ví dụ: nghi-quyet-09-tu. Tên này nằm trong địa chỉ "
        "của văn bản, nên về sau không đổi được.",
    )


class DocumentForm(AuthoringForm):
    """All of a document but its files."""

    revision = RevisionField(validators=[InputRequired()])
    title = StringField("Tên văn bản", [DataRequired("Mời đồng chí ghi tên văn bản."), Length(max=400)])
    kind = StringField("Loại văn bản", [Length(max=60)], description="Ví dụ: Nghị quyết, Chỉ thị, Kế hoạch.")
    number = StringField("Số, ký hiệu", [Length(max=60)], description="Ví dụ: 22-KH/TU.")
    issuer = StringField("Cơ quan ban hành", [Length(max=200)])
    dated_on = DateField("Ngày ban hành", [Optional()], format=_DAY)
    effective_on = DateField("Có hiệu lực từ ngày", [Optional()], format=_DAY)
    expired_on = DateField(
        "Hết hiệu lực từ ngày",
        [Optional()],
        format=_DAY,
        description="Chỉ ghi khi văn bản đã có ngày hết hiệu lực. Văn bản bị thay thế thì không cần ghi ở đây.",
    )
    abstract = TextAreaField("Tóm tắt", [Length(max=4000)])
    replaces = SelectMultipleField(
        "Thay thế những văn bản nào", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    amends = SelectMultipleField(
        "Sửa đổi, bổ sung những văn bản nào", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    outline = TextAreaField("Các mục", [Length(max=LONGEST_OUTLINE)], description=_HOW_WRITTEN)

    @classmethod
    def over(cls, document: bank.Document, others: Sequence[Document]) -> DocumentForm:
        """The form as the document fills it; what was sent, if anything, takes its place."""
        form = cls(
            data={
                "title": document.title,
                "kind": document.kind,
                "number": document.number,
                "issuer": document.issuer,
                "dated_on": document.dated_on,
                "effective_on": document.effective_on,
                "expired_on": document.expired_on,
                "abstract": document.abstract,
                "replaces": list(document.replaces),
                "amends": list(document.amends),
                "outline": outline_of(document.sections),
            }
        )
        form.replaces.choices = _documents(others, document.replaces)
        form.amends.choices = _documents(others, document.amends)
        return form

    def written(self, document: bank.Document) -> bank.Document:
        """The document with everything as it is here."""
        return replace(
            document,
            title=self.title.data or "",
            kind=self.kind.data or "",
            number=self.number.data or "",
            issuer=self.issuer.data or "",
            dated_on=self.dated_on.data,
            effective_on=self.effective_on.data,
            expired_on=self.expired_on.data,
            abstract=(self.abstract.data or "").replace("\r\n", "\n"),
            replaces=tuple(self.replaces.data or ()),
            amends=tuple(self.amends.data or ()),
            sections=sections_of(self.outline.data or ""),
        )


class OriginalForm(Form):
    """It stands beside the form of the document itself, so its fields go by other names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(prefix="tep", **options)

    revision = IntegerField(validators=[InputRequired()], widget=HiddenInput())
    original = FileField(
        "Thêm tệp văn bản gốc",
        validators=[FileRequired("Đồng chí chưa chọn tệp.")],
        description="Tệp PDF hoặc Word (.docx), không quá 20 MB. Không đưa lên tài liệu đóng dấu Mật. "
        "Người thẩm định tải về xem cùng bản nháp.",
    )


def _documents(others: Sequence[Document], own: Sequence[str]) -> list[Any]:
    known = [(one.slug, f"{one.kind} {one.number}: {one.title}" if one.number else one.title) for one in others]
    lost = [(slug, f"{slug} (không có trong thư viện)") for slug in own if slug not in {slug for slug, _ in known}]
    return choices([*known, *lost])
