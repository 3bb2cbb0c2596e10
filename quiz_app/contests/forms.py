"""Shapes of what an organiser sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from wtforms import DateTimeLocalField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from quiz_app.contests import labels
from quiz_app.contests.models import NamesShown, Round, Shown
from quiz_app.contests.terms import RoundTerms
from quiz_app.kernel.clock import VIETNAM
from quiz_app.rules.drawing import Cell
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.web.forms import Form, choices

LEVELS = (1, 2, 3)
CRITERIA = (Criterion.SCORE, Criterion.DURATION, Criterion.SUBMITTED)


class ContestForm(Form):
    title = StringField("Tên cuộc thi", [DataRequired(), Length(max=200)])
    unit_id = SelectField("Đơn vị tổ chức", [InputRequired()], coerce=int)

    def offer(self, units: Sequence[tuple[int, str]]) -> None:
        self.unit_id.choices = choices([(str(unit_id), name) for unit_id, name in units])


class RoundForm(Form):
    """A round by the default profile: 15 minutes, 3 attempts, the best and then the fastest one counts."""

    title = StringField("Tên đợt thi", [DataRequired(), Length(max=200)], description="Ví dụ: Tuần 1")
    opens_at = DateTimeLocalField("Mở lúc", [InputRequired()], format=["%Y-%m-%dT%H:%M"])
    closes_at = DateTimeLocalField("Đóng lúc", [InputRequired()], format=["%Y-%m-%dT%H:%M"])
    time_limit_minutes = IntegerField(
        "Thời lượng (phút)",
        [Optional(), NumberRange(1, 600)],
        default=15,
        description="Để trống nếu không giới hạn trong thời gian mở.",
    )
    attempts_allowed = IntegerField("Số lượt mỗi người", [InputRequired(), NumberRange(1, 100)], default=3)
    counted = SelectField(
        "Lượt được tính",
        choices=choices([(one.value, labels.COUNTED[one]) for one in CountedAttempt]),
        default=CountedAttempt.BEST_FASTEST.value,
    )
    first = SelectField("Xếp hạng trước hết theo", default=Criterion.SCORE.value)
    second = SelectField("Bằng nhau thì theo", default=Criterion.DURATION.value)
    third = SelectField("Vẫn bằng nhau thì theo", default=Criterion.SUBMITTED.value)
    show_score = SelectField("Công bố điểm", default=Shown.AFTER_SUBMISSION.value)
    show_marks = SelectField("Công bố câu đúng, câu sai", default=Shown.AFTER_CLOSING.value)
    show_keys = SelectField("Công bố đáp án và giải thích", default=Shown.AFTER_CLOSING.value)
    names_shown = SelectField(
        "Nêu tên trên bảng",
        choices=choices([(one.value, labels.NAMES_SHOWN[one]) for one in NamesShown]),
        default=NamesShown.CONSENTED.value,
    )
    set_ids = SelectMultipleField(
        "Bộ câu hỏi",
        coerce=int,
        description="Đề được rút ngẫu nhiên từ các bộ đã chọn.",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    note = TextAreaField("Ghi chú thêm vào thể lệ", [Optional(), Length(max=4000)])

    def offer(self, sets: Sequence[tuple[int, str]]) -> None:
        self.set_ids.choices = choices([(str(set_id), title) for set_id, title in sets])
        ranked = [(one.value, labels.CRITERIA[one].capitalize()) for one in CRITERIA]
        self.first.choices = choices(ranked)
        self.second.choices = self.third.choices = choices([("", "Không xét thêm"), *ranked])
        shown = choices([(one.value, labels.SHOWN[one]) for one in Shown])
        self.show_score.choices = self.show_marks.choices = self.show_keys.choices = shown

    def fill(self, round_: Round, set_ids: list[int]) -> None:
        """Show a round's present terms."""
        self.process(data=self._values(round_, set_ids))

    @staticmethod
    def _values(round_: Round, set_ids: list[int]) -> Mapping[str, Any]:
        first, second, third = [*round_.tie_breaks, "", ""][:3]
        return {
            "title": round_.title,
            "opens_at": _local(round_.opens_at),
            "closes_at": _local(round_.closes_at),
            "time_limit_minutes": round_.time_limit_s // 60 if round_.time_limit_s else None,
            "attempts_allowed": round_.attempts_allowed,
            "counted": round_.counted,
            "first": first,
            "second": second,
            "third": third,
            "show_score": round_.show_score,
            "show_marks": round_.show_marks,
            "show_keys": round_.show_keys,
            "names_shown": round_.names_shown,
            "set_ids": set_ids,
            "note": round_.note,
        }

    def to_terms(self) -> RoundTerms:
        minutes = self.time_limit_minutes.data
        return RoundTerms(
            title=self.title.data or "",
            opens_at=_instant(self.opens_at.data),
            closes_at=_instant(self.closes_at.data),
            time_limit_s=None if minutes is None else minutes * 60,
            attempts_allowed=self.attempts_allowed.data or 0,
            counted=CountedAttempt(self.counted.data),
            tie_breaks=tuple(Criterion(name) for name in (self.first.data, self.second.data, self.third.data) if name),
            show_score=self.show_score.data,
            show_marks=self.show_marks.data,
            show_keys=self.show_keys.data,
            names_shown=self.names_shown.data,
            set_ids=tuple(self.set_ids.data or ()),
            note=self.note.data or "",
        )


class OpenForm(Form):
    """Nothing but the confirmation itself."""


def blueprint_form(topics: Sequence[tuple[str, str]], available: Mapping[tuple[str, int], int]) -> type[Form]:
    """A form with one number per topic and level that the chosen sets can fill."""
    fields: dict[str, Any] = {}
    for index, (code, title) in enumerate(topics):
        for level in LEVELS:
            stock = available.get((code, level), 0)
            fields[cell_name(index, level)] = IntegerField(
                f"{title}, mức {labels.LEVELS[level].lower()}",
                [Optional(), NumberRange(0, 100)],
                description=f"có {stock} câu",
            )
    return type("BlueprintForm", (Form,), fields)


def cell_name(topic_index: int, level: int) -> str:
    return f"o_{topic_index}_{level}"


def to_cells(form: Form, topics: Sequence[tuple[str, str]]) -> list[Cell]:
    """The cells that the organiser filled in."""
    return [
        Cell(code, level, form[cell_name(index, level)].data or 0)
        for index, (code, _) in enumerate(topics)
        for level in LEVELS
    ]


def _instant(local: datetime | None) -> datetime:
    """What a person typed as the time in Vietnam, as an instant."""
    if local is None:
        raise ValueError("the form was not validated")
    return local.replace(tzinfo=VIETNAM)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(VIETNAM).replace(tzinfo=None)
