"""Shapes of a request about one's data and of the answer to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import (
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SearchField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput
from quiz_app.privacy.breaches import FIELDS
from quiz_app.privacy.models import Breach
from quiz_app.privacy.requests import LONGEST
from quiz_app.web.forms import Form, choices

LOCAL = "%Y-%m-%dT%H:%M"
LONGEST_PART = 4000
TEXTS = frozenset(FIELDS) - {"found_at", "people", "reported_at", "people_told_at"}


class PrivacyForm(Form):
    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields."""
        for name, messages in refused.errors.items():
            field = self[name]
            field.errors = [*field.errors, *messages]


class RequestForm(PrivacyForm):
    text = TextAreaField(
        "Nội dung đề nghị",
        [Length(max=LONGEST)],
        description="Chỉ Ban tổ chức và người quản trị đọc được. Đề nghị sửa thì phải ghi; loại khác không bắt buộc.",
    )


class ViewSearchForm(Form):
    tim = SearchField("Họ tên", validators=[Length(max=100)])


class AnswerForm(PrivacyForm):
    verdict = RadioField(
        "Trả lời",
        [InputRequired("Mời đồng chí chọn một câu trả lời.")],
        choices=choices([("da-lam", "Đã làm"), ("tu-choi", "Từ chối, có lý do")]),
    )
    answer = TextAreaField(
        "Viết cho người gửi",
        [Length(max=LONGEST)],
        description="Từ chối hoặc đã sửa thì phải ghi; người gửi đọc được nguyên văn.",
    )


class BreachForm(PrivacyForm):
    title = StringField("Việc gì", [InputRequired(), Length(max=200)])
    found_at = DateTimeLocalField("Phát hiện lúc", [InputRequired("Đồng chí chưa chọn ngày giờ.")], format=LOCAL)
    what = TextAreaField(
        "Dữ liệu nào",
        [InputRequired(), Length(max=LONGEST_PART)],
        description="Ví dụ: họ tên, số điện thoại trong danh sách một chi bộ. Không chép tên từng người vào đây.",
    )
    people = IntegerField("Khoảng bao nhiêu người", [InputRequired(), NumberRange(0, 10_000_000)])
    cause = TextAreaField("Nguyên nhân, diễn biến", [InputRequired(), Length(max=LONGEST_PART)])
    measures = TextAreaField("Đã làm gì để khắc phục", [Length(max=LONGEST_PART)])
    reported_to = StringField("Đã báo cơ quan nào", [Length(max=200)])
    reported_at = DateTimeLocalField("Báo lúc", [Optional()], format=LOCAL)
    unreported_reason = TextAreaField("Nếu không phải báo: vì sao", [Length(max=LONGEST)])
    people_told_at = DateTimeLocalField("Báo cho những người có dữ liệu lúc", [Optional()], format=LOCAL)
    seen = HiddenField()

    @property
    def seen_revision(self) -> int:
        """The revision that was seen; one that none can be where it is no number."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    def values(self) -> dict[str, Any]:
        """What is kept, instants with their zone."""
        found: dict[str, Any] = {name: self[name].data for name in FIELDS}
        for name, value in found.items():
            if isinstance(value, datetime):
                found[name] = value.replace(tzinfo=VIETNAM)
        return {name: "" if value is None and name in TEXTS else value for name, value in found.items()}

    @classmethod
    def of(cls, kept: Breach) -> BreachForm:
        data = {name: getattr(kept, name) for name in FIELDS}
        for name, value in data.items():
            if isinstance(value, datetime):
                data[name] = value.astimezone(VIETNAM).replace(tzinfo=None)
        return cls(formdata=None, data={**data, "seen": str(kept.revision)})
