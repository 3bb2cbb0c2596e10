"""Shapes of what is posted to this feature."""

from __future__ import annotations

from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from quiz_app.kernel.switches import REASON_LENGTH
from quiz_app.web.forms import Form

MOST_HOURS = 72


class ReadOnlyOnForm(Form):
    reason = StringField(
        "Lý do", [DataRequired(), Length(max=REASON_LENGTH)], description="Cán bộ theo dõi và nhật ký đọc được."
    )
    hours = IntegerField(
        "Tự tắt sau (giờ)",
        [Optional(), NumberRange(1, MOST_HOURS)],
        description=f"Từ 1 đến {MOST_HOURS}. Để trống thì chỉ tắt khi có người tắt.",
    )


class ReadOnlyOffForm(Form):
    reason = StringField("Lý do", [DataRequired(), Length(max=REASON_LENGTH)], description="Ghi vào nhật ký.")
