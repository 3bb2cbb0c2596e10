"""Shapes of what an organiser sends while a round runs."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from quiz_app.attempts.granting import LONGEST_REASON, LONGEST_TEXT, MOST_MINUTES
from quiz_app.kernel.errors import BadInput
from quiz_app.web.forms import Form, choices

ALL = 0
Units = Sequence[tuple[int, str]]


class ManageForm(Form):
    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields."""
        for name, messages in refused.errors.items():
            field = self[name]
            field.errors = [*field.errors, *messages]


class NoticeForm(ManageForm):
    unit_id = SelectField("Gửi đến", coerce=int, default=ALL)
    text = TextAreaField(
        "Nội dung thông báo",
        [DataRequired("Mời đồng chí ghi nội dung thông báo."), Length(max=LONGEST_TEXT)],
        description="Hiện ở trang đợt thi của người dự thi; gia hạn cho một đơn vị thì đơn vị khác cũng đọc được. Đã "
        "đăng thì không gỡ được, chỉ đăng thêm thông báo sau.",
    )

    def offer(self, units: Units) -> None:
        self.unit_id.choices = choices([(str(ALL), "Tất cả người dự thi"), *((str(id_), name) for id_, name in units)])

    @property
    def unit(self) -> int | None:
        return self.unit_id.data or None


class ExtensionForm(NoticeForm):
    """The first sending shows what it will do; the second, with the extension shown as `confirmed`, does just that."""

    minutes = IntegerField(
        "Gia hạn thêm (phút)",
        [InputRequired(), NumberRange(1, MOST_MINUTES)],
        description="Tính từ giờ đóng đang có hiệu lực. Chỉ thêm được, không bớt.",
    )
    confirmed = HiddenField()


class SearchForm(Form):
    tim = StringField("Họ tên", [Length(max=120)], description="Gõ có dấu hoặc không dấu.")
    don_vi = SelectField("Đơn vị", [Optional()], coerce=int, default=ALL)

    def offer(self, units: Units) -> None:
        self.don_vi.choices = choices([(str(ALL), "Tất cả"), *((str(id_), name) for id_, name in units)])


class ReasonForm(ManageForm):
    reason = TextAreaField(
        "Lý do",
        [DataRequired("Mời đồng chí ghi lý do."), Length(max=LONGEST_REASON)],
        description="Chỉ Ban tổ chức đọc được.",
    )


class ExtraTimeForm(ReasonForm):
    minutes = IntegerField(
        "Thời gian bù (phút)",
        [InputRequired(), NumberRange(1, MOST_MINUTES)],
        description="Cộng vào thời lượng của mỗi lượt. Không quá lúc hết giờ mở của đợt thi hoặc của buổi thi.",
    )


class CodeForm(Form):
    tim = StringField(
        "Mã biên nhận hoặc họ tên", [Length(max=120)], description="Gõ mã trên biên nhận, hoặc một phần tên."
    )
