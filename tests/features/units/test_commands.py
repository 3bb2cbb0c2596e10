"""The commands that found the tree of units of a new installation."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from quiz_app.units import queries
from tests.support.works import View

HEADING = "Mã,Tên,Loại,Mã cấp trên"
TREE = f"""{HEADING}
xa,Đảng bộ xã Mẫu,"Đảng bộ xã, phường",
CB01,Chi bộ thôn Một,Chi bộ,XA
CB02,Chi bộ thôn Hai,chi bo,xa
"""


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "don-vi.csv"
    path.write_text(TREE, encoding="utf-8-sig")
    return path


def test_a_tree_is_imported_once(app: Flask, file: Path, view: View) -> None:
    assert run(app, "units", "import", str(file)) == (0, "Đã thêm 3 đơn vị, giữ nguyên 0.\n")
    assert run(app, "units", "import", str(file)) == (0, "Đã thêm 0 đơn vị, giữ nguyên 3.\n")
    with view() as r:
        rows = queries.units(r.session)
    assert [(row.code, row.kind, row.depth) for row in rows] == [
        ("XA", "commune", 0),
        ("CB02", "cell", 1),
        ("CB01", "cell", 1),
    ]
    code, told = run(app, "units", "list")
    assert code == 0
    assert "CB01           Chi bộ thôn Một · Chi bộ · XA" in told


def test_semicolons_as_spreadsheets_here_write_them(app: Flask, file: Path) -> None:
    file.write_text(f"{HEADING.replace(',', ';')}\nXA;Đảng bộ xã Mẫu;Đảng bộ xã, phường;\n", encoding="utf-8")
    assert run(app, "units", "import", str(file)) == (0, "Đã thêm 1 đơn vị, giữ nguyên 0.\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("CB03,Chi bộ thôn Ba,Tổ,XA", "Dòng 5: loại “Tổ” phải là"),
        ("CB03,Chi bộ thôn Ba,Chi bộ,YB", "Dòng 5: không có đơn vị cấp trên mang mã YB"),
        (",Chi bộ thôn Ba,Chi bộ,XA", "Dòng 5: Mã đơn vị cần từ 1"),
        ("CB03,,Chi bộ,XA", "Dòng 5: Tên đơn vị cần từ 1"),
    ],
)
def test_one_wrong_line_and_nothing_is_written(app: Flask, file: Path, view: View, line: str, words: str) -> None:
    file.write_text(f"{TREE}{line}\n", encoding="utf-8")
    code, told = run(app, "units", "import", str(file))
    assert code == 1
    assert words in told
    with view() as r:
        assert queries.units(r.session) == []


def test_a_file_of_another_shape_is_told(app: Flask, file: Path) -> None:
    file.write_text("Tên\nChi bộ\n", encoding="utf-8")
    code, told = run(app, "units", "import", str(file))
    assert (code, "phải có các cột: Mã, Tên, Loại, Mã cấp trên" in told) == (1, True)
    file.write_bytes("Mã,Tên".encode("utf-16"))
    assert "CSV UTF-8" in run(app, "units", "import", str(file))[1]


def test_a_helper_is_named_from_the_command_line(app: Flask, file: Path, view: View) -> None:
    run(app, "units", "import", str(file))
    code, words = run(app, "units", "set-helper", "xa", "--name", "Lê Thị Hòa", "--phone", "0901 234 567")
    assert (code, words) == (0, "Đảng bộ xã Mẫu: Lê Thị Hòa, 0901 234 567\n")
    with view() as r:
        contact = queries.around(r.session, queries.unit_by_code(r.session, "CB01").id).contact
    assert contact is not None
    assert (contact.helper_name, contact.helper_phone) == ("Lê Thị Hòa", "0901 234 567")
    assert run(app, "units", "set-helper", "la", "--name", "A", "--phone", "1")[0] == 1
