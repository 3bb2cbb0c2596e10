"""Forms of this feature: shape only."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from quiz_app.elsewhere import labels
from quiz_app.elsewhere.models import OutsideContest
from quiz_app.elsewhere.services import Terms, Told
from quiz_app.elsewhere.sheet import MOST_ATTEMPTS, points
from quiz_app.kernel.errors import BadInput
from quiz_app.web.forms import Form, choices
from quiz_app.web.pictures import LIMIT_MB

IN_ADDRESS = {"csrf": False}


class ShowingForm(Form):
    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields."""
        for name, messages in refused.errors.items():
            self[name].errors = [*self[name].errors, *messages]


class ContestForm(ShowingForm):
    unit = SelectField("Cho đảng viên thuộc", coerce=int)
    title = StringField("Tên cuộc thi", [InputRequired("Mời đồng chí ghi tên cuộc thi."), Length(max=200)])
    organiser = StringField("Nơi tổ chức", [InputRequired("Mời đồng chí ghi nơi tổ chức."), Length(max=200)])
    link = StringField("Địa chỉ trang thi", [Optional(), Length(max=400)], description="Ví dụ: https://cuocthi.vn")
    starts_on = DateField("Từ ngày", [InputRequired("Mời đồng chí chọn ngày bắt đầu.")])
    ends_on = DateField("Đến ngày", [InputRequired("Mời đồng chí chọn ngày kết thúc.")])
    is_hidden = BooleanField(
        "Không hiện ở các trang theo dõi nữa", description="Chọn khi cuộc thi đã xong. Số liệu vẫn giữ ở trang này."
    )

    def validate_link(self, field: StringField) -> None:
        """An address that a page may link to."""
        parts = urlsplit(field.data or "")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValidationError("Địa chỉ phải bắt đầu bằng https:// hoặc http://.")

    def to_terms(self) -> Terms:
        if self.starts_on.data is None or self.ends_on.data is None:
            raise RuntimeError("the form was not validated")
        return Terms(
            self.title.data or "",
            self.organiser.data or "",
            self.link.data or "",
            self.starts_on.data,
            self.ends_on.data,
            bool(self.is_hidden.data),
        )

    @classmethod
    def of(cls, contest: OutsideContest) -> ContestForm:
        return cls(formdata=None, obj=contest, unit=contest.unit_id, is_hidden=contest.hidden_at is not None)


class DeclareForm(ShowingForm):
    took_part_on = DateField("Ngày dự thi", [InputRequired("Mời đồng chí chọn ngày dự thi.")])
    score = StringField("Điểm", [Optional(), Length(max=20)], description="Nếu có, ví dụ 18 hoặc 18,5.")
    attempts = IntegerField("Số lượt đã thi", [Optional(), NumberRange(1, MOST_ATTEMPTS)])
    picture = FileField(
        "Ảnh minh chứng",
        [FileRequired(labels.NO_PICTURE)],
        description=f"Ảnh chụp màn hình kết quả hoặc giấy chứng nhận: PNG, JPEG hoặc WebP, không quá {LIMIT_MB} MB. "
        "Chỉ đồng chí và bí thư chi bộ xem được; ảnh được xóa 30 ngày sau khi bí thư trả lời.",
    )

    def validate_score(self, field: StringField) -> None:
        """A number of points."""
        if field.data and points(field.data) is None:
            raise ValidationError("Ghi số điểm, ví dụ 18 hoặc 18,5.")

    def to_told(self) -> Told:
        if self.took_part_on.data is None:
            raise RuntimeError("the form was not validated")
        return Told(points(self.score.data) if self.score.data else None, self.attempts.data, self.took_part_on.data)


class DecisionForm(ShowingForm):
    revision = HiddenField(validators=[InputRequired()])
    reason = TextAreaField("Lý do", [Optional(), Length(max=400)], description="Người khai báo đọc được.")

    @property
    def looked_at(self) -> int:
        """The revision that was looked at; one that none can be where it is no number."""
        text = self.revision.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class ListForm(ShowingForm):
    file = FileField("Tệp danh sách (.xlsx)", [FileRequired("Đồng chí chưa chọn tệp.")])


class StateForm(Form):
    state = SelectField("Trạng thái", name="trang-thai")


def state_form(slug: str) -> StateForm:
    """The filter above a list, as the address spells it."""
    form = StateForm(formdata=None, meta=IN_ADDRESS, state=slug)
    states = [(own, labels.STATES[state]) for state, own in labels.STATE_SLUGS.items()]
    form.state.choices = choices([("", "Tất cả"), *states])
    return form
