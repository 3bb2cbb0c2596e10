"""The choices above a desk's list. They live in the address, so these forms only show what is chosen there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wtforms import IntegerField, SearchField, SelectField
from wtforms.validators import InputRequired, NumberRange

from quiz_app.contests.models import Round
from quiz_app.participation import labels
from quiz_app.participation.labels import Order
from quiz_app.participation.queries import Filter
from quiz_app.participation.tree import MOST_DAYS, Rule
from quiz_app.units.models import Unit
from quiz_app.web.forms import Form, choices

IN_ADDRESS = {"csrf": False}
LONGEST_SEARCH = 80
BACKWARDS = "giam"


class DeskForm(Form):
    """Which round, and which of the actor's units."""

    dot = SelectField("Đợt thi")
    unit = SelectField("Đơn vị", name="don-vi")


class FilterForm(Form):
    state = SelectField("Trạng thái", name="trang-thai")
    search = SearchField("Tìm theo tên", name="tim")
    order = SelectField("Sắp xếp theo", name="xep")


class RuleForm(Form):
    """By what its owner calls a unit lagging."""

    percent = IntegerField("Tỉ lệ dưới (%)", validators=[InputRequired(), NumberRange(1, 100)])
    days = IntegerField("Còn dưới (ngày)", validators=[InputRequired(), NumberRange(1, MOST_DAYS)])

    def to_rule(self) -> Rule:
        return Rule(self.percent.data or 0, self.days.data or 0)


class UnitFilterForm(Form):
    search = SearchField("Tìm đơn vị", name="tim")


def desk_form(rounds: Sequence[Round], round_: Round, own: Sequence[Unit], unit: Unit) -> DeskForm:
    form = DeskForm(formdata=None, meta=IN_ADDRESS, dot=str(round_.id), unit=str(unit.id))
    form.dot.choices = choices((str(other.id), f"{other.title} – {other.contest.title}") for other in rounds)
    listed = own if unit.id in {other.id for other in own} else [unit, *own]
    form.unit.choices = choices((str(other.id), other.name) for other in listed)
    return form


def filter_form(asked: Filter) -> FilterForm:
    form = FilterForm(
        formdata=None,
        meta=IN_ADDRESS,
        state=state_slug(asked),
        search=asked.search,
        order=labels.ORDER_SLUGS[asked.order],
    )
    form.state.choices = choices(
        [
            ("", labels.EVERYBODY),
            *((slug, labels.STATES[state]) for state, slug in labels.STATE_SLUGS.items()),
            (labels.NEEDS_HELP_SLUG, labels.NEEDS_HELP),
        ]
    )
    form.order.choices = choices((slug, labels.ORDERS[order]) for order, slug in labels.ORDER_SLUGS.items())
    return form


def filter_of(asked: Mapping[str, str]) -> Filter:
    """What an address or a form asks for; words that mean nothing ask for everything."""
    slug = asked.get("trang-thai", "")
    state = next((state for state, own in labels.STATE_SLUGS.items() if own == slug), None)
    order = next((order for order, own in labels.ORDER_SLUGS.items() if own == asked.get("xep")), Order.NAME)
    return Filter(
        state,
        asked.get("tim", "").strip()[:LONGEST_SEARCH],
        needs_help=slug == labels.NEEDS_HELP_SLUG,
        order=order,
        is_backwards=asked.get("chieu") == BACKWARDS,
    )


def state_slug(asked: Filter) -> str:
    """The state asked for as the address spells it."""
    if asked.needs_help:
        return labels.NEEDS_HELP_SLUG
    return "" if asked.state is None else labels.STATE_SLUGS[asked.state]


def kept_filter(asked: Filter) -> dict[str, str]:
    """The filter as the address spells it, for links that keep it."""
    kept = {"trang-thai": state_slug(asked), "tim": asked.search, "xep": labels.ORDER_SLUGS[asked.order]}
    return kept | ({"chieu": BACKWARDS} if asked.is_backwards else {})
