"""`make bench-growth`: whether save, submit and boards cost the same after many rounds as at the beginning.

    .venv/bin/python -m tests.load.growth [--engine sqlite] [--members 500000] [--rounds 10]

Two servers of the product, one over a contest in which little has happened and one in which much has: each member has
sat each round. They take turns, and a ratio is how many times as long the same takes where much has happened. Queries
are counted in this process. The figures join those of bench.json.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import event
from werkzeug.test import TestResponse

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from tests.load import figures, history, plans, sides
from tests.load.asks import Sent, page
from tests.load.generator import Circle, Source, Supply
from tests.load.measures.acts import start_of, submit_of
from tests.load.measures.stand import Stand, stand
from tests.load.sides import Side, interleaved
from tests.load.sitting import Hall, answered, started
from tests.support import run
from tests.support.browse import Browse

LITTLE, MUCH, ROUNDS = 500, 500_000, 10
SCANS_FROM = 50_000  # members: tables of fewer rows are read whole, and rightly
SITTERS, BATCH, PAIRS, TURN_S = 100, 18, 9, 1.0
CONNECTIONS = 8  # few: how long each takes is asked, not how many are refused when too many ask
PEOPLE = SITTERS + 2 * BATCH * (PAIRS + 1) + 2
BOARDS = {
    "board_unit": "/bang-xep-hang/{round}/chi-bo",
    "board_everybody": "/bang-xep-hang/{round}/toan-xa",
    "board_units": "/bang-xep-hang/{round}/cac-chi-bo",
    "overall_unit": "/bang-xep-hang/cuoc-thi/{contest}/chi-bo",
    "overall_everybody": "/bang-xep-hang/cuoc-thi/{contest}/toan-xa",
    "overall_units": "/bang-xep-hang/cuoc-thi/{contest}/cac-chi-bo",
    "own_way": "/bang-xep-hang/cuoc-thi/{contest}/chang-duong",
}
# Memory as a server of this size has it; and tables that are emptied and filled at once need no log, which would be as
# long as they are. No guarantee is given up by that.
SERVER = ("shared_buffers=2GB", "max_wal_size=4GB", "wal_level=minimal", "max_wal_senders=0")
NAMES = ("little", "much")
Found = dict[str, dict[str, Any]]
Batches = list[list[Sent]]


def growth(
    little: Stand, much: Stand, prefix: str, *, pairs: int = PAIRS, batch: int = BATCH, turn_s: float = TURN_S
) -> Iterator[Found]:
    """Each act and board where much has happened, beside itself where little has: one figure after the other.

    Their names begin with `prefix`.
    """
    both = (little, much)

    def beside(name: str, asked: Sequence[Callable[[], Source]], seconds: float | None, count: int = pairs) -> Found:
        sides_of = [Side(one.product, source, seconds) for one, source in zip(both, asked, strict=True)]
        [turns] = interleaved(sides_of[0], [sides_of[1]], count, much.database_pid, connections=CONNECTIONS)
        return {f"{prefix}_{name}": figures.of_growth(turns)}

    asked_in = [_queries(one) for one in both]
    scanned = plans.reading_everything(much.db, [one for asked in asked_in[1].values() for one in asked.sent])
    queries = {name: dict(zip(NAMES, (one[name].counted for one in asked_in), strict=True)) for name in asked_in[0]}
    yield {f"{prefix}_queries": queries, f"{prefix}_scans": {"found": scanned}}
    starts = [_starts(one, pairs + 1, batch) for one in both]
    submits = [_submits(one, pairs + 1, batch) for one in both]
    yield beside("start", [_each_once(one) for one in starts], None)
    yield beside("submit", [_each_once(one) for one in submits], None)
    yield beside("save", [_again(one.saves) for one in both], turn_s, 2 * pairs)
    for name, path in BOARDS.items():
        yield beside(name, [_again(Circle(_looks(one, path))) for one in both], turn_s)


def _again(source: Any) -> Callable[[], Source]:
    return lambda: source


def _each_once(batches: Batches) -> Callable[[], Source]:
    """The next batch for each turn."""
    waiting = iter(batches)
    return lambda: Supply(next(waiting))


def _starts(of: Stand, count: int, batch: int) -> Batches:
    return [[start_of(of, person) for person in of.take(batch)] for _ in range(count)]


def _submits(of: Stand, count: int, batch: int) -> Batches:
    """Of papers that are begun and filled in."""
    people = of.take(count * batch)
    begun = started(of.db, of.hall, people)
    answered(of.db, [one.attempt_id for one in begun])
    asked = [submit_of(of, person, one.attempt_id) for person, one in zip(people, begun, strict=True)]
    return [asked[first : first + batch] for first in range(0, len(asked), batch)]


def _looks(of: Stand, path: str) -> list[Sent]:
    where = _at(of, path)
    return [page(where, f"phien={sitter.sign_in_token}", word="</html>") for sitter in of.sitters]


def _at(of: Stand, path: str) -> str:
    return path.format(round=of.hall.round_id, contest=of.hall.contest_id)


class Asked(NamedTuple):
    """The statements that an act has sent, and how many connections it took."""

    sent: plans.Sent
    connections: int

    @property
    def counted(self) -> tuple[int, int]:
        return len(self.sent), self.connections


def _queries(of: Stand) -> dict[str, Asked]:
    """What each act asks the database, with nothing kept from the request before."""
    db = Database(of.url)
    app = create_app(run.settings_for(of.url, of.folder / "data"), db)
    [person, submitter], place = of.take(2), of.places[0]
    [paper] = started(of.db, of.hall, [submitter])
    starting, saving, submitting = (Browse(app, db) for _ in range(3))
    for browse, token in (
        (starting, person.sign_in_token),
        (saving, of.sitters[0].sign_in_token),
        (submitting, paper.sign_in_token),
    ):
        browse.use_sign_in_token(token)
    start, save = f"/dot-thi/{of.hall.round_id}/bat-dau", f"/luot-thi/{place.attempt_id}/cau/{place.position}"
    acts: dict[str, Callable[[], TestResponse]] = {
        "start": lambda: starting.knock("POST", start, {"the_le": 1}),
        "save": lambda: saving.knock("POST", save, {"epoch": 1, "revision": 1, "phuong_an": "A"}, as_json=True),
        "submit": lambda: submitting.knock("POST", f"/luot-thi/{paper.attempt_id}/nop", {"epoch": 1}),
        **{name: partial(starting.knock, "GET", _at(of, path)) for name, path in BOARDS.items()},
    }
    try:
        return {name: _asked(db, name, act) for name, act in acts.items()}
    finally:
        db.dispose()


def _asked(db: Database, name: str, act: Callable[[], TestResponse]) -> Asked:
    lent: list[object] = []
    event.listen(db.engine.pool, "checkout", lambda *told: lent.append(told))
    with plans.heard(db) as sent:
        answer = act()
    if answer.status_code not in (200, 302):
        raise RuntimeError(f"{name} answers {answer.status_code}")
    return Asked(sent, len(lent))


def measure(engine: str, prefix: str, *, members: int, rounds: int, pairs: int = PAIRS) -> Iterator[Found]:
    """Fill both contests, and compare them."""
    with tempfile.TemporaryDirectory(prefix="growth-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as another account below it
        if engine == "postgresql":
            server = stack.enter_context(sides.postgres(folder / "pg", flags=SERVER))
            new, pid = server.new, server.pid
        else:
            new, pid = (lambda name: f"sqlite:///{folder / name}.sqlite3"), None
        little, much = [
            stack.enter_context(_stand(new(name), new(f"floor_{name}"), folder / name, count, rounds, pid))
            for name, count in zip(NAMES, (LITTLE, members), strict=True)
        ]
        yield from growth(little, much, prefix, pairs=pairs)


@contextmanager
def _stand(
    url: str, floor_url: str, folder: Path, members: int, rounds: int, database_pid: int | None
) -> Iterator[Stand]:
    def behind(db: Database, hall: Hall) -> None:
        began = time.monotonic()
        attempts = history.fill(db, url, hall, members=members, rounds=rounds)
        print(f"{attempts:,} attempts of {members:,} members in {time.monotonic() - began:.0f} s", flush=True)

    folder.mkdir()
    run.migrate(url, folder)
    with stand(
        url, floor_url, folder, people=PEOPLE, sitters=SITTERS, turn_s=TURN_S, database_pid=database_pid, behind=behind
    ) as found:
        yield found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--members", type=int, default=MUCH)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    on = figures.here()
    prefix = "growth_sqlite" if asked.engine == "sqlite" else "growth"
    figures.keep({}, on, counts={prefix: {"members": [LITTLE, asked.members], "rounds": asked.rounds}})
    found = figures.gathered(measure(asked.engine, prefix, members=asked.members, rounds=asked.rounds), on)
    problems = figures.failed(found) + grown(found, asked.members)
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


def grown(found: Found, members: int) -> list[str]:
    """What should not have grown and has, apart from time."""
    reads_all = scans(found) if members >= SCANS_FROM else []
    return more_queries(found) + reads_all


def more_queries(found: Found) -> list[str]:
    """What asks the database more often where much has happened."""
    counted = (one for name, one in found.items() if name.endswith("_queries"))
    return [f"{name}: {told}" for one in counted for name, told in one.items() if told["little"] != told["much"]]


def scans(found: Found) -> list[str]:
    """What goes through a whole table where much has happened, by the plans that PostgreSQL makes there."""
    return [one for name, told in found.items() if name.endswith("_scans") for one in told["found"]]


if __name__ == "__main__":
    sys.exit(main())
