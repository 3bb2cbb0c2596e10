"""Shapes of what an organiser sends about contests, stages and rounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from quiz_app.contests import labels
from quiz_app.contests.models import ItemKinds, NamesShown, Shown
from quiz_app.contests.terms import RoundTerms
from quiz_app.kernel.clock import VIETNAM
from quiz_app.members.models import Category
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import EVERY_WEEKDAY, MINUTES_OF_A_DAY, DailyHours
from quiz_app.web.forms import Form, choices

MOST_DECIMALS = 6
MOST_FREEZE_MINUTES = 60 * 24 * 60
MOST_COMPLAINT_DAYS = 60
_HOUR = re.compile(r"(\d{1,2})(?:\s*[:hH.]\s*([0-5]\d)?)?")
FIELDS = {
    "daily": ("daily_from", "daily_to"),
    "tie_breaks": ("first", "second", "third", "fourth"),
    "time_limit_s": ("time_limit_minutes",),
}
"""The fields of the terms that are not a field of the same name; what is wrong with the term is said at the first."""


class Hour:
    """An hour of the day, or nothing."""

    field_flags: ClassVar = {"optional": True}

    def __call__(self, form: Form, field: Field) -> None:
        del form
        if field.data and minutes_of(field.data) is None:
            raise ValidationError("Giờ viết như 07:30; hết ngày là 24:00.")


class ContestForm(Form):
    title = StringField("Tên cuộc thi", [DataRequired(), Length(max=200)])
    unit_id = SelectField("Đơn vị tổ chức", [InputRequired()], coerce=int)

    def offer(self, units: Sequence[tuple[int, str]]) -> None:
        self.unit_id.choices = choices([(str(unit_id), name) for unit_id, name in units])


def _checkboxes(label: str, **options: Any) -> SelectMultipleField:
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **options)


def _shown(label: str, default: Shown) -> SelectField:
    return SelectField(label, choices=choices([(one.value, labels.SHOWN[one]) for one in Shown]), default=default.value)


class RoundForm(Form):
    """Every term of a round; by default 15 minutes, 3 attempts, the best and then the fastest one counts."""

    form_errors: list[str]
    seen = HiddenField()
    title = StringField("Tên đợt thi", [DataRequired(), Length(max=200)], description="Ví dụ: Tuần 1")
    stage_id = SelectField("Giai đoạn", coerce=lambda value: int(value) if value else None)
    opens_at = DateTimeLocalField("Mở lúc", [InputRequired()], format=["%Y-%m-%dT%H:%M"])
    closes_at = DateTimeLocalField("Đóng lúc", [InputRequired()], format=["%Y-%m-%dT%H:%M"])
    daily_from = StringField("Mỗi ngày chỉ làm bài từ", [Hour()], description="Ví dụ 07:00")
    daily_to = StringField("đến", [Hour()], description="Ví dụ 22:00; hết ngày là 24:00")
    weekdays = _checkboxes(
        "Làm bài vào các ngày",
        coerce=int,
        default=sorted(EVERY_WEEKDAY),
        choices=choices([(str(number), name) for number, name in enumerate(labels.WEEKDAYS)]),
        description="Bỏ dấu ở ngày không thi, chẳng hạn ngày nghỉ.",
    )
    time_limit_minutes = IntegerField(
        "Thời lượng (phút)",
        [Optional(), NumberRange(1, 600)],
        default=15,
        description="Để trống: không giới hạn trong thời gian mở.",
    )
    attempts_allowed = IntegerField(
        "Số lượt mỗi người trong cả đợt",
        [Optional(), NumberRange(1, 100)],
        default=3,
        description="Để trống: không giới hạn.",
    )
    attempts_per_day = IntegerField(
        "Số lượt mỗi người trong một ngày",
        [Optional(), NumberRange(1, 100)],
        description="Để trống: không giới hạn.",
    )
    counted = SelectField(
        "Lượt được tính",
        choices=choices([(one.value, labels.COUNTED[one]) for one in CountedAttempt]),
        default=CountedAttempt.BEST_FASTEST.value,
        description="Người thi nhiều lượt được xếp hạng bằng lượt này.",
    )
    assisted_counts = BooleanField(
        "Lượt thi do Bí thư hỗ trợ trên máy chung vẫn được xét giải",
        default=True,
        description="Bỏ dấu: lượt ấy vẫn có điểm và tính vào tỉ lệ tham gia, nhưng không xét giải.",
    )
    first = SelectField("Xếp hạng trước hết theo", default=Criterion.SCORE.value)
    second = SelectField("Bằng nhau thì theo", default=Criterion.DURATION.value)
    third = SelectField("Vẫn bằng nhau thì theo", default=Criterion.SUBMITTED.value)
    fourth = SelectField("Sau cùng theo", default="")
    prediction_kind = SelectField(
        "Câu hỏi dự đoán",
        coerce=lambda value: value or None,
        choices=choices(
            [("", "Không hỏi"), *((one.value, f"Dự đoán {labels.PREDICTION_KINDS[one]}") for one in PredictionKind)]
        ),
        description="Người dự thi trả lời ngay trong lượt thi. Muốn dùng để xếp hạng thì chọn “dự đoán” ở mục trên.",
    )
    prediction_decimals = IntegerField(
        "Số chữ số sau dấu phẩy của tỉ lệ phần trăm",
        [Optional(), NumberRange(0, MOST_DECIMALS)],
        default=0,
        description="Chỉ dùng khi dự đoán tỉ lệ: 2 nghĩa là viết như 12,34 %.",
    )
    show_score = _shown("Công bố điểm", Shown.AFTER_SUBMISSION)
    show_marks = _shown("Công bố câu đúng, câu sai", Shown.AFTER_CLOSING)
    show_keys = _shown("Công bố đáp án và giải thích", Shown.AFTER_CLOSING)
    names_shown = SelectField(
        "Nêu tên trên bảng",
        choices=choices([(one.value, labels.NAMES_SHOWN[one]) for one in NamesShown]),
        default=NamesShown.CONSENTED.value,
    )
    freeze_minutes = IntegerField(
        "Đóng băng bảng trước giờ đóng (phút)",
        [Optional(), NumberRange(1, MOST_FREEZE_MINUTES)],
        description="Từ lúc đó đến khi chốt kết quả, bảng giữ nguyên như lúc đóng băng; Ban tổ chức vẫn xem được số "
        "liệu đang thay đổi. Để trống: không đóng băng.",
    )
    complaint_days = IntegerField(
        "Nhận khiếu nại sau khi đóng (ngày)",
        [InputRequired(), NumberRange(0, MOST_COMPLAINT_DAYS)],
        default=3,
        description="Số ngày sau khi đợt thi đóng mà người dự thi còn gửi được khiếu nại; 0 là chỉ đến lúc đóng.",
    )
    moves_attempts = BooleanField(
        "Sửa đơn vị thì kết quả theo sang đơn vị mới",
        default=True,
        description="Khi một đồng chí được nhận về đơn vị khác trước lúc chốt kết quả. Bỏ đánh dấu: kết quả ở lại đơn "
        "vị lúc thi.",
    )
    set_ids = _checkboxes("Bộ câu hỏi", coerce=int, description="Đề được rút ngẫu nhiên từ các bộ đã chọn.")
    item_kinds = SelectField(
        "Loại câu hỏi", choices=choices([(one.value, labels.ITEM_KINDS[one]) for one in ItemKinds])
    )
    entry_unit_ids = _checkboxes(
        "Đơn vị được dự thi",
        coerce=int,
        description="Không đánh dấu đơn vị nào: mời mọi đơn vị của cuộc thi. "
        "Đánh dấu một đơn vị là mời cả các đơn vị trực thuộc.",
    )
    entry_categories = _checkboxes(
        "Đối tượng được dự thi",
        choices=choices([(one.value, labels.CATEGORIES[one]) for one in Category]),
        description="Không đánh dấu: mời mọi đối tượng.",
    )
    minimum_age = IntegerField(
        "Tuổi ít nhất",
        [Optional(), NumberRange(1, 120)],
        description="Tính đủ năm vào ngày bắt đầu lượt thi. Để trống: không xét tuổi.",
    )
    note = TextAreaField(
        "Ghi chú thêm vào thể lệ",
        [Optional(), Length(max=4000)],
        description="Thể lệ được viết sẵn từ các mục trên; ở đây chỉ ghi điều chưa có, như cơ cấu giải, liên hệ.",
    )

    def offer(
        self,
        *,
        sets: Sequence[tuple[int, str]],
        units: Sequence[tuple[int, str]],
        stages: Sequence[tuple[int, str]],
    ) -> None:
        """What may be chosen from."""
        self.set_ids.choices = choices([(str(set_id), title) for set_id, title in sets])
        self.entry_unit_ids.choices = choices([(str(unit_id), name) for unit_id, name in units])
        self.stage_id.choices = choices(
            [("", "Không thuộc giai đoạn nào"), *((str(stage_id), title) for stage_id, title in stages)]
        )
        if not stages:  # the page has no such field then, and an error would stand beside nothing
            self.stage_id.data, self.stage_id.process_errors = None, []
        ranked = [(one.value, labels.CRITERIA[one].capitalize()) for one in Criterion]
        self.first.choices = choices(ranked)
        further = choices([("", "Không xét thêm"), *ranked])
        self.second.choices = self.third.choices = self.fourth.choices = further

    def leave_out(self, terms: Collection[str]) -> None:
        """Ask for none of these terms: whatever is sent for them, they stay as they are stored."""
        for term in terms:
            for name in fields_of(term):
                if name in self:
                    del self[name]

    def validate_daily_to(self, field: Field) -> None:
        """Both hours or neither, in their order."""
        opens, closes = minutes_of(self.daily_from.data), minutes_of(field.data)
        if bool(self.daily_from.data) != bool(field.data):
            raise ValidationError("Xin ghi cả giờ bắt đầu và giờ kết thúc, hoặc để trống cả hai.")
        if opens is not None and closes is not None and opens >= closes:
            raise ValidationError("Giờ kết thúc phải sau giờ bắt đầu, trong cùng một ngày.")

    def to_terms(self, stored: RoundTerms | None = None) -> RoundTerms:
        """What was sent; what this form does not ask for, or was not asked for, as it is stored."""
        sent = {term: read(self) for term, read in _READ.items() if all(name in self for name in fields_of(term))}
        return RoundTerms(**sent) if stored is None else replace(stored, **sent)

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Put what a service found wrong with a term beside its field, or above the form where it has none here."""
        for term, messages in errors.items():
            name = fields_of(term)[0]
            if name in self:
                self[name].errors = [*self[name].errors, *messages]
            else:
                self.form_errors = [*self.form_errors, *messages]


def fields_of(term: str) -> tuple[str, ...]:
    """The names of the fields in which a term stands."""
    return FIELDS.get(term, (term,))


def shown_terms(terms: RoundTerms) -> dict[str, Any]:
    """The terms as the form's fields hold them."""
    first, second, third, fourth = [*terms.tie_breaks, "", "", "", ""][:4]
    daily = terms.daily
    return {
        **{name: getattr(terms, name) for name in RoundTerms.__dataclass_fields__},
        "opens_at": _local(terms.opens_at),
        "closes_at": _local(terms.closes_at),
        "daily_from": "" if daily is None else hour_of(daily.opens),
        "daily_to": "" if daily is None else hour_of(daily.closes),
        "weekdays": sorted(terms.weekdays),
        "time_limit_minutes": None if terms.time_limit_s is None else terms.time_limit_s // 60,
        "first": first,
        "second": second,
        "third": third,
        "fourth": fourth,
        "set_ids": list(terms.set_ids),
        "entry_unit_ids": list(terms.entry_unit_ids),
        "entry_categories": list(terms.entry_categories),
    }


class OpenForm(Form):
    """Nothing but the confirmation itself."""


def hour_of(minutes: int) -> str:
    """Minutes after midnight as a clock shows them; the end of a day is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def minutes_of(hour: str | None) -> int | None:
    """Minutes after midnight of an hour as people write it (7:30, 07h30, 24:00); None for anything else."""
    found = _HOUR.fullmatch((hour or "").strip())
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2] or 0)
    return minutes if minutes <= MINUTES_OF_A_DAY else None


def _daily(form: RoundForm) -> DailyHours | None:
    opens, closes = minutes_of(form.daily_from.data), minutes_of(form.daily_to.data)
    return None if opens is None or closes is None else DailyHours(opens, closes)


def _limit(form: RoundForm) -> int | None:
    minutes = form.time_limit_minutes.data
    return None if minutes is None else minutes * 60


def _decimals(form: RoundForm) -> int:
    is_percentage = form.prediction_kind.data == PredictionKind.PERCENTAGE
    return (form.prediction_decimals.data or 0) if is_percentage else 0


_READ: Mapping[str, Callable[[RoundForm], Any]] = {
    "title": lambda form: form.title.data or "",
    "stage_id": lambda form: form.stage_id.data,
    "opens_at": lambda form: _instant(form.opens_at.data),
    "closes_at": lambda form: _instant(form.closes_at.data),
    "daily": _daily,
    "weekdays": lambda form: frozenset(form.weekdays.data or ()),
    "time_limit_s": _limit,
    "attempts_allowed": lambda form: form.attempts_allowed.data,
    "attempts_per_day": lambda form: form.attempts_per_day.data,
    "counted": lambda form: CountedAttempt(form.counted.data),
    "assisted_counts": lambda form: form.assisted_counts.data,
    "tie_breaks": lambda form: tuple(Criterion(form[name].data) for name in FIELDS["tie_breaks"] if form[name].data),
    "prediction_kind": lambda form: form.prediction_kind.data and PredictionKind(form.prediction_kind.data),
    "prediction_decimals": _decimals,
    "show_score": lambda form: form.show_score.data,
    "show_marks": lambda form: form.show_marks.data,
    "show_keys": lambda form: form.show_keys.data,
    "names_shown": lambda form: form.names_shown.data,
    "freeze_minutes": lambda form: form.freeze_minutes.data,
    "complaint_days": lambda form: form.complaint_days.data or 0,
    "moves_attempts": lambda form: form.moves_attempts.data,
    "set_ids": lambda form: tuple(sorted(form.set_ids.data or ())),
    "item_kinds": lambda form: ItemKinds(form.item_kinds.data),
    "entry_unit_ids": lambda form: tuple(sorted(form.entry_unit_ids.data or ())),
    "entry_categories": lambda form: tuple(sorted(form.entry_categories.data or ())),
    "minimum_age": lambda form: form.minimum_age.data,
    "note": lambda form: form.note.data or "",
}


def _instant(local: datetime | None) -> datetime:
    """What a person typed as the time in Vietnam, as an instant."""
    if local is None:
        raise ValueError("the form was not validated")
    return local.replace(tzinfo=VIETNAM)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(VIETNAM).replace(tzinfo=None)
