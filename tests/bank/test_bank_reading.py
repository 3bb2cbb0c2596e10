"""Reading a bank: what is understood, and how what is not understood is named."""

from __future__ import annotations

from datetime import date

import pytest

from question_bank.model import Kind, Use
from question_bank.reading import BankUnreadable, read_bank
from tests.bank.samples import SET_HEAD, Folder, item_text

SET = "sets/thu/set.toml"


def unreadable(folder: Folder) -> list[tuple[str, int, str]]:
    with pytest.raises(BankUnreadable) as refused:
        read_bank(folder.path)
    return [(finding.file, finding.line, finding.code) for finding in refused.value.findings]


def test_a_private_folder_of_sets_stands_on_the_shipped_topics_and_documents(folder: Folder) -> None:
    folder.write(SET, SET_HEAD + item_text("x-1", extra="points = 2"))

    bank = read_bank(folder.path)

    [item_set] = bank.sets
    [item] = item_set.items
    assert (item_set.slug, item_set.title, item_set.use) == ("thu", "Bộ thử", Use.CONTEST)
    assert (item.id, item.kind, item.level, item.points, item.lesson) == ("x-1", Kind.SINGLE, 1, 2, None)
    assert [(option.id, option.is_key) for option in item.options] == [("a", False), ("b", True), ("c", False)]
    assert (item.place.file, item.place.line) == (SET, 4)
    assert [topic.code for topic in bank.topics] == [*(f"II.1.{number}" for number in range(1, 9)), "II.2-IV"]
    assert bank.document("ke-hoach-bat-trang") is not None
    assert bank.modules == read_bank().modules


def test_each_item_knows_its_line_even_when_ids_repeat(folder: Folder) -> None:
    text = SET_HEAD + item_text("x-1") + item_text("x-2") + item_text("x-1")
    folder.write(SET, text)

    lines = text.splitlines()
    places = [item.place.line for item in read_bank(folder.path).sets[0].items]

    assert [lines[line - 1] for line in places] == ['id = "x-1"', 'id = "x-2"', 'id = "x-1"']
    assert places == sorted(set(places))


def test_a_module_with_its_lessons_is_read_in_their_order(folder: Folder) -> None:
    folder.write(
        "study/mot/module.toml",
        'title = "Một"\nposition = 9\ntopic = "II.1.1"\ndocument = "vb"\nsection = "a"\nsummary = "Tóm tắt"\n'
        "restricted = true\n"
        'audiences = ["truong-hoc", "y-te"]\n'
        '[[lessons]]\nslug = "sau"\ntitle = "Sau"\nminutes = 3\nsections = ["a"]\n'
        '[[lessons]]\nslug = "truoc"\ntitle = "Trước"\nminutes = 5\n',
    )
    folder.write("study/mot/01-sau.md", "Nội dung sau")
    folder.write("study/mot/02-truoc.md", "Nội dung trước")

    module = next(module for module in read_bank(folder.path).modules if module.slug == "mot")

    assert module.is_restricted
    assert module.audiences == ("truong-hoc", "y-te")
    assert [(lesson.slug, lesson.minutes, lesson.sections, lesson.body) for lesson in module.lessons] == [
        ("sau", 3, ("a",), "Nội dung sau"),
        ("truoc", 5, (), "Nội dung trước"),
    ]
    assert module.lessons[1].place.line == 15


def test_a_document_keeps_its_date_and_outline(folder: Folder) -> None:
    folder.write(
        "documents/vb/document.toml",
        'number = "20-KH/TU"\ndated_on = 2025-12-15\nissuer = "Thành ủy"\nkind = "Kế hoạch"\ntitle = "T"\n'
        'abstract = "A"\n[[sections]]\nanchor = "i"\nheading = "I"\ndepth = 1\nabstract = "X"\n',
    )

    document = read_bank(folder.path).document("vb")

    assert document is not None
    assert (document.number, document.dated_on) == ("20-KH/TU", date(2025, 12, 15))
    section = document.section("i")
    assert section is not None
    assert section.place.line == 8
    assert document.section("ii") is None


@pytest.mark.parametrize(
    ("spoilt", "line", "code"),
    [
        ('title = "Bộ thử"\nuse = "contest\n', 2, "TOML_SYNTAX"),
        ('title = "Bộ thử"\nuse = "thi"\n', 1, "FIELD_TYPE"),
        ('use = "contest"\n', 1, "FIELD_MISSING"),
        ('title = " "\nuse = "contest"\n', 1, "FIELD_EMPTY"),
        ('title = "Bộ thử"\nuse = "contest"\ntilte = "x"\n', 1, "FIELD_UNKNOWN"),
        (SET_HEAD + "items = 3\n", 1, "FIELD_TYPE"),
        (SET_HEAD + '\n[[blueprint]]\ntopic = "II.1.5"\nlevel = 4\ncount = 1\n', 4, "FIELD_TYPE"),
        (SET_HEAD + '\n[[blueprint]]\ntopic = "II.1.5"\nlevel = 1\ncount = true\n', 4, "FIELD_TYPE"),
    ],
)
def test_a_spoilt_set_is_named_with_its_line(folder: Folder, spoilt: str, line: int, code: str) -> None:
    folder.write(SET, spoilt)
    assert unreadable(folder) == [(SET, line, code)]


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ('kind = "single"', 'kind = "both"', "FIELD_TYPE"),
        ("level = 1", "level = 0", "FIELD_TYPE"),
        ("level = 1", 'level = "1"', "FIELD_TYPE"),
        ("level = 1\n", "", "FIELD_MISSING"),
        ('stem = "', 'stme = "', "FIELD_MISSING"),
        (", key = true", ", kye = true", "FIELD_UNKNOWN"),
        (", key = true", ', key = "yes"', "FIELD_TYPE"),
        ("points = 1", "points = 0", "FIELD_TYPE"),
    ],
)
def test_a_spoilt_item_is_named_with_the_line_of_its_id(folder: Folder, good: str, bad: str, code: str) -> None:
    second = item_text("x-2", extra="points = 1")
    assert good in second
    text = SET_HEAD + item_text("x-1") + second.replace(good, bad)
    folder.write(SET, text)
    assert (SET, text.splitlines().index('id = "x-2"') + 1, code) in unreadable(folder)


def test_an_item_without_id_is_named_by_its_header(folder: Folder) -> None:
    text = SET_HEAD + item_text("x-1") + item_text("x-2").replace('id = "x-2"\n', "") + item_text("x-3")
    folder.write(SET, text)
    header = [number for number, line in enumerate(text.splitlines(), start=1) if line == "[[items]]"][1]
    assert unreadable(folder) == [(SET, header, "FIELD_MISSING")]


def test_every_mistake_is_reported_at_once(folder: Folder) -> None:
    folder.write("sets/a/set.toml", "title = \n")
    folder.write("sets/b/set.toml", SET_HEAD + item_text().replace("level = 1", "level = 9"))
    assert unreadable(folder) == [("sets/a/set.toml", 1, "TOML_SYNTAX"), ("sets/b/set.toml", 4, "FIELD_TYPE")]


def test_lesson_files_and_their_list_must_agree(folder: Folder) -> None:
    folder.write(
        "study/mot/module.toml",
        'title = "Một"\nposition = 9\ntopic = "II.1.1"\ndocument = "vb"\nsection = "a"\nsummary = "Tóm tắt"\n'
        '[[lessons]]\nslug = "co"\ntitle = "Có"\nminutes = 3\n[[lessons]]\nslug = "mat"\ntitle = "Mất"\nminutes = 3\n',
    )
    folder.write("study/mot/01-co.md", "  \n")
    folder.write("study/mot/03-la.md", "Lạ")
    folder.write("study/mot/Bài học.md", "Sai tên")
    assert set(unreadable(folder)) == {
        ("study/mot/01-co.md", 1, "LESSON_EMPTY"),
        ("study/mot/02-mat.md", 1, "FILE_MISSING"),
        ("study/mot/03-la.md", 1, "LESSON_UNLISTED"),
        ("study/mot/Bài học.md", 1, "SLUG"),
    }


def test_text_that_is_not_utf8_is_named_by_line(folder: Folder) -> None:
    folder.write(SET, "").write_bytes(b'title = "B"\nuse = "contest"\nsummary = "\xff\xfe"\n')
    assert unreadable(folder) == [(SET, 3, "NOT_UTF8")]


def test_a_folder_name_must_be_fit_for_an_address(folder: Folder) -> None:
    folder.write("sets/Bo_Thi/set.toml", SET_HEAD)
    assert unreadable(folder) == [("sets/Bo_Thi/set.toml", 1, "SLUG")]


def test_an_empty_or_missing_folder_is_refused(folder: Folder) -> None:
    assert unreadable(folder) == [("sets", 1, "BANK_EMPTY")]
    gone = folder.path / "gone"
    assert unreadable(Folder(gone)) == [(str(gone), 1, "FOLDER_MISSING")]
