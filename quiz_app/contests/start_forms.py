"""Shapes of what an organiser sends to begin from something: a profile, an earlier contest or round, a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from wtforms import DateTimeLocalField, Field, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from quiz_app.contests import profiles, rehearsing
from quiz_app.contests.contradictions import BAD_YEAR, YEARS
from quiz_app.kernel.clock import VIETNAM
from quiz_app.web.forms import Form, choices

LOCAL = ["%Y-%m-%dT%H:%M"]
SPREAD, ANY = "chia-deu", "bat-ky"


class Countable:
    """A year in which rounds may lie: further rounds are reckoned from it before their own terms are looked at."""

    def __call__(self, form: Form, field: Field) -> None:
        del form
        if field.data is not None and field.data.year not in YEARS:
            raise ValidationError(BAD_YEAR)


class ProfileForm(Form):
    profile = RadioField(
        "Mẫu thể lệ",
        choices=choices([(one.slug, f"{one.title}: {one.summary}") for one in profiles.PROFILES.values()]),
        default=profiles.DEFAULT,
        validators=[InputRequired()],
        widget=ListWidget(prefix_label=False),
    )
    title = StringField("Tên cuộc thi", [DataRequired(), Length(max=200)])
    unit_id = SelectField("Đơn vị tổ chức", [InputRequired()], coerce=int)
    first_opens_at = DateTimeLocalField("Đợt đầu mở lúc", [InputRequired(), Countable()], format=LOCAL)
    rounds = IntegerField(
        "Số đợt",
        [Optional(), NumberRange(1, profiles.MOST_ROUNDS)],
        description="Mỗi đợt một tuần. Để trống thì lấy số đợt của mẫu.",
    )
    set_ids = SelectMultipleField(
        "Bộ câu hỏi",
        [InputRequired()],
        coerce=int,
        description="Mọi đợt rút đề từ các bộ đã chọn.",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    blueprint = RadioField(
        "Ma trận đề",
        choices=choices([(SPREAD, "Chia đều số câu cho các chuyên đề có trong bộ"), (ANY, "Rút từ chuyên đề bất kỳ")]),
        default=SPREAD,
        widget=ListWidget(prefix_label=False),
    )

    def offer(self, units: Sequence[tuple[int, str]], sets: Sequence[tuple[int, str]]) -> None:
        self.unit_id.choices = choices([(str(unit_id), name) for unit_id, name in units])
        self.set_ids.choices = choices([(str(set_id), title) for set_id, title in sets])


class ContestCopyForm(Form):
    title = StringField("Tên cuộc thi mới", [DataRequired(), Length(max=200)])
    first_opens_at = DateTimeLocalField(
        "Đợt đầu mở lúc",
        [InputRequired(), Countable()],
        format=LOCAL,
        description="Các đợt sau giữ nguyên khoảng cách với đợt đầu.",
    )


class RoundCopyForm(Form):
    title = StringField("Tên đợt mới", [DataRequired(), Length(max=200)])
    opens_at = DateTimeLocalField(
        "Mở lúc",
        [InputRequired(), Countable()],
        format=LOCAL,
        description="Thời gian mở dài như đợt được nhân bản.",
    )


class RehearsalForm(Form):
    hours = SelectField(
        "Mở trong", choices=choices([(str(hours), f"{hours} giờ") for hours in rehearsing.HOURS]), coerce=int
    )


def instant(local: datetime | None) -> datetime:
    """What a person typed as the time in Vietnam, as an instant."""
    if local is None:
        raise ValueError("the form was not validated")
    return local.replace(tzinfo=VIETNAM)


def local(moment: datetime) -> datetime:
    """An instant as a form shows it."""
    return moment.astimezone(VIETNAM).replace(tzinfo=None)
