"""The choices above the boards. They live in the address, so these forms only show what is chosen there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wtforms import HiddenField, SelectField

from quiz_app.contests.models import Round
from quiz_app.leaderboard import labels
from quiz_app.rules.unit_standing import SizeClass, UnitMeasure
from quiz_app.web.forms import Form, choices

IN_ADDRESS = {"csrf": False}


class RoundForm(Form):
    """Which round; `bang` is the board to stay on."""

    dot = SelectField("Đợt thi")
    bang = HiddenField()


class UnitBoardForm(Form):
    """What units are ranked by, and among which size."""

    theo = SelectField("Xếp theo")
    size = SelectField("Quy mô", name="quy-mo")
    parent = HiddenField(name="don-vi")


def round_form(offered: Sequence[Round], chosen: Round, board: str) -> RoundForm:
    form = RoundForm(formdata=None, meta=IN_ADDRESS, dot=str(chosen.id), bang=board)
    form.dot.choices = choices((str(other.id), f"{other.contest.title} – {other.title}") for other in offered)
    return form


def unit_board_form(
    measures: Mapping[UnitMeasure, tuple[str, str]], measure: UnitMeasure, size: SizeClass | None, parent_id: int
) -> UnitBoardForm:
    form = UnitBoardForm(
        formdata=None,
        meta=IN_ADDRESS,
        theo=measures[measure][0],
        size="" if size is None else labels.SIZES[size][0],
        parent=parent_id,
    )
    form.theo.choices = choices(measures.values())
    form.size.choices = choices([("", "Tất cả"), *labels.SIZES.values()])
    return form
