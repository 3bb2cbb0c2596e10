"""Shapes of what an organiser sends about corrections."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import DateTimeLocalField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from quiz_app.attempts.correcting import LONGEST_REASON
from quiz_app.attempts.granting import LONGEST_TEXT
from quiz_app.kernel.errors import BadInput
from quiz_app.results.correction_labels import NO_REMEDY, REMEDIES
from quiz_app.rules.rescoring import Remedy
from quiz_app.web.forms import Form, choices

SECONDS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
MINUTES = ["%Y-%m-%dT%H:%M"]


class CorrectionForm(Form):
    reason = TextAreaField(
        "Lý do",
        [DataRequired("Mời đồng chí ghi lý do."), Length(max=LONGEST_REASON)],
        description="Ghi vào hồ sơ và nhật ký. Người bị đổi kết quả đọc được, nếu không có thông báo ở dưới.",
    )
    notice = TextAreaField(
        "Thông báo cho người dự thi",
        [Optional(), Length(max=min(LONGEST_REASON, LONGEST_TEXT))],
        description="Khi được duyệt, đăng ở trang đợt thi cho mọi người dự thi; không nêu tên ai.",
    )

    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields; of what has no field here, beside the reason."""
        for name, messages in refused.errors.items():
            field = self._fields.get(name, self.reason)
            field.errors = [*field.errors, *messages]


class AttemptForm(CorrectionForm):
    """Annul one attempt."""


class ItemForm(CorrectionForm):
    remedy = RadioField(
        "Cách xử lý",
        [InputRequired(NO_REMEDY)],
        choices=choices([(one.value, REMEDIES[one]) for one in Remedy]),
        widget=ListWidget(prefix_label=False),
    )
    key = SelectMultipleField(
        "Đáp án mới",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, options: Sequence[tuple[int, str]], *, is_multiple: bool) -> None:
        self.key.choices = choices([(str(id_), text) for id_, text in options])
        many = "Câu nhiều đáp án: chọn đủ mọi phương án đúng, không thừa không thiếu."
        one = "Câu một đáp án: chọn đúng một phương án."
        self.key.description = f"Chỉ chọn khi sửa đáp án. {many if is_multiple else one}"


class WindowForm(CorrectionForm):
    window_from = DateTimeLocalField("Từ", [InputRequired()], format=SECONDS, render_kw={"step": "1"})
    window_until = DateTimeLocalField(
        "Đến trước",
        [InputRequired()],
        format=SECONDS,
        render_kw={"step": "1"},
        description="Lượt bắt đầu đúng lúc này không bị hủy.",
    )


class RerunForm(Form):
    title = StringField("Tên đợt thi lại", [DataRequired(), Length(max=200)])
    opens_at = DateTimeLocalField("Mở lúc", [InputRequired()], format=MINUTES)
    closes_at = DateTimeLocalField("Đóng lúc", [InputRequired()], format=MINUTES)
    notice = TextAreaField(
        "Thông báo cho người dự thi",
        [DataRequired("Mời đồng chí ghi nội dung thông báo."), Length(max=LONGEST_TEXT)],
        description="Đăng ngay ở trang của đợt thi cũ. Đã đăng thì không gỡ được.",
    )

    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields; of what has no field here, beside the opening."""
        for name, messages in refused.errors.items():
            field = self._fields.get(name, self.opens_at)
            field.errors = [*field.errors, *messages]


class SearchForm(Form):
    tim = StringField(
        "Mã biên nhận hoặc họ tên", [Length(max=120)], description="Gõ mã trên biên nhận, hoặc một phần tên."
    )


class ItemSearchForm(Form):
    tim = StringField("Tìm trong câu dẫn hoặc số hiệu", [Length(max=120)], description="Gõ có dấu hoặc không dấu.")


class SureForm(Form):
    """Asks first; nothing is typed."""
