"""Forms of this feature: shape only."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, HiddenField, RadioField, SearchField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from quiz_app.kernel.errors import BadInput
from quiz_app.members import labels as members_labels
from quiz_app.units import labels as units_labels
from quiz_app.units.models import Unit
from quiz_app.units.services import CODE_LENGTH, NAME_LENGTH
from quiz_app.units.tree import REASON_LENGTH
from quiz_app.web.forms import Form, choices

IN_ADDRESS = {"csrf": False}
LONGEST_SEARCH = 80
UNIT_FIELD = "don-vi-"
EVERYBODY = "Đang trong danh sách"


class ActForm(Form):
    """What a refused input is shown in."""

    def show(self, refused: BadInput) -> None:
        """Put what was said about the input beside its fields."""
        for name, messages in refused.errors.items():
            self[name].errors = messages


class ReasonForm(ActForm):
    reason = TextAreaField("Lý do", validators=[InputRequired("Mời đồng chí ghi lý do."), Length(max=REASON_LENGTH)])


class UnitForm(ActForm):
    name = StringField("Tên đơn vị", validators=[InputRequired("Đồng chí chưa điền tên."), Length(max=NAME_LENGTH)])
    code = StringField(
        "Mã đơn vị",
        description="Ngắn, không trùng đơn vị khác; dùng khi nhập danh sách.",
        validators=[InputRequired("Đồng chí chưa điền mã."), Length(max=CODE_LENGTH)],
    )
    kind = SelectField("Loại", choices=choices((kind.value, words) for kind, words in units_labels.KINDS.items()))


class RenameForm(ReasonForm):
    name = StringField("Tên mới", validators=[InputRequired("Đồng chí chưa điền tên."), Length(max=NAME_LENGTH)])
    seen = HiddenField()


class TargetForm(ReasonForm):
    """The reason for bringing something to another unit; where it stood when the page was shown."""

    seen = HiddenField()
    ends_roles = BooleanField(
        "Thôi ngay các vai trò đang giữ ở đơn vị này",
        description="Bỏ dấu chọn nếu bí thư cũ còn cần theo dõi người chưa thi của đợt đang mở.",
        default=True,
    )


class AudiencesForm(ActForm):
    """One field a unit; made by `audiences_form`."""

    @property
    def chosen(self) -> dict[int, str]:
        return {int(field.name[len(UNIT_FIELD) :]): field.data for field in self if field.name.startswith(UNIT_FIELD)}

    def show(self, refused: BadInput) -> None:
        self.form_errors.extend(message for messages in refused.errors.values() for message in messages)


def audiences_form(units: Sequence[Unit]) -> type[AudiencesForm]:
    """The form of these units, with what is said of each by default."""
    offered = choices([("", "Chưa ghi"), *units_labels.AUDIENCES.items()])
    fields = {f"{UNIT_FIELD}{one.id}": SelectField(one.name, choices=offered, default=one.audience) for one in units}
    return type("AudiencesForm", (AudiencesForm,), fields)


class UnitSearchForm(Form):
    tim = SearchField("Tìm đơn vị theo tên hoặc mã", validators=[Length(max=LONGEST_SEARCH)])


class MemberSearchForm(Form):
    tim = SearchField("Họ tên hoặc số thẻ", validators=[Length(max=LONGEST_SEARCH)])
    standing = SelectField(
        "Tình trạng",
        name="tinh-trang",
        choices=choices([("", EVERYBODY), *((one.value, words) for one, words in members_labels.STANDINGS.items())]),
    )


class StandingForm(ReasonForm):
    standing = RadioField(
        "Tình trạng sinh hoạt",
        choices=choices((one.value, words) for one, words in members_labels.STANDINGS.items()),
        validators=[InputRequired("Đồng chí chưa chọn.")],
    )
    seen = HiddenField()


class CategoryForm(ReasonForm):
    category = RadioField(
        "Diện",
        choices=choices((one.value, words) for one, words in members_labels.CATEGORIES.items()),
        validators=[InputRequired("Đồng chí chưa chọn.")],
    )
    seen = HiddenField()


class MergeForm(ReasonForm):
    kept = RadioField("Giữ hồ sơ nào?", validators=[InputRequired("Đồng chí chưa chọn hồ sơ giữ lại.")])
