"""The choices above a desk's list. They live in the address, so these forms only show what is chosen there."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import SearchField, SelectField

from quiz_app.contests.models import Round
from quiz_app.participation import labels
from quiz_app.participation.queries import Filter
from quiz_app.units.models import Unit
from quiz_app.web.forms import Form, choices

IN_ADDRESS = {"csrf": False}


class DeskForm(Form):
    """Which round, and which of the actor's units."""

    dot = SelectField("Đợt thi")
    unit = SelectField("Đơn vị", name="don-vi")


class FilterForm(Form):
    state = SelectField("Trạng thái", name="trang-thai")
    search = SearchField("Tìm theo tên", name="tim")


def desk_form(rounds: Sequence[Round], round_: Round, own: Sequence[Unit], unit: Unit) -> DeskForm:
    form = DeskForm(formdata=None, meta=IN_ADDRESS, dot=str(round_.id), unit=str(unit.id))
    form.dot.choices = choices((str(other.id), f"{other.title} – {other.contest.title}") for other in rounds)
    listed = own if unit.id in {other.id for other in own} else [unit, *own]
    form.unit.choices = choices((str(other.id), other.name) for other in listed)
    return form


def filter_form(asked: Filter) -> FilterForm:
    form = FilterForm(formdata=None, meta=IN_ADDRESS, state=state_slug(asked), search=asked.search)
    form.state.choices = choices(
        [("", labels.EVERYBODY), *((slug, labels.STATES[state]) for state, slug in labels.STATE_SLUGS.items())]
    )
    return form


def state_slug(asked: Filter) -> str:
    """The state asked for as the address spells it."""
    return "" if asked.state is None else labels.STATE_SLUGS[asked.state]
