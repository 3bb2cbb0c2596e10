"""What is wrong with an archive is said with file and line, and nothing of it is kept."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Refused
from quiz_app.operations import contest_archive, dumps
from quiz_app.operations import contest_archive_errors as errors
from quiz_app.operations.contest_archive_file import MOST_SHRUNK, part_name
from quiz_app.operations.labels import words_of
from tests.features.operations.kept_contest import Kept, Parts, contents, counts, packed

Spoil = Callable[[Parts], None]


def on_line(table: str, number: int, change: Callable[[dict[str, Any]], object]) -> Spoil:
    """Change a row; hashes and counts of the list follow, as a careful forger's would."""

    def spoil(parts: Parts) -> None:
        rows = parts[part_name(table)].splitlines(keepends=True)
        row = json.loads(rows[number - 1])
        change(row)
        rows[number - 1] = written_row(row)
        replace_part(parts, table, b"".join(rows))

    return spoil


def written_row(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def replace_part(parts: Parts, table: str, content: bytes) -> None:
    parts[part_name(table)] = content
    manifest = json.loads(parts["manifest.json"])
    manifest["files"][part_name(table)] = {
        "rows": content.count(b"\n"),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    parts["manifest.json"] = json.dumps(manifest, ensure_ascii=False).encode()


def doubled(table: str, *, in_order: bool) -> Spoil:
    def spoil(parts: Parts) -> None:
        rows = parts[part_name(table)].splitlines(keepends=True)
        last = json.loads(rows[-1])
        if not in_order:
            last["id"] += 1_000_000  # another row by its key, the same by what must be unique
        replace_part(parts, table, b"".join([*rows, written_row(last)]))

    return spoil


def in_list(name: str, value: object) -> Spoil:
    def spoil(parts: Parts) -> None:
        manifest = json.loads(parts["manifest.json"])
        manifest[name] = value
        parts["manifest.json"] = json.dumps(manifest, ensure_ascii=False).encode()

    return spoil


def dropped(name: str) -> Spoil:
    def spoil(parts: Parts) -> None:
        del parts[name]

    return spoil


def without(table: str) -> Spoil:
    return lambda parts: replace_part(parts, table, b"")


# What may be wrong with a file: what is done to its parts, the refusal, and words of it.
FAULTS: dict[str, tuple[Spoil, type[Refused], str]] = {
    "a changed part": (
        lambda parts: parts.update({"tables/result.jsonl": parts["tables/result.jsonl"].replace(b"1", b"2", 1)}),
        errors.ContestArchiveAltered, "tables/result.jsonl",
    ),
    "an unknown table": (
        lambda parts: parts.update({"tables/account.jsonl": b"{}\n"}),
        errors.ContestArchiveUnknown, "tables/account.jsonl",
    ),
    "a name that leaves the folder": (
        lambda parts: parts.update({"../../etc/passwd": b"root"}), errors.ContestArchiveUnknown, "../../etc/passwd",
    ),
    "a missing file": (
        dropped("tables/response.jsonl"),
        errors.ContestArchiveIncomplete, "tables/response.jsonl",
    ),
    "no list": (dropped("manifest.json"), errors.ContestArchiveIncomplete, "manifest.json"),
    "a list that is none": (
        lambda parts: parts.update({"manifest.json": b"[1]"}), errors.ContestArchiveAltered, "manifest.json",
    ),
    "a list of strange things": (in_list("files", {}), errors.ContestArchiveAltered, "manifest.json"),
    "another format": (in_list("format", 2), errors.ContestArchiveOther, "định dạng 2"),
    "a row twice": (
        doubled("attempt", in_order=True), errors.ContestArchiveLine, "“tables/attempt.jsonl”, dòng 7: trùng dòng",
    ),
    "a row twice under another key": (
        doubled("final_table", in_order=False),
        errors.ContestArchiveLine, "“tables/final_table.jsonl”, dòng 5: trùng với một dòng khác",
    ),
    "a member of no unit": (
        on_line("member", 2, lambda row: row.update(unit_id=987654)),
        errors.ContestArchiveLine, "“tables/member.jsonl”, dòng 2: trỏ tới dòng không có",
    ),
    "a unit below none": (
        on_line("unit", 3, lambda row: row.update(parent_id=987654)),
        errors.ContestArchiveLine, "“tables/unit.jsonl”, dòng 3: trỏ tới dòng không có",
    ),
    "attempts that are not there": (without("attempt"), errors.ContestArchiveLine, "dòng 1: trỏ tới dòng không có"),
    "a number where words belong": (
        on_line("member", 1, lambda row: row.update(full_name=7)),
        errors.ContestArchiveLine, "dòng 1: cột full_name",
    ),
    "words too long for their column": (
        on_line("contest", 1, lambda row: row.update(title="a" * 201)), errors.ContestArchiveLine, "cột title",
    ),
    "nothing where something must be": (
        on_line("result", 2, lambda row: row.update(score=None)), errors.ContestArchiveLine, "dòng 2: cột score",
    ),
    "an instant without its zone": (
        on_line("attempt", 1, lambda row: row.update(started_at="2026-12-01T02:00:00")),
        errors.ContestArchiveLine, "cột started_at",
    ),
    "a column of another release": (
        on_line("round", 1, lambda row: row.update(moi=1)),
        errors.ContestArchiveLine, "“tables/round.jsonl”, dòng 1: có các cột khác",
    ),
    "what a table forbids": (
        on_line("round", 1, lambda row: row.update(opens_at=row["closes_at"])),
        errors.ContestArchiveLine, "“tables/round.jsonl”, dòng 1: không thỏa điều kiện",
    ),
    "no row at all": (
        lambda parts: replace_part(parts, "stage", b"khong phai\n"), errors.ContestArchiveLine, "không phải một dòng",
    ),
    "spaces that nobody wrote": (
        lambda parts: replace_part(parts, "stage", parts["tables/stage.jsonl"].replace(b":", b": ", 1)),
        errors.ContestArchiveLine, "dạng chuẩn",
    ),
    "another score": (
        on_line("result", 1, lambda row: row.update(score=row["score"] - 1)),
        errors.ContestArchiveWrong, "đếm lại từ bài làm thấy khác ở kết quả 1/",
    ),
    "another place in a published table": (
        on_line("final_row", 1, lambda row: row.update(prize="Giải Đặc biệt")),
        errors.ContestArchiveWrong, "phiên bản 1 không cho đúng mã kiểm tra",
    ),
    "another roster": (
        on_line("roster_entry", 1, lambda row: row.update(is_exempt=True)),
        errors.ContestArchiveWrong, "danh sách dự thi của đợt",
    ),
    "another list of tables": (in_list("tables", []), errors.ContestArchiveWrong, "bảng kết quả đã công bố"),
    "another contest": (in_list("contest", {"id": 1, "title": "Khác"}), errors.ContestArchiveWrong, "cuộc thi ghi"),
}  # fmt: skip


def test_what_is_wrong_is_said_with_file_and_line_and_nothing_is_kept(
    kept: Kept, elsewhere: Database, tmp_path: Path
) -> None:
    before = counts(elsewhere)
    said: dict[str, str] = {}
    for name, (spoil, refusal, words) in FAULTS.items():
        parts = contents(kept.file)
        spoil(parts)
        file = packed(parts, tmp_path / "sai.zip")
        with pytest.raises(refusal) as raised:
            contest_archive.take_in(elsewhere, file)
        said[name] = words_of(raised.value)
        assert words in said[name], name
        assert counts(elsewhere) == before, name
    with pytest.raises(errors.ContestArchiveLine) as raised:
        parts = contents(kept.file)
        FAULTS["a member of no unit"][0](parts)
        contest_archive.check(packed(parts, tmp_path / "sai.zip"))
    assert words_of(raised.value) == said["a member of no unit"], "a check says the same"
    contest_archive.take_in(elsewhere, kept.file)


def test_no_truncated_or_damaged_file_is_taken(kept: Kept, elsewhere: Database, tmp_path: Path) -> None:
    content = kept.file.read_bytes()
    damaged = tmp_path / "hong.zip"
    for length in (0, 10, len(content) // 2, len(content) - 1):
        damaged.write_bytes(content[:length])
        with pytest.raises(errors.ContestArchiveBroken):
            contest_archive.take_in(elsewhere, damaged)
    with zipfile.ZipFile(kept.file) as archive:
        starts = [entry.header_offset + 30 + len(entry.filename) + 20 for entry in archive.infolist()]
        sizes = [entry.compress_size for entry in archive.infolist()]
    for start, size in zip(starts, sizes, strict=True):
        if size < 40:
            continue
        turned = bytearray(content)
        turned[start + size // 2] ^= 0x10
        damaged.write_bytes(turned)
        with pytest.raises((errors.ContestArchiveAltered, errors.ContestArchiveBroken)):
            contest_archive.take_in(elsewhere, damaged)
    assert dumps.holds_something(elsewhere) is None


def test_a_part_twice_is_refused(kept: Kept, elsewhere: Database, tmp_path: Path) -> None:
    file = packed(contents(kept.file), tmp_path / "hai.zip")
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(part_name("stage"), b"")
    with pytest.raises(errors.ContestArchiveAltered):
        contest_archive.take_in(elsewhere, file)


def test_a_file_that_is_meant_to_fill_the_disk_is_not_read(kept: Kept, elsewhere: Database, tmp_path: Path) -> None:
    parts = contents(kept.file)
    replace_part(parts, "stage", b" " * 20_000_000 + b"\n")
    with zipfile.ZipFile(packed(parts, tmp_path / "bom.zip")) as archive:
        entry = archive.getinfo(part_name("stage"))
    assert entry.file_size > MOST_SHRUNK * entry.compress_size
    with pytest.raises(errors.ContestArchiveTooLarge):
        contest_archive.take_in(elsewhere, tmp_path / "bom.zip")
