"""The page of a contest's stages: their names and order, a new one, and where each round belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, Field, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from quiz_app.contests.models import Round, Stage
from quiz_app.contests.stages import StagePlan
from quiz_app.web.forms import Form, choices

LAST_PLACE = 99


@dataclass(frozen=True, slots=True)
class StagesSent:
    """What an organiser wants: stages in their order, stages to be removed, and the stage of each round."""

    wanted: tuple[StagePlan, ...]
    removed: tuple[int, ...]
    stage_of_round: dict[int, int | None]


def _keeps_its_rounds(form: Form, field: Field) -> None:
    """A stage that is removed holds no round."""
    number = int(field.name.removeprefix("bo_"))
    if field.data and any(one.data == number for one in form if one.name.startswith("dot_")):
        raise ValidationError("Còn đợt thi thuộc giai đoạn này. Xin xếp đợt thi sang chỗ khác trước khi bỏ.")


def stages_form(stages: Sequence[Stage], rounds: Sequence[Round]) -> Form:
    """A form over the stages and those rounds that may still be moved."""
    fields: dict[str, Any] = {}
    for stage in stages:
        fields[f"ten_{stage.id}"] = StringField("Tên giai đoạn", [DataRequired(), Length(max=200)], default=stage.title)
        fields[f"thu_tu_{stage.id}"] = IntegerField(
            "Thứ tự", [InputRequired(), NumberRange(1, LAST_PLACE)], default=stage.position
        )
        fields[f"bo_{stage.id}"] = BooleanField("Bỏ giai đoạn này", [_keeps_its_rounds])
    fields["ten_moi"] = StringField(
        "Thêm giai đoạn", [Length(max=200)], description="Ví dụ: Vòng sơ khảo. Để trống nếu không thêm."
    )
    offered = choices([("", "Không thuộc giai đoạn nào"), *((str(stage.id), stage.title) for stage in stages)])
    for round_ in rounds:
        fields[f"dot_{round_.id}"] = SelectField(
            round_.title,
            coerce=lambda value: int(value) if value else None,
            choices=offered,
            default=round_.stage_id or "",
        )
    form: Form = type("StagesForm", (Form,), fields)()
    return form


def sent_stages(form: Form, stages: Sequence[Stage], rounds: Sequence[Round]) -> StagesSent:
    """Read a form that was found valid."""
    removed = tuple(stage.id for stage in stages if form[f"bo_{stage.id}"].data)
    kept = sorted(
        (stage for stage in stages if stage.id not in removed),
        key=lambda stage: (form[f"thu_tu_{stage.id}"].data, stage.position),
    )
    wanted = [StagePlan(stage.id, form[f"ten_{stage.id}"].data) for stage in kept]
    if form["ten_moi"].data:
        wanted.append(StagePlan(None, form["ten_moi"].data))
    return StagesSent(tuple(wanted), removed, {round_.id: form[f"dot_{round_.id}"].data for round_ in rounds})
