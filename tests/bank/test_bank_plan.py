"""What taking in a file would change: identity, options, keys, twins, and the same file twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from question_bank import formats
from question_bank.formats import Format, ParsedItem
from question_bank.model import Item, ItemSet, Kind, Option, Source, Use
from question_bank.parsed import BlockPlace
from question_bank.plan import EntryKind, Plan, plan, resolved

STEM = "Cơ quan lãnh đạo cao nhất của Đảng ta là cơ quan nào?"
KNOWN = Item(
    id="x-001",
    kind=Kind.SINGLE,
    topic="II.1.1",
    level=2,
    stem=STEM,
    options=(Option("a", "Bộ Chính trị"), Option("b", "Đại hội", True), Option("c", "Ban Bí thư")),
    rationale="Điều lệ.",
    source=Source("dieu-le", "ii"),
    note="đã đọc",
)
SET = ItemSet("x", "Bộ x", Use.PRACTICE, (KNOWN,))


def found(item: Item, row: int = 2, fields: frozenset[str] = formats.ALL_FIELDS) -> ParsedItem:
    return ParsedItem(item, BlockPlace("a.xlsx", row - 1, "Câu hỏi", row), fields)


def unnamed(item: Item) -> Item:
    return replace(item, id="", options=tuple(replace(option, id="") for option in item.options))


def test_the_same_file_twice_is_a_no_op_that_says_so() -> None:
    again = plan([found(KNOWN)], SET)
    assert again.is_no_op
    assert again.summary == "Cả 1 câu trong tệp đã có và không đổi: không có gì để nhập."
    assert plan([found(unnamed(KNOWN))], SET).is_no_op


def test_a_format_that_is_silent_changes_nothing() -> None:
    silent = replace(unnamed(KNOWN), topic="", level=1, rationale="", source=Source(), note="")
    assert plan([found(silent, fields=frozenset())], SET).is_no_op


def test_an_option_is_known_by_its_text_wherever_it_stands() -> None:
    turned = replace(unnamed(KNOWN), options=tuple(reversed(unnamed(KNOWN).options)))
    (entry,) = plan([found(turned)], SET).entries
    assert entry.item is not None
    assert [(option.id, option.is_key) for option in entry.item.options] == [("c", False), ("b", True), ("a", False)]
    assert not entry.is_key_changed


def test_texts_that_changed_places_keep_their_ids() -> None:
    one, two, three = KNOWN.options
    swapped = (replace(one, text=two.text, is_key=True), replace(two, text=one.text, is_key=False), three)
    (entry,) = plan([found(replace(KNOWN, options=swapped))], SET).entries
    assert entry.item is not None
    assert [(option.id, option.text) for option in entry.item.options][:2] == [("b", "Đại hội"), ("a", "Bộ Chính trị")]
    assert not entry.is_key_changed


def test_another_key_is_said_aloud() -> None:
    other = tuple(replace(option, is_key=option.id == "c") for option in KNOWN.options)
    (entry,) = plan([found(replace(KNOWN, options=other))], SET).entries
    assert (entry.kind, entry.is_key_changed) == (EntryKind.CHANGED, True)
    assert entry.message == "ĐÁP ÁN THAY ĐỔI, xin đọc lại thật kỹ."
    assert [(change.label, change.before, change.after) for change in entry.changes] == [("Đáp án", "b", "c")]


def test_a_new_option_gets_an_id_that_was_never_used() -> None:
    options = (*unnamed(KNOWN).options[1:], Option("", "Ủy ban Kiểm tra"))
    (entry,) = plan([found(replace(unnamed(KNOWN), options=options))], SET, spent_options={"x-001": {"d"}}).entries
    assert entry.item is not None
    assert [option.id for option in entry.item.options] == ["b", "c", "e"]


def test_new_items_get_numbers_that_were_never_used() -> None:
    new = replace(unnamed(KNOWN), stem="Hoàn toàn khác, chưa ai từng hỏi?")
    newer = replace(unnamed(KNOWN), stem="Ai là người viết bản Tuyên ngôn năm 1945?")
    result = plan([found(new), found(newer, 3)], SET, spent_ids={"x-007"})
    assert [entry.item.id for entry in result.entries if entry.item] == ["x-008", "x-009"]
    assert result.counts[EntryKind.NEW] == 2
    assert result.untouched == ("x-001",)


@pytest.mark.parametrize("stem", ["Co quan lanh dao cao nhat cua Dang ta la co quan nao?", STEM.replace("ta ", "")])
def test_nearly_the_same_is_a_question_to_the_person(stem: str) -> None:
    (entry,) = plan([found(replace(unnamed(KNOWN), stem=stem))], SET).entries
    assert (entry.kind, entry.twin, entry.before) == (EntryKind.DOUBTFUL, "x-001", KNOWN)
    assert entry.message == "Câu dẫn giống hoặc gần giống câu “x-001” của bộ “x”. Đây là câu ấy hay là câu mới?"
    same, new = resolved(entry, is_same=True), resolved(entry, is_same=False)
    assert same.item is not None and (same.kind, same.item.id, same.item.stem) == (EntryKind.CHANGED, "x-001", stem)
    assert new.item is not None and (new.kind, new.item.id, new.before) == (EntryKind.NEW, "x-002", None)


def test_the_same_stem_under_another_id_is_a_question() -> None:
    (entry,) = plan([found(replace(KNOWN, id="khac-1"))], SET).entries
    assert (entry.kind, entry.twin) == (EntryKind.DOUBTFUL, "x-001")
    (beside,) = plan([found(replace(KNOWN, id="khac-1"))], ItemSet("y", "Bộ y", Use.CONTEST, ()), [SET]).entries
    assert (beside.kind, beside.twin, beside.before) == (EntryKind.DOUBTFUL, "x-001", None)
    with pytest.raises(ValueError, match="doubtful"):
        resolved(beside, is_same=True)


def test_a_stem_twice_in_one_file_is_a_question() -> None:
    new = replace(unnamed(KNOWN), stem="Ai là người viết bản Tuyên ngôn năm 1945?")
    first, second = plan([found(new), found(new, 3)], SET).entries
    assert (first.kind, second.kind, second.twin) == (EntryKind.NEW, EntryKind.DOUBTFUL, "x-002")


def test_ids_that_are_not_free_are_errors() -> None:
    other = ItemSet("y", "Bộ y", Use.CONTEST, (replace(KNOWN, id="y-1", stem="Khác?"),))
    items = [found(KNOWN), found(KNOWN, 3), found(replace(KNOWN, id="y-1"), 4), found(replace(KNOWN, id="cu-1"), 5)]
    entries = plan(items, SET, [other], spent_ids={"cu-1"}).entries
    assert [entry.message for entry in entries[1:]] == [
        "Mã “x-001” dùng hai lần trong tệp (tệp a.xlsx, trang “Câu hỏi”, dòng 2); mỗi câu phải có mã riêng.",
        "Mã “y-1” là của một câu thuộc bộ “y”; xin để trống mã để có mã mới.",
        "Mã “cu-1” từng dùng cho một câu đã bỏ; xin để trống mã để có mã mới.",
    ]


def test_an_old_id_over_a_wholly_new_stem_is_told() -> None:
    (entry,) = plan([found(replace(KNOWN, stem="Năm 1945 ai đọc Tuyên ngôn?"))], SET).entries
    assert entry.kind is EntryKind.CHANGED
    assert "Câu dẫn khác hẳn câu cũ" in entry.message


def test_a_plan_survives_being_stored() -> None:
    parsed = formats.read("x.toml", formats.write(SET, Format.TOML))
    assert formats.Parsed.from_json(parsed.to_json()) == parsed
    near = plan([found(replace(unnamed(KNOWN), stem=STEM.replace("ta ", "")))], SET)
    assert Plan.from_json(near.to_json()) == near


def test_counts_must_add_up() -> None:
    with pytest.raises(ValueError, match="2 blocks"):
        formats.Parsed(items=(found(KNOWN),), blocks=2)
