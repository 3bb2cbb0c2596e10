"""`convert`, run as authors run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from question_bank.__main__ import main
from tests.bank.bad_files import word


def test_a_word_file_becomes_a_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "Đề số 1.docx", tmp_path / "set.toml"
    source.write_bytes(word("Câu 1. Một?", "A. x", "B. y", "Đáp án: B", "Mức: 2", "Chuyên đề: II.1.1"))
    assert main(["convert", str(source), str(target), "--title", "Đề"]) == 0
    assert 'id = "de-so-1-001"' in target.read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith("1 mục trong tệp = 1 câu hỏi + 0 bỏ qua + 0 lỗi.\nĐã ghi 1 câu vào ")


def test_what_was_not_converted_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.gift"
    source.write_text("Một? {=a ~b}\n\nViết đi {}\n\nHai? {~a ~b}\n\nBa? {~%50%a ~%50%b ~c}\n", encoding="utf-8")
    assert main(["convert", str(source), str(tmp_path / "a.txt"), "--set", "bo"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("4 mục trong tệp = 2 câu hỏi + 1 bỏ qua + 1 lỗi.\n")
    assert "Bỏ qua: tệp a.gift, dòng 3, câu thứ 2: Loại câu “tự luận”" in out
    assert "Lỗi: tệp a.gift, dòng 5, câu thứ 3: Câu hỏi chưa có đáp án; xin đặt dấu = trước phương án đúng." in out
    assert "Không ghi: câu “bo-002” có nhiều đáp án, Aiken (chữ thuần) không chứa được." in out


def test_nothing_is_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "a.gift", tmp_path / "b.xml"
    source.write_text("Một? {=a ~b}\n", encoding="utf-8")
    target.write_text("cũ", encoding="utf-8")
    assert main(["convert", str(source), str(target)]) == 2
    assert capsys.readouterr().err == f"Tệp “{target}” đã có; thêm --force nếu muốn ghi đè.\n"
    assert target.read_text(encoding="utf-8") == "cũ"
    assert main(["convert", str(source), str(target), "--force"]) == 0
    assert main(["convert", str(source), str(tmp_path / "b.doc")]) == 2
    assert main(["convert", str(tmp_path / "khong-co"), str(tmp_path / "c.xml")]) == 2
