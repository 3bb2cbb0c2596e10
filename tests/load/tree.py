"""How long questions about the tree take in a city: 9,000 units, 500,000 members, on both engines.

    .venv/bin/python -m tests.load.tree [--members 500000]

Not part of the usual run. Prints milliseconds, the median of five after one to warm up; SQLite works in this process,
so that on a busy machine its own time says more.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from quiz_app import tables
from quiz_app.kernel.access import Actor, Grant, Role
from quiz_app.kernel.db import Base, Database
from quiz_app.kernel.text import search_key, sort_key, title_key
from quiz_app.kernel.work import Reading
from quiz_app.members import queries as members
from quiz_app.members.models import Category, Member, Standing
from quiz_app.people import queries as people
from quiz_app.units import policy
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor, UnitKind
from tests.support.clock import NOW
from tests.support.postgres import Cluster

COMMUNES, UNITS = 126, 9000
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
MIDDLE = ("Văn", "Thị", "Hồng", "Minh", "Quốc", "Thu", "Đình", "Xuân", "Ngọc", "Thanh", "Hữu", "Công", "Anh", "Kim")
GIVEN = (
    *("An", "Bình", "Châu", "Dũng", "Đức", "Giang", "Hà", "Hạnh", "Hằng", "Hòa", "Hùng", "Khánh", "Lan", "Linh", "Mai"),
    *("Long", "Nam", "Nga", "Oanh", "Phúc", "Quang", "Sơn", "Tâm", "Thảo", "Tuấn", "Uyên", "Việt", "Yến"),
)
BATCH = 20_000


def city(db: Database, count: int) -> None:
    """The city, its communes, the chi bộ below them, and their members."""
    chance = random.Random(7)  # noqa: S311 # the same names in every run, nothing secret
    made: list[dict[str, Any]] = [_unit(1, "TP", "Đảng bộ thành phố", UnitKind.CITY, None)]
    lines: dict[int, list[int]] = {1: [1]}
    for number in range(2, UNITS + 1):
        is_commune = number <= COMMUNES + 1
        above = 1 if is_commune else 2 + number % COMMUNES
        if not is_commune and number % 10 == 0 and number > 2 * COMMUNES + 20:
            above = number - COMMUNES  # a chi bộ below a đảng bộ of the same commune
        kind = UnitKind.COMMUNE if is_commune else UnitKind.CELL
        made.append(_unit(number, f"U{number}", f"Chi bộ số {number}", kind, above))
        lines[number] = [number, *lines[above]]
    ancestors = [
        {"unit_id": unit_id, "ancestor_id": above, "distance": distance}
        for unit_id, line in lines.items()
        for distance, above in enumerate(line)
    ]
    with db.writing() as session:
        session.execute(insert(Unit), made)
        session.execute(insert(UnitAncestor), ancestors)
    for start in range(0, count, BATCH):
        rows = [_member(chance, COMMUNES + 2 + (start + n) % (UNITS - COMMUNES - 1)) for n in range(BATCH)]
        with db.writing() as session:
            session.execute(insert(Member), rows[: count - start])


def _unit(number: int, code: str, name: str, kind: UnitKind, above: int | None) -> dict[str, Any]:
    return {
        "id": number, "code": code, "name": name, "kind": kind.value, "parent_id": above,
        "sort_key": title_key(name), "search_key": search_key(name), "helper_name": "", "helper_phone": "",
    }  # fmt: skip


def _member(chance: random.Random, unit_id: int) -> dict[str, Any]:
    middle = " ".join(chance.sample(MIDDLE, chance.choice((1, 1, 2))))
    name = f"{chance.choice(FAMILY)} {middle} {chance.choice(GIVEN)}"
    return {
        "unit_id": unit_id, "full_name": name, "sort_key": sort_key(name), "search_key": search_key(name),
        "category": Category.FULL.value, "standing": Standing.ACTIVE.value,
        "born_on": date(1950, 1, 1) + timedelta(days=chance.randrange(20_000)), "created_at": NOW,
    }  # fmt: skip


def questions(r: Reading) -> dict[str, Callable[[], object]]:
    """What pages ask, of the whole city and of one commune."""
    commune = Reading(r.session, Actor(member_id=1, grants=(Grant(Role.ORGANISER, 5),)), r.now)
    return {
        "units of the city, in order": lambda: units.units(r.session, policy.covered_units(r.actor)),
        "units of a commune, in order": lambda: units.units(r.session, policy.covered_units(commune.actor)),
        "find a unit of the city": lambda: units.found(r.session, policy.covered_units(r.actor), "so 4567", 50),
        "first page of the city": lambda: people.member_page(r, people.Found(), 1),
        "first page of a commune": lambda: people.member_page(r, people.Found(unit_id=5), 1),
        "name in the city": lambda: people.member_page(r, people.Found("nguyen minh tuan"), 1),
        "name in a commune": lambda: people.member_page(commune, people.Found("nguyen minh tuan"), 1),
        "roster of a commune": lambda: r.session.scalars(members.roster(commune.actor, units.subtree_ids(5))).all(),
        "duplicates of a commune": lambda: people.pairs(commune, 1),
        "duplicates of the city": lambda: people.pairs(r, 1),
    }


def measured(act: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """Milliseconds by the clock and of this process, the median of so many after one to warm up."""
    act()
    walls, own = [], []
    for _ in range(times):
        began, spent = time.perf_counter(), time.process_time()
        act()
        walls.append((time.perf_counter() - began) * 1000)
        own.append((time.process_time() - spent) * 1000)
    return statistics.median(walls), statistics.median(own)


def look(name: str, url: str, count: int) -> None:
    db = Database(url)
    assert tables.metadata is Base.metadata
    Base.metadata.create_all(db.engine)
    city(db, count)
    if db.engine.dialect.name == "postgresql":  # which does so by itself after a while
        with db.writing() as session:
            session.execute(text("ANALYZE"))
    actor = Actor(member_id=1, grants=(Grant(Role.ORGANISER, 1),))
    with db.reading() as session:
        for question, act in questions(Reading(session, actor, NOW)).items():
            session.expunge_all()
            wall, own = measured(act)
            print(f"{name:<12} {question:<30} {wall:9.1f} ms {own:9.1f} ms of this process", flush=True)
    db.dispose()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=500_000)
    count = parser.parse_args().members
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run under an account of its own
        look("sqlite", f"sqlite:///{Path(folder) / 'city.sqlite3'}", count)
        cluster = Cluster(Path(folder) / "pg")
        cluster.start()
        try:
            look("postgresql", cluster.url("postgres"), count)
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
