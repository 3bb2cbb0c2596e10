"""Forms of this feature: shape only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import TextInput

from quiz_app.awards import labels
from quiz_app.awards.certificates import Words
from quiz_app.awards.models import PaymentWay
from quiz_app.awards.occasions import Occasion
from quiz_app.awards.payments import Details
from quiz_app.awards.proposals import Special
from quiz_app.web.filters import format_number
from quiz_app.web.forms import Form, choices


class OccasionForm(Form):
    cho = SelectField("Cấp giấy chứng nhận cho")

    def offer(self, occasions: Sequence[Occasion]) -> None:
        self.cho.choices = choices((key(one), f"{labels.KINDS[one.kind]}: {one.title}") for one in occasions)


class WordsForm(Form):
    """What stands on the certificates; the names of the fields are those of `Words`."""

    superior = StringField(
        "Cấp ủy cấp trên",
        [Optional(), Length(max=120)],
        description="Dòng thứ nhất ở góc trái. Ví dụ: Đảng bộ thành phố Hà Nội.",
    )
    issuer = StringField(
        "Cơ quan cấp giấy", [DataRequired(), Length(max=120)], description="Dòng in đậm dưới tên cấp ủy cấp trên."
    )
    body = TextAreaField("Nội dung chứng nhận", [DataRequired(), Length(max=300)])
    place = StringField("Nơi ký", [DataRequired(), Length(max=80)], description="Đứng trước ngày. Ví dụ: Bát Tràng.")
    signs_for = StringField("Ký thay mặt", [Optional(), Length(max=120)], description="Ví dụ: T/M Ban Thường vụ.")
    office = StringField("Chức vụ người ký", [DataRequired(), Length(max=120)])
    signer = StringField("Họ và tên người ký", [DataRequired(), Length(max=120)])

    @property
    def words(self) -> Words:
        return Words(**{name: " ".join((self[name].data or "").split()) for name in Words.__dataclass_fields__})


class ReasonForm(Form):
    reason = TextAreaField("Lý do", [DataRequired(labels.REASON_NEEDED), Length(max=400)])


class CodeForm(Form):
    ma = StringField("Mã in trên giấy", [Length(max=80)], description="16 chữ và số; không cần gõ dấu gạch.")


class SureForm(Form):
    """Asks first; `dau` is the hash of what was read."""

    dau = HiddenField()


class FindForm(Form):
    tim = StringField("Tìm họ tên hoặc đơn vị", [Length(max=80)])


class SpecialForm(Form):
    """A prize added by hand."""

    holder = RadioField("Trao cho", [DataRequired("Mời đồng chí chọn người hoặc tập thể.")])
    title = StringField(
        "Tên giải", [DataRequired(), Length(max=120)], description="Ví dụ: Giải Người dự thi cao tuổi nhất."
    )
    reason = TextAreaField("Lý do", [DataRequired(labels.REASON_NEEDED), Length(max=400)])

    @property
    def wanted(self) -> Special:
        kind, _, number = (self.holder.data or "").partition(":")
        return Special(
            member_id=int(number) if kind == "member" else None,
            unit_id=int(number) if kind == "unit" else None,
            title=" ".join((self.title.data or "").split()),
            reason=" ".join((self.reason.data or "").split()),
        )


class AmountField(IntegerField):
    """Whole đồng, typed with or without dots between the thousands."""

    widget = TextInput()  # a browser's number field sends "1.000.000" as nothing

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([re.sub(r"[.\s]", "", typed) for typed in valuelist])

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_number(self.data)


def _joined(typed: str | None) -> str:
    """As it stands on cards and in bank books, without the blanks and dots that people group it by."""
    return re.sub(r"[.\s-]", "", typed or "")


class HandlerForm(Form):
    member = SelectField("Thành viên Ban tổ chức")


class DetailsForm(Form):
    """How a winner is paid."""

    identity = StringField(
        "Số giấy tờ tùy thân",
        [DataRequired(), Length(max=20), Regexp(r"^[0-9A-Za-z]{6,20}$", message=labels.WRONG_IDENTITY)],
        filters=[_joined],
        description="Số căn cước hoặc hộ chiếu, đối chiếu với giấy tờ của người nhận giải.",
    )
    amount = AmountField("Số tiền (đồng)", [Optional(), NumberRange(0, 1_000_000_000)], description="Ví dụ: 500.000.")
    way = RadioField(
        "Cách trao", [DataRequired()], choices=choices((one.value, words) for one, words in labels.WAYS.items())
    )
    bank = StringField("Ngân hàng, nếu chuyển khoản", [Optional(), Length(max=120)])
    account = StringField(
        "Số tài khoản",
        [Optional(), Length(max=30), Regexp(r"^[0-9A-Za-z]+$", message=labels.WRONG_ACCOUNT)],
        filters=[_joined],
    )
    payee = StringField("Tên chủ tài khoản", [Optional(), Length(max=120)])

    @property
    def details(self) -> Details:
        return Details(
            way=PaymentWay(self.way.data),
            identity=self.identity.data or "",
            amount=self.amount.data,
            bank=self.bank.data or "",
            account=self.account.data or "",
            payee=self.payee.data or "",
        )


class PaidForm(Form):
    """That the prize was received."""

    received_on = DateField("Ngày nhận", [DataRequired("Đồng chí chưa chọn ngày.")])
    receipt = StringField(
        "Ký nhận",
        [DataRequired(), Length(max=200)],
        description="Ai ký nhận, ở chứng từ nào. Ví dụ: Người nhận ký, phiếu chi số 12.",
    )

    @property
    def day(self) -> date:
        found = self.received_on.data
        if not isinstance(found, date):
            raise RuntimeError("the form was not validated")
        return found


def key(occasion: Occasion) -> str:
    """How an address names an occasion."""
    return f"{occasion.subject}@{occasion.unit_id}"


def read_key(text: str) -> tuple[str, int] | None:
    """The subject and the unit that an address names; None where it names none."""
    subject, _, unit_id = text.partition("@")
    is_number = unit_id.isascii() and unit_id.isdigit() and len(unit_id) < 18
    return (subject, int(unit_id)) if is_number and len(subject) <= 40 else None
