"""Forms of this feature: shape only."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from quiz_app.awards import labels
from quiz_app.awards.certificates import Words
from quiz_app.awards.occasions import Occasion
from quiz_app.web.forms import Form, choices


class OccasionForm(Form):
    cho = SelectField("Cấp giấy chứng nhận cho")

    def offer(self, occasions: Sequence[Occasion]) -> None:
        self.cho.choices = choices((key(one), f"{labels.KINDS[one.kind]}: {one.title}") for one in occasions)


class WordsForm(Form):
    """What stands on the certificates; the names of the fields are those of `Words`."""

    superior = StringField(
        "Cấp ủy cấp trên", [Length(max=120)], description="Dòng thứ nhất ở góc trái. Ví dụ: Đảng bộ thành phố Hà Nội."
    )
    issuer = StringField(
        "Cơ quan cấp giấy", [InputRequired(), Length(max=120)], description="Dòng in đậm dưới tên cấp ủy cấp trên."
    )
    body = TextAreaField("Nội dung chứng nhận", [InputRequired(), Length(max=300)])
    place = StringField("Nơi ký", [InputRequired(), Length(max=80)], description="Đứng trước ngày. Ví dụ: Bát Tràng.")
    signs_for = StringField("Ký thay mặt", [Length(max=120)], description="Ví dụ: T/M Ban Thường vụ.")
    office = StringField("Chức vụ người ký", [InputRequired(), Length(max=120)])
    signer = StringField("Họ và tên người ký", [InputRequired(), Length(max=120)])

    @property
    def words(self) -> Words:
        return Words(**{name: " ".join((self[name].data or "").split()) for name in Words.__dataclass_fields__})


class ReasonForm(Form):
    reason = TextAreaField("Lý do", [InputRequired(labels.REASON_NEEDED), Length(max=400)])


class CodeForm(Form):
    ma = StringField("Mã in trên giấy", [Length(max=80)], description="16 chữ và số; không cần gõ dấu gạch.")


def key(occasion: Occasion) -> str:
    """How an address names an occasion."""
    return f"{occasion.subject}@{occasion.unit_id}"


def read_key(text: str) -> tuple[str, int] | None:
    """The subject and the unit that an address names; None where it names none."""
    subject, _, unit_id = text.partition("@")
    is_number = unit_id.isascii() and unit_id.isdigit() and len(unit_id) < 18
    return (subject, int(unit_id)) if is_number and len(subject) <= 40 else None
