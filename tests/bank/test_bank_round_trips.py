"""What goes out in a format comes back equal, as far as the format can hold it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from question_bank import formats, normalise
from question_bank.formats import Format
from question_bank.model import Item, ItemSet, Kind
from question_bank.plan import plan
from tests.bank import nasty

# Nothing is made smaller: the pieces are readable as they are, and shrinking takes minutes.
FAST = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
FULL = [Format.TOML, Format.GIFT, Format.MOODLE_XML, Format.QTI, Format.XLSX, Format.DOCX]


def came_back(item_set: ItemSet, format_: Format) -> formats.Parsed:
    return formats.read(f"bo-thu{format_.suffix}", formats.write(item_set, format_))


@pytest.mark.parametrize("format_", FULL)
@FAST
@given(item_set=nasty.sets())
def test_formats_that_hold_everything(format_: Format, item_set: ItemSet) -> None:
    parsed = came_back(item_set, format_)
    assert parsed.problems == ()
    assert [one.item for one in parsed.items] == [normalise.item(item) for item in item_set.items]
    assert parsed.warnings == ()
    assert plan(parsed.items, item_set).is_no_op


def told(item: Item) -> Item:
    """What Aiken holds of an item."""
    options = tuple(replace(option, id="", is_pinned=False) for option in item.options)
    return Item("", Kind.SINGLE, "", 1, normalise.text(item.stem), options, "", item.source.__class__())


@FAST
@given(item_set=nasty.sets(is_one_line=True, kinds=(Kind.SINGLE,)))
def test_aiken_holds_stem_options_and_key(item_set: ItemSet) -> None:
    parsed = came_back(item_set, Format.AIKEN)
    assert parsed.problems == ()
    assert [one.item for one in parsed.items] == [told(item) for item in item_set.items]
    entries = plan(parsed.items, item_set).entries
    assert {entry.kind.value for entry in entries} <= {"unchanged", "doubtful"}
