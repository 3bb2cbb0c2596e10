"""Shapes of what authors, reviewers and organisers send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SearchField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from question_bank.formats import Format
from quiz_app.authoring import labels
from quiz_app.authoring.listing import Filter
from quiz_app.authoring.models import State, Verdict
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.kernel.errors import BadInput
from quiz_app.web.forms import Form, choices

IN_ADDRESS = {"csrf": False}
LONGEST_WORDS = 2000
LONGEST_REASON = 1000
SHORT_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*\Z"
Pairs = Sequence[tuple[str, str]]


class AuthoringForm(Form):
    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields."""
        for name, messages in refused.errors.items():
            field = self[name]
            field.errors = [*field.errors, *messages]


class SetForm(AuthoringForm):
    title = StringField("Tên bộ câu hỏi", [DataRequired("Mời đồng chí đặt tên cho bộ."), Length(max=200)])
    summary = TextAreaField("Bộ này để làm gì", [Optional(), Length(max=1000)])


class NewSetForm(SetForm):
    slug = StringField(
        "Tên ngắn",
        [
            DataRequired("Mời đồng chí đặt tên ngắn."),
            Length(max=40),
            Regexp(SHORT_NAME, message="Tên ngắn chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối."),
        ],
        description="Chữ thường không dấu, chữ số, dấu gạch nối; ví dụ: nghi-quyet-18-dot-2. Mã câu hỏi bắt đầu bằng "
        "tên này, nên về sau không đổi được.",
    )
    use = RadioField(
        "Mục đích",
        [InputRequired("Mời đồng chí chọn mục đích.")],
        choices=choices(list(catalogue_labels.USES.items())),
        description="Một câu hỏi chỉ dùng cho một mục đích: câu đã lộ khi luyện tập thì không ra thi.",
    )


class FilterForm(Form):
    """What a list of items is narrowed to, as the address spells it."""

    tim = SearchField("Tìm câu hỏi", [Length(max=200)], description="Gõ có dấu hoặc không dấu.")
    chuyen_de = SelectField("Chuyên đề", name="chuyen-de")
    muc = SelectField("Mức độ")
    tinh_trang = SelectField("Tình trạng", name="tinh-trang")
    nguon = SelectField("Nguồn")
    tac_gia = SelectField("Người viết", name="tac-gia")

    def offer(self, topics: Pairs, sources: Pairs, authors: Sequence[tuple[int, str]]) -> None:
        everything = ("", "Tất cả")
        levels = [(str(level), name) for level, name in catalogue_labels.LEVELS.items()]
        states = [(state.value, labels.STATES[state]) for state in State if state is not State.DISCARDED]
        self.chuyen_de.choices = choices([everything, *topics])
        self.muc.choices = choices([everything, *levels])
        self.tinh_trang.choices = choices([everything, *states])
        self.nguon.choices = choices([everything, *sources])
        self.tac_gia.choices = choices([everything, *((str(id_), name) for id_, name in authors)])

    @property
    def wanted(self) -> Filter:
        """Values that are not offered narrow nothing."""

        def chosen(field: SelectField) -> str:
            offered: list[Any] = list(field.choices or ())
            if field.data not in [choice.value for choice in offered]:
                return ""
            return str(field.data)

        level, author = chosen(self.muc), chosen(self.tac_gia)
        return Filter(
            words=(self.tim.data or "")[:200],
            topic=chosen(self.chuyen_de),
            level=int(level) if level else None,
            state=chosen(self.tinh_trang),
            source=chosen(self.nguon),
            author=int(author) if author else None,
        )


class RetagForm(AuthoringForm):
    """`codes` are the ticked items; what is left at "giữ nguyên" stays."""

    codes = SelectMultipleField(
        "Câu hỏi", validate_choice=False, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    topic = SelectField("Chuyển sang chuyên đề")
    level = SelectField("Đổi mức độ thành")

    def offer(self, topics: Pairs) -> None:
        keep = ("", "Giữ nguyên")
        self.topic.choices = choices([keep, *topics])
        self.level.choices = choices([keep, *((str(level), name) for level, name in catalogue_labels.LEVELS.items())])


class RevisionForm(Form):
    revision = IntegerField(validators=[InputRequired()])


class CommentForm(AuthoringForm):
    field = SelectField("Về phần", choices=choices(list(labels.FIELDS.items())))
    text = TextAreaField("Ý kiến", [DataRequired("Mời đồng chí ghi ý kiến."), Length(max=LONGEST_WORDS)])


class JudgeForm(AuthoringForm):
    revision = IntegerField(validators=[InputRequired()])
    verdict = RadioField(
        "Kết luận",
        [InputRequired("Mời đồng chí chọn một kết luận.")],
        choices=choices([(verdict.value, labels.VERDICTS[verdict]) for verdict in Verdict]),
    )
    words = TextAreaField(
        "Ý kiến kết luận",
        [Optional(), Length(max=LONGEST_WORDS)],
        description="Đề nghị sửa thì ghi rõ sửa gì, ở đây hoặc trong các ý kiến ở trên.",
    )


class WaiveForm(AuthoringForm):
    code = HiddenField(validators=[InputRequired(), Length(max=30)])
    fingerprint = HiddenField(validators=[InputRequired(), Length(max=64)])
    reason = StringField("Lý do giữ nguyên", [DataRequired("Mời đồng chí ghi lý do."), Length(max=LONGEST_REASON)])


class PublishForm(Form):
    content_hash = StringField(validators=[InputRequired(), Length(max=64)])


class ReasonForm(AuthoringForm):
    reason = TextAreaField("Lý do", [DataRequired("Mời đồng chí ghi lý do."), Length(max=LONGEST_REASON)])


class UploadForm(AuthoringForm):
    original = FileField(
        "Tệp câu hỏi",
        [FileRequired("Đồng chí chưa chọn tệp.")],
        description="Word (.docx), Excel (.xlsx), GIFT, Aiken, Moodle XML, gói QTI hoặc tệp TOML; không quá 20 MB.",
    )


class ExportForm(Form):
    format = RadioField(
        "Dạng tệp",
        [InputRequired("Mời đồng chí chọn dạng tệp.")],
        choices=choices([(one.value, one.label) for one in Format]),
    )
