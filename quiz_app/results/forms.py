"""Forms of this feature: prizes and ranking of units, the reason of a new version, searching a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from wtforms import BooleanField, Field, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from quiz_app.contests.models import Contest, Prize, PrizeScope, UnitClasses
from quiz_app.results import labels
from quiz_app.results.prizes import Mix, PrizePlan
from quiz_app.rules.unit_mix import MixMeasure
from quiz_app.web.forms import Form, choices

BLANK_ROWS = 5  # three prizes, consolation, and one for units
MOST = 10_000
LONGEST_SEARCH = 80
IN_ADDRESS = {"csrf": False}


class SureForm(Form):
    """Asks first; `dau` is the hash of the table that was read."""

    dau = HiddenField()


class ProposeForm(Form):
    """`reason` is asked for from the second version on."""

    reason = TextAreaField("Lý do lập phiên bản mới", [Length(max=1000)])


class SearchForm(Form):
    tim = StringField("Tìm họ tên hoặc đơn vị", [Length(max=LONGEST_SEARCH)])


def _has_both(form: Form, field: Field) -> None:
    """A prize has a title and a number, or neither."""
    count = form[field.name.replace("ten_", "so_")]
    if field.data and count.data is None:
        raise ValidationError(labels.NO_COUNT)
    if not field.data and count.data is not None:
        raise ValidationError(labels.NO_TITLE)


def prize_form(contest: Contest, prizes: Sequence[Prize], free: Collection[PrizeScope], *, is_mix_free: bool) -> Form:
    """A form over what may still be changed: the prizes of each kind with blank rows after them, cap and mix."""
    fields: dict[str, Any] = {}
    for scope in PrizeScope:
        if scope not in free:
            continue
        own: list[Prize | None] = [one for one in prizes if one.scope == scope]
        for number, prize in enumerate([*own, *[None] * BLANK_ROWS]):
            name = f"{scope.value}_{number}"
            fields[f"ten_{name}"] = StringField(
                "Tên giải", [Length(max=120), _has_both], default=prize.title if prize else ""
            )
            fields[f"so_{name}"] = IntegerField(
                "Số lượng", [Optional(), NumberRange(0, MOST)], default=prize.count if prize else None
            )
            fields[f"tap_the_{name}"] = BooleanField("Trao cho đơn vị", default=prize.is_for_units if prize else False)
    if PrizeScope.ROUND in free:
        fields["most_prizes"] = IntegerField(
            "Mỗi người nhận nhiều nhất bao nhiêu giải đợt",
            [Optional(), NumberRange(1, MOST)],
            default=contest.most_prizes,
            description="Để trống là không giới hạn. Ai đã đủ số giải ở các đợt trước thì giải về người kế tiếp.",
        )
    if is_mix_free:
        fields |= _mix_fields(contest)
    form: Form = type("PrizeForm", (Form,), fields)()
    return form


def _mix_fields(contest: Contest) -> dict[str, Any]:
    fields: dict[str, Any] = {
        f"weight_{measure.value}": IntegerField(
            labels.MEASURES[measure],
            [Optional(), NumberRange(0, MOST)],
            default=contest.unit_weights.get(measure.value) or None,
        )
        for measure in MixMeasure
    }
    fields["threshold"] = IntegerField(
        "Điểm khá trở lên là từ", [Optional(), NumberRange(0, MOST)], default=contest.unit_threshold
    )
    fields["minimum"] = IntegerField(
        "Đơn vị từ bao nhiêu đảng viên trở lên được xếp hạng",
        [InputRequired(), NumberRange(0, MOST)],
        default=contest.unit_minimum,
    )
    fields["classes"] = SelectField(
        "Xếp hạng đơn vị trong nhóm nào",
        choices=choices([(one.value, labels.UNIT_CLASSES[one]) for one in UnitClasses]),
        default=contest.unit_classes,
    )
    return fields


def sent_prizes(form: Form, free: Collection[PrizeScope]) -> dict[PrizeScope, list[PrizePlan]]:
    """The prizes of a form that was found valid; rows left blank are none."""
    found: dict[PrizeScope, list[PrizePlan]] = {}
    for scope in free:
        rows = [name.removeprefix("ten_") for name in form.data if name.startswith(f"ten_{scope.value}_")]
        found[scope] = [
            PrizePlan(bool(form[f"tap_the_{row}"].data), form[f"ten_{row}"].data, form[f"so_{row}"].data)
            for row in rows
            if form[f"ten_{row}"].data
        ]
    return found


def sent_mix(form: Form, kept: Mix) -> Mix:
    """The ranking of units of a form that was found valid; `kept` where it is not asked for."""
    if "classes" not in form.data:
        return kept
    weights: Mapping[MixMeasure, int] = {
        measure: form[f"weight_{measure.value}"].data for measure in MixMeasure if form[f"weight_{measure.value}"].data
    }
    return Mix(weights, form["threshold"].data, form["minimum"].data, UnitClasses(form["classes"].data))
