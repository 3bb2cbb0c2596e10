"""How long a large roster takes, and how much memory: planning and writing it, beside openpyxl reading it alone.

Not part of the usual run: `python -m tests.load.rosters [rows …]` (default 10000 100000), each as .xlsx and as .csv, in
a fresh process each, on SQLite or on DATABASE_URL.
"""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from openpyxl import load_workbook

import quiz_app.tables  # noqa: F401 - fills the metadata
from quiz_app.kernel.access import SYSTEM
from quiz_app.kernel.db import Base, Database
from quiz_app.kernel.work import viewing, working
from quiz_app.members import roster_file, roster_result, rosters
from quiz_app.members.roster_plan import Kind, PlanFolder
from quiz_app.units import services as units_services
from quiz_app.units.models import UnitKind

HEADINGS = ("STT", "Họ và tên", "Ngày sinh", "Giới tính", "Chi bộ", "Ngày vào Đảng", "Số thẻ đảng viên", "Loại", "SĐT")
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
MIDDLES = ("Văn", "Thị", "Hồng", "Minh", "Thu", "Đức", "Quang", "Ngọc", "Xuân", "Thanh")
GIVEN = ("An", "Bình", "Cường", "Dũng", "Hạnh", "Hoa", "Lan", "Mai", "Nam", "Oanh", "Phúc", "Sơn", "Thủy", "Ước")
CELL_SIZE = 50


def person(number: int) -> list[str | date]:
    name = " ".join((FAMILIES[number % 10], MIDDLES[number // 10 % 10], GIVEN[number // 100 % 14]))
    born = date(1940, 1, 1) + timedelta(days=number * 7919 % 18000)
    joined = born + timedelta(days=9000)
    card = f"{number // 1_000_000:02d}.{number % 1_000_000:06d}"
    return [
        str(number),
        name,
        born,
        "Nam",
        f"CB{number // CELL_SIZE:05d}",
        joined,
        card,
        "Chính thức",
        f"09{number:08d}",
    ]


def as_xlsx(rows: int, target: Path) -> None:
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    sheet = book.add_worksheet("Danh sách")
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(0, column, heading)
    for number in range(rows):
        for column, value in enumerate(person(number)):
            if isinstance(value, date):
                sheet.write_datetime(number + 1, column, value, as_date)
            else:
                sheet.write_string(number + 1, column, value)
    book.close()


def as_csv(rows: int, target: Path) -> None:
    with target.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(HEADINGS)
        for number in range(rows):
            cells = [value.strftime("%d/%m/%Y") if isinstance(value, date) else value for value in person(number)]
            writer.writerow(cells)


def measure(kind: str, rows: int) -> dict[str, float | str | int]:
    """One import in this process; peak memory is this process's, the reading child's apart."""
    found: dict[str, float | str | int] = {"kind": kind, "rows": rows}
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"roster.{kind}"
        (as_xlsx if kind == "xlsx" else as_csv)(rows, file)
        found["file_mb"] = round(file.stat().st_size / 1e6, 1)
        found["base_mb"] = peak(resource.RUSAGE_SELF)
        db = Database(os.environ.get("DATABASE_URL", f"sqlite:///{folder}/roster.sqlite3"))
        Base.metadata.create_all(db.engine)
        unit_id = units(db, rows)
        content = file.read_bytes()
        order = rosters.Order(unit_id, rosters.file_hash(content), file.name)
        unpacked, kept = Path(folder) / "rows", PlanFolder(Path(folder) / "plan")
        found["read_s"] = timed(lambda: roster_file.unpack(content, unpacked))

        def plan() -> None:
            with viewing(db, actor=SYSTEM) as r:
                rosters.plan(r, order, roster_file.sheets_in(unpacked), kept)

        def write() -> None:
            with working(db, actor=SYSTEM) as w:
                rosters.apply(w, order, kept, since=datetime.now(UTC))

        found["plan_s"] = timed(plan)
        found["sheet_back_s"] = timed(lambda: roster_result.write(unpacked, kept, Path(folder) / "result.xlsx"))
        found["write_s"] = timed(write)
        if kept.summary().count(Kind.NEW) != rows:
            raise SystemExit(f"{kept.summary().counts} instead of {rows} new people")
        found["peak_mb"] = peak(resource.RUSAGE_SELF)
        found["peak_reader_mb"] = peak(resource.RUSAGE_CHILDREN)
        again = rosters.Order(unit_id, "another", file.name)
        kept = PlanFolder(Path(folder) / "again")

        def plan_again() -> None:
            with viewing(db, actor=SYSTEM) as r:
                rosters.plan(r, again, roster_file.sheets_in(unpacked), kept)

        found["plan_known_s"] = timed(plan_again)
        found["peak_known_mb"] = peak(resource.RUSAGE_SELF)
        db.dispose()
    return found


def alone(rows: int) -> dict[str, float | str | int]:
    """What openpyxl takes to walk the same cells and keep none."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "roster.xlsx"
        as_xlsx(rows, file)
        base = peak(resource.RUSAGE_SELF)

        def walk() -> None:
            book = load_workbook(io.BytesIO(file.read_bytes()), read_only=True, data_only=True)
            for _row in book.worksheets[0].iter_rows(values_only=True):
                pass

        read_s = timed(walk)
        return {
            "kind": "openpyxl",
            "rows": rows,
            "base_mb": base,
            "read_s": read_s,
            "peak_mb": peak(resource.RUSAGE_SELF),
        }


def units(db: Database, rows: int) -> int:
    with working(db) as w:
        root = units_services.create_unit(w, code="XA", name="Đảng bộ", kind=UnitKind.COMMUNE, parent_id=None).id
        for number in range(rows // CELL_SIZE + 1):
            code = f"CB{number:05d}"
            units_services.create_unit(w, code=code, name=f"Chi bộ {number}", kind=UnitKind.CELL, parent_id=root)
        return root


def timed(act: Callable[[], object]) -> str:
    """Seconds by the wall, and of them those of a processor: others may be at work on the machine."""
    started, before = time.monotonic(), sum(os.times()[:4])
    act()
    return f"{time.monotonic() - started:.1f} ({sum(os.times()[:4]) - before:.1f})"


def peak(whose: int) -> float:
    return round(resource.getrusage(whose).ru_maxrss / 1024, 1)


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "one":
        kind, rows = sys.argv[2], int(sys.argv[3])
        print(json.dumps(alone(rows) if kind == "openpyxl" else measure(kind, rows)))
        return
    for rows in [int(text) for text in sys.argv[1:]] or [10_000, 100_000]:
        for kind in ("openpyxl", "xlsx", "csv"):
            subprocess.run([sys.executable, "-m", __spec__.name, "one", kind, str(rows)], check=True)


if __name__ == "__main__":
    main()
