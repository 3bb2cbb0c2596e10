"""Shapes of a request about one's data and of the answer to it."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from quiz_app.kernel.errors import BadInput
from quiz_app.privacy.requests import LONGEST
from quiz_app.web.forms import Form, choices


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
