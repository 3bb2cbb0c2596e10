"""Forms of the pages around a sitting: checking a receipt, assisting a member."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from quiz_app.attempts import labels
from quiz_app.attempts.receipts import LONGEST_TEXT
from quiz_app.web.forms import Form, choices

OTHER = "khac"
LONGEST_NOTE = 300


class ReceiptForm(Form):
    """A code as somebody types it; it stands in the address, so that a receipt can carry a link to its check."""

    ma = StringField(
        "Mã biên nhận",
        [Length(max=LONGEST_TEXT)],
        description="12 chữ và số, ví dụ 7K4M-Q2XA-9RTB. Không phân biệt chữ hoa, chữ thường; gạch ngang có hay không "
        "đều được. Mời đồng chí tắt bộ gõ tiếng Việt khi nhập mã.",
    )


class AssistForm(Form):
    """Why a member is assisted, and which rules were read to him."""

    reason = RadioField(
        "Lý do hỗ trợ", [InputRequired("Mời đồng chí chọn lý do.")], choices=choices(labels.ASSIST_REASONS.items())
    )
    note = TextAreaField(
        "Ghi thêm",
        [Optional(), Length(max=LONGEST_NOTE)],
        description="Bắt buộc khi chọn “Lý do khác”. Chỉ ghi điều cần thiết, không ghi bệnh cụ thể.",
    )
    the_le = IntegerField("Thể lệ", [InputRequired()])
    take_part = BooleanField()

    def validate_reason(self, field: Any) -> None:
        if field.data == OTHER and not (self.note.data or "").strip():
            raise ValidationError("Mời đồng chí ghi lý do vào ô bên dưới.")

    def to_reason(self) -> str:
        """The reason as it is kept with the attempt."""
        note = " ".join((self.note.data or "").split())
        words = labels.ASSIST_REASONS[self.reason.data]
        if self.reason.data == OTHER:
            return note
        return f"{words}: {note}" if note else words
