"""Every check with an example that must be found, by exact code, file and line, and a neighbour that must not."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from question_bank.checks import CODES, LENGTH_FROM, POSITION_FROM, WAIVABLE, check
from question_bank.model import TRUTH_WORDS, Bank, Finding, Item, ItemSet, Kind, Option, Source, Use
from question_bank.reading import read_bank
from tests.bank.samples import SET_HEAD, Folder, item_text

SET = "sets/thu/set.toml"
SOURCE = '{ document = "ke-hoach-bat-trang", section = "ii-1-5" }'
FIRST = item_text("x-1", stem="Câu dẫn thứ nhất nói về việc học tập nghị quyết")
LONG = "Vận động Nhân dân không xả rác bừa bãi, tham gia bảo vệ môi trường và trật tự đô thị"
DENYING = (("a", "Không xả rác", True), ("b", "Giữ trật tự", False))
EXPIRED = SOURCE[:-2] + ", valid_from = 2026-02-01, valid_until = 2026-01-31 }"
NFD = unicodedata.normalize("NFD", "Đại hội")


def found(folder: Folder) -> list[tuple[str, int, str]]:
    return [(finding.file, finding.line, finding.code) for finding in check(read_bank(folder.path))]


def line_of(text: str, wanted: str) -> int:
    return text.splitlines().index(wanted) + 1


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (item_text("x-2", options=(("a", "Ba", False), ("b", "Năm", False))), "KEY_MISSING"),
        (item_text("x-2", kind="multiple", options=(("a", "Ba", False), ("b", "Năm", False))), "KEY_MISSING"),
        (item_text("x-2", options=(("a", "Ba", True), ("b", "Năm", True), ("c", "Mười", False))), "KEY_COUNT"),
        (item_text("x-2", kind="multiple", options=(("a", "Ba", True), ("b", "Năm", True))), "KEY_COUNT"),
        (item_text("x-2", options=(("a", "Ba", True),)), "OPTION_COUNT"),
        (item_text("x-2", options=(*((str(n), f"Ý {n}", False) for n in range(8)), ("k", "K", True))), "OPTION_COUNT"),
        (item_text("x-2", options=(("a", "Văn hoá", False), ("b", " văn  HÓA.", True))), "OPTION_TWIN"),
        (item_text("x-2", options=(("a", "Ba", False), ("a", "Năm", True))), "OPTION_ID_TWICE"),
        (
            item_text("x-2", options=(("a", LONG, True), ("b", "Năm", False), ("c", "Mười việc", False))),
            "OPTION_LENGTHS",
        ),
        (item_text("x-2", options=(("a", LONG, False), ("b", "Năm", True), ("c", "Mười", False))), "OPTION_LENGTHS"),
        (item_text("x-2", options=(("a", "Ba", True), ("b", "Tất cả các ý trên", False))), "OPTION_LOOSE"),
        (item_text("x-2", kind="true_false", options=(("d", "Đúng", True), ("s", "Sai", False))), "TRUTH_WORDS"),
        (item_text("x-2", stem="Việc nào không phải là việc chưa làm?"), "DENIES_TWICE"),
        (item_text("x-2", stem="Việc nào không nằm trong kế hoạch này?", options=DENYING), "DENIES_TWICE"),
        (item_text("x-2", stem="Đây là gì? ![](/hinh/a.png)"), "IMAGE_ALT"),
        (item_text("x-2", source=EXPIRED), "SOURCE_DAYS"),
        (item_text("x-2", rationale="  "), "RATIONALE_MISSING"),
        (item_text("x-2", source="{}"), "SOURCE_MISSING"),
        (item_text("x-2", source='{ document = "ke-hoach-bat-trang" }'), "SOURCE_MISSING"),
        (item_text("x-2", source='{ document = "ke-hoach-bat-trang", section = "ii-1-9" }'), "SECTION_UNKNOWN"),
        (item_text("x-2", source='{ document = "khac", section = "ii-1-5" }'), "SECTION_UNKNOWN"),
        (item_text("x-2", topic="II.1.9"), "TOPIC_UNKNOWN"),
        (item_text("x-2", extra='lesson = "nam-van-de-dan-sinh/khong-co"'), "LESSON_UNKNOWN"),
        (item_text("x-2", stem=f"{NFD} lần thứ mười tám họp ở đâu?"), "NOT_NFC"),
        (item_text("x-2", rationale=f"Theo {NFD}."), "NOT_NFC"),
        (item_text("x-2", options=(("a", NFD, False), ("b", "Năm", True))), "NOT_NFC"),
        (item_text("x-2", stem="CÂU DẪN thứ nhất: nói về việc học tập nghị quyết?"), "STEM_DUPLICATE"),
        (item_text("x-2", stem="Cau dan thu nhat noi ve viec hoc tap nghi quyet"), "STEM_DUPLICATE"),
        (item_text("x-2", stem="Câu dẫn thứ nhất nói về việc học tập các nghị quyết"), "STEM_NEAR"),
        (item_text("x-1", stem="Một câu khác hẳn?"), "ID_TWICE"),
    ],
)
def test_a_bad_item_is_found_at_the_line_of_its_id(folder: Folder, second: str, code: str) -> None:
    folder.write(SET, SET_HEAD + FIRST + second)
    line = line_of(second, next(row for row in second.splitlines() if row.startswith("id = ")))
    assert found(folder) == [(SET, len((SET_HEAD + FIRST).splitlines()) + line, code)]


@pytest.mark.parametrize(
    "second",
    [
        item_text("x-2"),
        item_text("x-2", kind="multiple", options=(("a", "Ba", True), ("b", "Năm", False))),
        item_text("x-2", kind="multiple", options=(("a", "Ba", True), ("b", "Năm", True), ("c", "Mười", False))),
        item_text("x-2", options=(("a", "Dân", False), ("b", "Dần", True))),
        item_text("x-2", extra='lesson = "nam-van-de-dan-sinh/viec-lam-cua-moi-nguoi"'),
        item_text("x-2", stem="Câu dẫn thứ 2 nói về việc học tập nghị quyết"),
    ],
)
def test_a_good_neighbour_is_left_alone(folder: Folder, second: str) -> None:
    folder.write(SET, SET_HEAD + FIRST + second)
    assert found(folder) == []


def test_stems_that_differ_in_a_number_are_two_questions(folder: Folder) -> None:
    stems = [f"Kế hoạch số {number}-KH/TU được ban hành vào ngày tháng năm nào?" for number in (20, 22)]
    folder.write(SET, SET_HEAD + item_text("x-1", stem=stems[0]) + item_text("x-2", stem=stems[1]))
    assert found(folder) == []


def test_an_item_of_a_lesson_set_names_its_lesson(folder: Folder) -> None:
    text = 'title = "Ôn"\nuse = "lesson"\n' + item_text("x-1")
    folder.write(SET, text)
    assert found(folder) == [(SET, line_of(text, 'id = "x-1"'), "LESSON_MISSING")]


@pytest.mark.parametrize("stem", ["Có bao nhiêu vấn đề dân sinh cấp bách?", "Một câu khác hẳn"])
def test_sets_of_different_use_share_nothing(folder: Folder, stem: str) -> None:
    folder.write("sets/a/set.toml", 'title = "A"\nuse = "practice"\n' + item_text("x-1"))
    same_id = "x-1" if stem.startswith("Một") else "x-2"
    text = 'title = "B"\nuse = "contest"\n' + item_text(same_id, stem=stem)
    folder.write("sets/b/set.toml", text)
    assert found(folder) == [("sets/b/set.toml", line_of(text, f'id = "{same_id}"'), "USE_SHARED")]


def test_a_private_bank_may_not_repeat_a_shipped_item(folder: Folder) -> None:
    text = SET_HEAD + item_text("bt-1501", stem="Một câu riêng?") + item_text("x-2", stem=stem_of("bt-1502"))
    folder.write(SET, text)
    bank, shipped = read_bank(folder.path), read_bank().sets
    assert [(finding.line, finding.code) for finding in check(bank, shipped)] == [
        (line_of(text, 'id = "bt-1501"'), "ID_TWICE"),
        (line_of(text, 'id = "x-2"'), "STEM_DUPLICATE"),
    ]
    assert check(bank) == []


def stem_of(item_id: str) -> str:
    return next(item.stem for _, item in read_bank().items() if item.id == item_id)


def test_a_cell_that_cannot_be_filled_is_found_at_its_line(folder: Folder) -> None:
    cell = '[[blueprint]]\ntopic = "{}"\nlevel = {}\ncount = {}\n'
    text = SET_HEAD + cell.format("II.1.5", 1, 1) + cell.format("II.1.5", 2, 1) + cell.format("II.1.5", 1, 1)
    folder.write(SET, text + item_text("x-1"))
    assert found(folder) == [(SET, 7, "BLUEPRINT_SHORT"), (SET, 11, "BLUEPRINT_SHORT")]


def test_a_cell_of_an_unknown_topic_is_found(folder: Folder) -> None:
    folder.write(SET, SET_HEAD + '[[blueprint]]\ntopic = "X"\nlevel = 1\ncount = 1\n' + item_text("x-1"))
    assert found(folder) == [(SET, 3, "BLUEPRINT_SHORT"), (SET, 3, "TOPIC_UNKNOWN")]


def test_modules_lessons_and_documents_are_checked_too(folder: Folder) -> None:
    folder.write(
        "topics.toml",
        '[[topics]]\ncode = "T"\ntitle = "T"\ndocument = "vb"\nsection = "i"\n'
        f'[[topics]]\ncode = "T"\ntitle = "{NFD}"\ndocument = "vb"\nsection = "ii"\n',
    )
    folder.write(
        "study/mot/module.toml",
        'title = "Một"\nposition = 90\ntopic = "U"\ndocument = "vb"\nsection = "iii"\nsummary = "Tóm tắt"\n'
        '[[lessons]]\nslug = "bai"\ntitle = "Bài"\nminutes = 3\nsections = ["i", "iv"]\n',
    )
    folder.write("study/mot/01-bai.md", f"Dòng một\n\nDòng {NFD}\n")
    section = '[[sections]]\nanchor = "i"\nheading = "I"\ndepth = 1\nabstract = "X"\n'
    folder.write(
        "documents/vb/document.toml",
        'issuer = "A"\nkind = "K"\ntitle = "T"\nabstract = "A"\n' + section + section,
    )
    assert found(folder) == [
        ("documents/vb/document.toml", 11, "ID_TWICE"),
        ("study/mot/01-bai.md", 3, "NOT_NFC"),
        ("study/mot/module.toml", 1, "SECTION_UNKNOWN"),
        ("study/mot/module.toml", 1, "TOPIC_UNKNOWN"),
        ("study/mot/module.toml", 8, "SECTION_UNKNOWN"),
        ("topics.toml", 7, "ID_TWICE"),
        ("topics.toml", 7, "NOT_NFC"),
        ("topics.toml", 7, "SECTION_UNKNOWN"),
    ]


def made_set(items: list[Item]) -> Bank:
    shipped = read_bank()
    return replace(shipped, sets=(ItemSet("thu", "Bộ thử", Use.CONTEST, tuple(items)),))


def made_item(number: int, texts: tuple[str, ...] = ("Một", "Hai", "Ba"), key: int = 0, stem: str = "") -> Item:
    options = tuple(Option(str(place), text, is_key=place == key) for place, text in enumerate(texts))
    source = Source("ke-hoach-bat-trang", "ii-1-5")
    return Item(f"x-{number}", Kind.SINGLE, "II.1.5", 1, stem or f"Câu {number}", options, "Vì thế.", source)


def codes(bank: Bank) -> list[str]:
    return [finding.code for finding in check(bank)]


def test_a_key_always_in_one_position_is_found() -> None:
    items = [made_item(number, key=1) for number in range(POSITION_FROM)]
    assert codes(made_set(items)) == ["KEY_POSITION"]
    assert codes(made_set(items[1:])) == []
    assert codes(made_set([*items[1:], made_item(99, key=2)])) == []


def test_a_key_known_by_its_length_is_found_above_the_share() -> None:
    telling = [made_item(number, ("Dài nhất", "Hai", "Ba"), key=0) for number in range(17)]
    plain = [made_item(100 + number, key=number % 3) for number in range(LENGTH_FROM)]

    assert codes(made_set(telling[:16] + plain[:24])) == [], "40 % of 40 are still allowed"
    assert codes(made_set(telling + plain[:23])) == ["KEY_LENGTH"]
    assert codes(made_set(telling + plain[:22])) == [], "too small a set to say"


def test_equal_length_does_not_tell_the_key() -> None:
    items = [made_item(number, ("Bốn", "Hai", "Năm"), key=number % 3) for number in range(LENGTH_FROM)]
    assert codes(made_set(items)) == []


def test_ten_times_the_items_do_not_take_a_hundred_times_the_work() -> None:
    """Comparing every pair would. These stems share nearly all their words, the worst case; processor time, one run."""
    words = [first + second for first in ("ba", "ca", "da", "ga", "ha") for second in "nmtpc"]
    items = []
    for number in range(4_000):
        spread = [words[(number // 25**place + place * number) % 25] for place in range(3)]
        stem = f"Theo mục hai của Kế hoạch thì nội dung {' '.join(spread)} được giao cho cơ quan nào của xã w{number}x"
        items.append(made_item(number, key=number % 3, stem=stem.replace(str(number), letters(number))))
    twin = made_item(20_000, stem=items[321].stem + " nhà")

    few, _ = _checked([*items[:400], twin])
    many, findings = _checked([*items, twin])

    assert any(finding.code == "STEM_NEAR" and "x-20000" in finding.message for finding in findings)
    assert many < 100 * few


def _checked(items: list[Item]) -> tuple[float, list[Finding]]:
    started = time.process_time()
    findings = check(made_set(items))
    return time.process_time() - started, list(findings)


def letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def test_every_code_has_an_example_here() -> None:
    here = Path(__file__)
    source = "".join(path.read_text(encoding="utf-8") for path in (here, here.with_name("test_document_writing.py")))
    assert [code for code in CODES if f'"{code}"' not in source] == []


def test_what_a_form_may_leave_empty_is_found_with_its_part() -> None:
    """Files are refused for these while they are read; a draft written in a form is not."""
    options = (Option("a", "Năm", is_key=True), Option("b", " "))
    source = Source("ke-hoach-bat-trang", "ii-1-5")
    item = Item("x-1", Kind.SINGLE, "II.1.5", 1, " ", options, "Vì thế.", source)
    shipped = read_bank()
    found = check(replace(shipped, sets=(ItemSet("thu", "Bộ thử", Use.CONTEST, (item,)),)))
    assert [(one.code, one.item, one.part) for one in found] == [
        ("OPTION_EMPTY", "x-1", "option:b"),
        ("STEM_EMPTY", "x-1", "stem"),
    ]


def test_a_sound_true_or_false_item_has_no_findings(folder: Folder) -> None:
    text = item_text("x-2", kind="true_false", options=(("d", "Đúng", True), ("s", "Sai", False)))
    for word in TRUTH_WORDS:
        text = text.replace(f'text = "{word}"', f'text = "{word}", pinned = true')
    folder.write(SET, SET_HEAD + text)
    assert found(folder) == []


@pytest.mark.parametrize("stem", ["Nội dung này có đúng không?", "Khẩu hiệu “không ai không biết” nằm ở mục nào?"])
def test_one_denial_or_a_quoted_one_is_no_finding(folder: Folder, stem: str) -> None:
    folder.write(SET, SET_HEAD + item_text("x-2", stem=stem))
    assert found(folder) == []


def test_what_may_be_waived_are_codes() -> None:
    assert CODES.keys() > WAIVABLE


def test_what_a_module_may_lack_in_a_form_is_found() -> None:
    shipped = read_bank()
    module = shipped.modules[0]
    bare = replace(module.lessons[0], title=" ", sections=(), body="")
    drawn = replace(module.lessons[1], body="![](/hinh/a.png)")
    lacking = replace(module, title="", summary=" ", lessons=(bare, drawn))
    found = check(replace(shipped, sets=(), modules=(lacking,)))
    assert sorted(one.code for one in found) == [
        "IMAGE_ALT", "LESSON_EMPTY", "SOURCE_MISSING", "SUMMARY_EMPTY", "TITLE_EMPTY", "TITLE_EMPTY",
    ]  # fmt: skip
    aimed = check(replace(shipped, sets=(), modules=(replace(module, audiences=("thon", "truong")),)))
    assert [one.code for one in aimed] == ["AUDIENCE_UNKNOWN"]
    empty = check(replace(shipped, sets=(), modules=(replace(module, lessons=()),)))
    assert [one.code for one in empty] == ["LESSON_NONE"]
