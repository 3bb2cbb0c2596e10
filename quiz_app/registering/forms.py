"""Forms of this feature: shape only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    RadioField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional, ValidationError

from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.text import tidy
from quiz_app.members import labels as members_labels
from quiz_app.members.models import Purpose
from quiz_app.members.passwords import MAX_LENGTH, problems
from quiz_app.members.roster_values import birth, phone_number
from quiz_app.registering import labels
from quiz_app.registering.desks import Terms
from quiz_app.registering.models import RegistrationDesk, Way
from quiz_app.registering.queries import Place
from quiz_app.registering.services import REASON_LENGTH, Told
from quiz_app.units.models import Unit
from quiz_app.web.forms import Form, choices

LONGEST_SEARCH = 80
NEW_UNIT = "moi"
IN_ADDRESS = {"csrf": False}


class UnitSearchForm(Form):
    tim = SearchField(
        "Thôn, tổ dân phố hoặc chi bộ", validators=[Length(max=LONGEST_SEARCH)], description="Gõ không cần dấu."
    )


class ShowingForm(Form):
    def show(self, refused: BadInput) -> None:
        """Put what was found wrong beside its fields."""
        for name, messages in refused.errors.items():
            self[name].errors = messages


class RegisterForm(ShowingForm):
    code = StringField(
        "Mã đăng ký",
        description="Ban tổ chức thông báo trên áp phích, trên loa hoặc trong nhóm.",
        validators=[InputRequired("Đồng chí chưa điền mã đăng ký."), Length(max=40)],
    )
    full_name = StringField("Họ và tên", validators=[InputRequired("Đồng chí chưa điền họ và tên."), Length(max=120)])
    born = StringField(
        "Ngày sinh",
        description="Ví dụ 05/02/1960. Không nhớ ngày thì ghi riêng năm.",
        validators=[InputRequired("Đồng chí chưa điền ngày sinh."), Length(max=40)],
    )
    phone = StringField(
        "Số điện thoại",
        description="Dùng để đăng nhập. Người trong nhà dùng chung một số được.",
        validators=[InputRequired("Đồng chí chưa điền số điện thoại."), Length(max=40)],
    )
    new = PasswordField(
        "Mã số bí mật", validators=[InputRequired("Đồng chí chưa chọn mã số bí mật."), Length(max=MAX_LENGTH)]
    )
    again = PasswordField(
        "Gõ lại một lần nữa",
        validators=[
            InputRequired("Đồng chí chưa gõ lại."),
            EqualTo("new", "Hai lần gõ chưa giống nhau. Mời đồng chí gõ lại cả hai ô."),
        ],
    )
    take_part = BooleanField(members_labels.CONSENTS[Purpose.TAKE_PART])
    publish_name = BooleanField(members_labels.CONSENTS[Purpose.PUBLISH_NAME])
    statistics = BooleanField(members_labels.CONSENTS[Purpose.STATISTICS])

    @classmethod
    def at(cls, place: Place, *, is_new: bool = False) -> RegisterForm:
        """The form of a place, which may ask for no code."""
        form = cls(formdata=None) if is_new else cls()
        if not place.asks_code:
            del form.code
        return form

    def validate_full_name(self, field: StringField) -> None:
        name = field.data or ""
        if len(name.split()) < 2 or any(letter.isdigit() for letter in name):
            raise ValidationError("Ghi đủ họ và tên, không có chữ số.")

    def validate_phone(self, field: StringField) -> None:
        if phone_number(field.data or "") is None:
            raise ValidationError("Ghi một số điện thoại, ví dụ 0912 345 678.")

    def told(self, today: date) -> Told:
        """What was said, in the form in which it is kept. Raises BadInput for a birth or a secret that cannot be."""
        born = birth(self.born.data or "", today)
        phone = phone_number(self.phone.data or "")
        if born is None or phone is None:
            raise BadInput({"born": ["Ghi ngày/tháng/năm, ví dụ 05/02/1960, hoặc riêng năm, ví dụ 1960."]})
        name = tidy(self.full_name.data or "")
        name = name.title() if name.isupper() or name.islower() else name
        born_on, is_year = born
        refused = problems(
            self.new.data or "",
            is_staff=False,
            full_name=name,
            born_on=None if is_year else born_on,
            known_digits=(phone,),
        )
        if refused:
            raise BadInput({"new": refused})
        agreed = [purpose for purpose in labels.ASKED_PURPOSES if self[purpose.value].data]
        return Told(name, born_on, is_year, phone, agreed, members_labels.CONSENT_VERSION)


class FilterForm(Form):
    tim = SearchField("Họ tên", validators=[Length(max=LONGEST_SEARCH)])
    state = SelectField(
        "Tình trạng",
        name="tinh-trang",
        choices=choices(
            [("", "Tất cả"), *((slug, labels.STATES[state]) for state, slug in labels.STATE_SLUGS.items())]
        ),
    )


class DecisionForm(ShowingForm):
    """The answer to one registration. What reads as a reason is needed only where no other word says it."""

    answer = RadioField("Trả lời", validators=[InputRequired("Đồng chí chưa chọn câu trả lời.")])
    reason = TextAreaField(
        "Lý do", validators=[Optional(), Length(max=REASON_LENGTH)], description="Người đăng ký đọc được."
    )

    @classmethod
    def of(cls, *, is_alike: bool, is_new: bool = False) -> DecisionForm:
        form = cls(formdata=None) if is_new else cls()
        offered = [("nhan", "Nhận: là người khác, chưa có hồ sơ" if is_alike else "Nhận")]
        if is_alike:
            offered.append(("la-mot", "Không nhận: là cùng một người, khuyên dùng phiếu của chi bộ"))
        refusing = "Không nhận vì lý do khác (ghi ở dưới)" if is_alike else "Không nhận (ghi lý do ở dưới)"
        form.answer.choices = choices([*offered, ("khong", refusing)])
        return form


class DeskForm(ShowingForm):
    seen = HiddenField()
    way = RadioField("Cách đăng ký", choices=choices((way.value, words) for way, words in labels.WAYS.items()))
    opens_on = DateField("Mở từ ngày", validators=[Optional()])
    closes_on = DateField("Đến hết ngày", validators=[Optional()])
    receiver = SelectField(
        "Người ngoài danh sách đăng ký vào", description="Không tính vào tỉ lệ tham gia của đơn vị này."
    )
    is_on_posters = BooleanField("Ghi cách đăng ký (và mã, nếu cần mã) trên áp phích mời thi")

    @classmethod
    def of(cls, kept: RegistrationDesk | None, offered: Sequence[Unit]) -> DeskForm:
        """The form as the desk stands."""
        form = cls(formdata=None, obj=kept) if kept else cls(formdata=None, way=Way.OFF.value)
        form.seen.data = str(kept.revision if kept else 0)
        form.receiver.data = str(kept.receiving_unit_id if kept else offered[0].id)
        form.offer(offered)
        return form

    def offer(self, offered: Sequence[Unit]) -> None:
        made = (NEW_UNIT, f"Lập đơn vị mới “{labels.UNLISTED}”")
        has_made = any(unit.name == labels.UNLISTED for unit in offered)
        named = [(str(unit.id), unit.name) for unit in offered]
        self.receiver.choices = choices(named if has_made else [*named, made])

    @property
    def looked_at(self) -> int:
        """The revision that was seen; one that none can be where it is no number."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    def to_terms(self) -> Terms:
        chosen = self.receiver.data
        return Terms(
            Way(self.way.data),
            self.opens_on.data,
            self.closes_on.data,
            None if chosen == NEW_UNIT else int(chosen),
            bool(self.is_on_posters.data),
        )
