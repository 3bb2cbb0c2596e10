"""A contest leaves one engine in an archive and stands on the other as it stood; what is wrong with a file is said."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from quiz_app import tables
from quiz_app.contests.models import Contest, Round
from quiz_app.factory import create_app
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, Refused
from quiz_app.leaderboard import tallies
from quiz_app.members.models import Account, Member
from quiz_app.operations import contest_archive, dumps
from quiz_app.operations import contest_archive_errors as errors
from quiz_app.operations.contest_archive_file import MOST_SHRUNK, part_name
from quiz_app.operations.contest_archive_lines import columns_of
from quiz_app.operations.contest_archive_parts import LATER, LEFT_OUT, NOT_EXPORTED, ORDER
from quiz_app.operations.labels import words_of
from quiz_app.results import verify as recount_tables
from quiz_app.results.models import FinalRow
from quiz_app.units.models import UnitKind
from tests.features.operations.kept_contest import SECRETS, Held, hold
from tests.support import build, run
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.postgres import NoPostgres
from tests.support.sitting import at
from tests.support.works import Work


@dataclass(frozen=True)
class Kept:
    """A contest that was held, and its archive."""

    held: Held
    file: Path


@pytest.fixture
def kept(db: Database, work: Work, commune: Commune, clock: Clock, tmp_path: Path) -> Kept:
    held = hold(db, work, commune, clock)
    file = tmp_path / "cuoc-thi.zip"
    contest_archive.create(db, held.contest_id, file, made_by="Tạ Quang Huy")
    return Kept(held, file)


@pytest.fixture
def elsewhere(engine_name: str, tmp_path: Path) -> Iterator[Database]:
    """A new instance on the other engine."""
    if engine_name == "postgresql":
        target = tmp_path / "elsewhere.sqlite3"
        target.write_bytes(run.sqlite_template().read_bytes())
        url = f"sqlite:///{target}"
    else:
        try:
            url = run.migrated_postgres()
        except NoPostgres as problem:
            pytest.skip(f"{problem}: there is no other engine")
    database = Database(url)
    Clock(database).set(at(300))
    yield database
    database.dispose()
    if engine_name == "sqlite":
        run.drop_postgres(url)


def test_the_scene_is_what_it_says(db: Database, kept: Kept, commune: Commune) -> None:
    with db.reading() as session:
        rows = {
            row.member_id: row
            for row in session.scalars(select(FinalRow).where(FinalRow.table_id == kept.held.table_ids[1]))
        }
        assert not list(recount_tables.differences(session, db.now(session)))
    assert rows[commune.member.id].rank_key == rows[commune.colleague.id].rank_key
    assert {rows[commune.member.id].is_by_lot, rows[commune.colleague.id].is_by_lot} == {True}
    assert {rows[commune.member.id].prize, rows[commune.colleague.id].prize} == {"Giải Nhất", "Giải Nhì"}
    assert rows[commune.secretary_elsewhere.id].place is None, "left out of the ranking"
    assert rows[commune.stranger.id].unit_id == commune.first.id, "moved"
    assert commune.inner_member.id not in rows, "annulled"


def test_the_other_engine_shows_the_same_tables(
    db: Database, app: Flask, kept: Kept, elsewhere: Database, commune: Commune, tmp_path: Path
) -> None:
    contest_archive.take_in(elsewhere, kept.file)
    again = tmp_path / "lai.zip"
    contest_archive.create(elsewhere, kept.held.contest_id, again, made_by="Người Khác")
    ours, theirs = contents(kept.file), contents(again)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if name != "manifest.json" and ours[name] != theirs[name]] == []
    own = ("made_at", "made_by")
    one, other = (json.loads(found["manifest.json"]) for found in (ours, theirs))
    assert {k: v for k, v in one.items() if k not in own} == {k: v for k, v in other.items() if k not in own}
    assert one["made_by"] == "Tạ Quang Huy"

    tallies.refresh_tallies(elsewhere)
    with elsewhere.writing() as session:  # an archive holds no account: the new house gives its own
        for member in (commune.member, commune.organiser):
            session.add(
                Account(
                    member_id=member.id,
                    username=build.username(member),
                    password_hash=build.password_hash(),
                    password_changed_at=at(0),
                )
            )
    copy = create_app(run.settings_for(str(elsewhere.engine.url), tmp_path / "copy"), elsewhere)
    here, there = Browse(app, db), Browse(copy, elsewhere)
    for address in pages(kept.held):
        shown, copied = (" ".join(one.as_(commune.member).page(address).texts(".//main")) for one in (here, there))
        if address.startswith("/bang-xep-hang"):
            shown, copied = untimed(shown), untimed(copied)
        assert copied == shown, address
    table = there.page(f"/ket-qua/{kept.held.table_ids[1]}").text
    assert "Giải Nhất" in table
    assert "Nguyễn Văn An" in table, "his own name"


def pages(held: Held) -> list[str]:
    final = [f"/ket-qua/{table_id}{tab}" for table_id in held.table_ids for tab in ("", "/don-vi", "/boc-tham")]
    of_round = [f"/bang-xep-hang/{held.round_id}/{tab}" for tab in ("chi-bo", "toan-xa", "cac-chi-bo")]
    of_contest = [f"/bang-xep-hang/cuoc-thi/{held.contest_id}/{tab}" for tab in ("chi-bo", "toan-xa", "cac-chi-bo")]
    return ["/ket-qua/", *final, *of_round, *of_contest]


def untimed(text: str) -> str:
    """Boards say when they were taken, to the second; that is of the house, not of the contest."""
    return re.sub(r"\d\d:\d\d(:\d\d)?", "…", text)


def test_the_same_contest_is_the_same_bytes(db: Database, kept: Kept, tmp_path: Path, clock: Clock) -> None:
    again = tmp_path / "lai.zip"
    clock.move(hours=3)
    contest_archive.create(db, kept.held.contest_id, again, made_by="Tạ Quang Huy")
    ours, theirs = contents(kept.file), contents(again)
    assert {name for name in ours if ours[name] != theirs[name]} == {"manifest.json"}
    assert again.stat().st_mode & 0o777 == 0o600


def test_no_more_of_people_than_the_tables_need(kept: Kept, commune: Commune) -> None:
    found = contents(kept.file)
    everything = b"".join(found.values()).decode()
    assert [secret for secret in (*SECRETS, "Người Trực Máy", build.password_hash()) if secret in everything] == []
    assert "Tuần còn nháp" not in found["tables/round.jsonl"].decode()
    people = {row["id"]: row for row in lines(found, "member")}
    assert people[commune.member.id]["born_on"] == "1980-01-01", "the year, as a rule asks for the age"
    assert set(people[commune.member.id]) == {
        "id", "unit_id", "full_name", "sort_key", "search_key", "category", "standing", "born_on", "born_year_only",
        "is_demo", "created_at",
    }  # fmt: skip
    assert set(lines(found, "unit")[0]) == {
        "id", "code", "name", "kind", "parent_id", "sort_key", "search_key", "closed_at",
    }  # fmt: skip


def test_every_table_is_exported_or_named_with_its_reason() -> None:
    """A new table fails here until somebody has decided."""
    assert set(ORDER) | NOT_EXPORTED.keys() == tables.metadata.tables.keys()
    assert set(ORDER).isdisjoint(NOT_EXPORTED)
    assert all(NOT_EXPORTED.values())
    assert len(set(ORDER)) == len(ORDER)


def test_nothing_points_at_what_comes_later() -> None:
    for number, name in enumerate(ORDER):
        table = tables.metadata.tables[name]
        exported = columns_of(table, LEFT_OUT.get(name, {}))
        for key in table.foreign_keys:
            if key.parent.name in exported and LATER.get(name) != key.parent.name and key.column.table is not table:
                assert key.column.table.name in ORDER[:number], f"{name}.{key.parent.name}"


def test_new_rows_come_after_what_was_taken_in(kept: Kept, elsewhere: Database) -> None:
    manifest = contest_archive.take_in(elsewhere, kept.file)
    work = Work(elsewhere)
    with work() as w:
        child = build.unit(w, "MOI", "Chi bộ mới", UnitKind.CELL, None)
        person = build.member(w, child, "Người Mới")
        entry = w.session.scalars(select(AuditEntry).where(AuditEntry.action == "contest.imported")).one()
        highest = w.session.scalar(select(func.max(Member.id)))
    assert person.id == highest
    assert entry.subject == f"contest:{kept.held.contest_id}"
    assert entry.facts["sha256"] == hashlib.sha256(kept.file.read_bytes()).hexdigest()
    assert entry.facts["rows"] == manifest.rows


def test_only_an_empty_instance_takes_one_in(
    db: Database, kept: Kept, empty_database_url: str, elsewhere: Database
) -> None:
    before = counts(db)
    with pytest.raises(errors.InstanceNotEmpty):
        contest_archive.take_in(db, kept.file)
    assert counts(db) == before
    contest_archive.take_in(elsewhere, kept.file)
    with pytest.raises(errors.InstanceNotEmpty):
        contest_archive.take_in(elsewhere, kept.file)
    bare = Database(empty_database_url)
    with pytest.raises(errors.InstanceNotMigrated):
        contest_archive.take_in(bare, kept.file)
    bare.dispose()


def test_a_contest_that_is_not_final_stays_at_home(db: Database, kept: Kept, work: Work, tmp_path: Path) -> None:
    with work() as w:
        w.session.execute(update(Round).where(Round.id == kept.held.round_id).values(finalised_at=None))
    target = tmp_path / "chua.zip"
    with pytest.raises(errors.ContestNotFinal):
        contest_archive.create(db, kept.held.contest_id, target, made_by="")
    with work() as w:
        w.session.execute(update(Round).where(Round.id == kept.held.round_id).values(finalised_at=at(260)))
        w.session.execute(update(Contest).values(is_rehearsal=True))
    with pytest.raises(errors.ContestNotKept):
        contest_archive.create(db, kept.held.contest_id, target, made_by="")
    with pytest.raises(Missing):
        contest_archive.create(db, 987654, target, made_by="")
    assert list(tmp_path.glob("chua*")) == []


def test_results_that_do_not_hold_together_make_no_archive(
    db: Database, kept: Kept, work: Work, tmp_path: Path
) -> None:
    with work() as w:
        table_id = kept.held.table_ids[0]
        w.session.execute(update(FinalRow).where(FinalRow.table_id == table_id).values(score=FinalRow.score + 1))
    target = tmp_path / "sai.zip"
    with pytest.raises(errors.ContestArchiveWrong) as raised:
        contest_archive.create(db, kept.held.contest_id, target, made_by="")
    assert f"round:{kept.held.round_id} phiên bản 1" in words_of(raised.value)
    assert not target.exists()


# What may be wrong with a file: (what is done to its parts, the refusal, words of it).
Parts = dict[str, bytes]
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
        errors.ContestArchiveWrong, "stored score",
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


def test_a_file_that_is_meant_to_fill_the_disk_is_not_read(kept: Kept, elsewhere: Database, tmp_path: Path) -> None:
    parts = contents(kept.file)
    replace_part(parts, "stage", b" " * 20_000_000 + b"\n")
    with zipfile.ZipFile(packed(parts, tmp_path / "bom.zip")) as archive:
        entry = archive.getinfo(part_name("stage"))
    assert entry.file_size > MOST_SHRUNK * entry.compress_size
    with pytest.raises(errors.ContestArchiveTooLarge):
        contest_archive.take_in(elsewhere, tmp_path / "bom.zip")


def test_the_commands(app: Flask, kept: Kept, db: Database, elsewhere: Database, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    file = tmp_path / "lenh.zip"
    done = runner.invoke(args=["contest", "export", str(kept.held.contest_id), "--to", str(file)])
    assert done.exit_code == 0, done.output
    assert hashlib.sha256(file.read_bytes()).hexdigest() in done.output
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "contest.archive_made")).one()
    assert entry.facts["file"] == "lenh.zip"
    again = runner.invoke(args=["contest", "export", str(kept.held.contest_id), "--to", str(file)])
    assert (again.exit_code, "đã có" in again.output) == (1, True)
    checked = runner.invoke(args=["contest", "check", str(file)])
    assert (checked.exit_code, "✓ Nguyên vẹn: cuộc thi “Hội thi của xã”" in checked.output) == (0, True)
    refused = runner.invoke(args=["contest", "import", str(file)])
    assert (refused.exit_code, "hệ thống mới" in refused.output) == (1, True)
    missing = runner.invoke(args=["contest", "export", "987654", "--to", str(tmp_path / "khong.zip")])
    assert (missing.exit_code, "Không có cuộc thi số 987654" in missing.output) == (1, True)
    copy = create_app(run.settings_for(str(elsewhere.engine.url), tmp_path / "copy"), elsewhere)
    taken = copy.test_cli_runner().invoke(args=["contest", "import", str(file)])
    assert (taken.exit_code, "✓ Đã nhập" in taken.output) == (0, True), taken.output
    file.write_bytes(file.read_bytes()[:-30])
    broken = runner.invoke(args=["contest", "check", str(file)])
    assert (broken.exit_code, "cắt cụt" in broken.output) == (1, True)


def contents(file: Path) -> Parts:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def lines(found: Parts, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found[part_name(table)].splitlines()]


def counts(db: Database) -> dict[str, int]:
    with db.reading() as session:
        return dumps.counts_of(session.connection())
