"""`make bench`: how near the product is to what its stack can do at all.

Both sides of a comparison run under the product's gunicorn settings, on the same machine and engine, and take turns:
floor, product, floor, product. On PostgreSQL the product has a Valkey beside it where one is installed. Each pair of
turns gives a ratio; the figure is the median. Results are printed and written to bench.json. BENCH_ONLY=save_pg,board…
runs the groups that are named and leaves the others as they are.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.load import figures, growth, sides
from tests.load.measures.acts import acts
from tests.load.measures.boards import boards
from tests.load.measures.desks import desks
from tests.load.measures.memory import memory
from tests.load.measures.roster import roster
from tests.load.measures.saves import saves
from tests.load.measures.sign_ins import MEETING, sign_ins
from tests.load.measures.sittings import sittings
from tests.load.measures.stand import Stand, stand
from tests.load.measures.wire import wire
from tests.support import run

SITTERS = 300
SAVE_PAIRS, PAGE_PAIRS, ACT_PAIRS, MEETINGS = 16, 16, 6, 3
BATCH = 200
SITTINGS = 60
TURN_S = 1.0
# Growth as far as it goes in minutes; `make bench-growth` has a name of its own for ten times as much.
GROWTH, GROWN_MEMBERS, GROWN_ROUNDS, GROWTH_PAIRS = "growth_500k", 50_000, 10, 5
Found = dict[str, dict[str, Any]]

ON_POSTGRES: Mapping[str, Callable[[Stand], Found]] = {
    "save_pg": lambda stand: saves(stand, SAVE_PAIRS),
    "acts": lambda stand: acts(stand, ACT_PAIRS, BATCH),
    "boards": lambda stand: boards(stand, PAGE_PAIRS, TURN_S),
    "sitting": lambda stand: sittings(stand, SITTINGS),
    "wire": wire,
    "memory": memory,
}
ON_SQLITE: Mapping[str, Callable[[Stand], Found]] = {
    "save_sqlite": lambda stand: saves(stand, SAVE_PAIRS),
    "sign_in": lambda stand: sign_ins(stand, MEETINGS),
}
APART = ("desks", "growth", "roster")
GROUPS = (*ON_POSTGRES, *ON_SQLITE, *APART)


def main() -> int:
    began = time.monotonic()
    wanted = chosen(os.environ.get("BENCH_ONLY", ""))
    on = figures.here()
    pairs = {"save": SAVE_PAIRS, "page": PAGE_PAIRS, "act": ACT_PAIRS, "sign_in": MEETINGS, "growth": GROWTH_PAIRS}
    counts = {
        "sitters": SITTERS,
        "connections": sides.CONNECTIONS,
        "turn_s": TURN_S,
        "pairs": pairs,
        GROWTH: {"members": [growth.LITTLE, GROWN_MEMBERS], "rounds": GROWN_ROUNDS},
    }
    figures.keep({}, on, counts=counts)  # what was measured is told by them, even where a later group fails
    found: Found = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as another account below it
        if wanted & ON_POSTGRES.keys():
            with on_postgres(folder) as ours:
                found |= figures.gathered(over(ON_POSTGRES, ours, wanted), on)
        if wanted & ON_SQLITE.keys():
            with on_sqlite(folder) as ours:
                found |= figures.gathered(over(ON_SQLITE, ours, wanted), on)
    found |= figures.gathered(apart(wanted), on)
    figures.keep({}, on, seconds=round(time.monotonic() - began))
    problems = figures.failed(found) + growth.grown(found, GROWN_MEMBERS)
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


def chosen(names: str) -> frozenset[str]:
    """The groups to run; all where none is named."""
    asked = frozenset(name.strip() for name in names.split(",") if name.strip()) or frozenset(GROUPS)
    if unknown := asked - set(GROUPS):
        raise SystemExit(f"BENCH_ONLY: {', '.join(sorted(unknown))}? There are {', '.join(GROUPS)}.")
    return asked


def over(groups: Mapping[str, Callable[[Stand], Found]], ours: Stand, wanted: frozenset[str]) -> Iterator[Found]:
    """What the wanted ones of the groups find on this stand, one after the other."""
    return (act(ours) for name, act in groups.items() if name in wanted)


def apart(wanted: frozenset[str]) -> Iterator[Found]:
    """What the wanted groups find that bring all they need."""
    if "desks" in wanted:
        yield desks()
    if "growth" in wanted:
        yield from growth.measure("postgresql", GROWTH, members=GROWN_MEMBERS, rounds=GROWN_ROUNDS, pairs=GROWTH_PAIRS)
    if "roster" in wanted:
        yield roster()


@contextmanager
def on_postgres(folder: Path) -> Iterator[Stand]:
    people = SITTERS + (ACT_PAIRS + 1) * BATCH + SITTINGS + 1  # who has submitted, for his result
    with ExitStack() as stack:
        server = stack.enter_context(sides.postgres(folder / "pg"))
        url = server.new("product")
        run.migrate(url, folder)
        ours = stand(
            url, server.new("floor"), folder / "on_pg",
            people=people, sitters=SITTERS, turn_s=TURN_S, database_pid=server.pid,
            redis_url=stack.enter_context(sides.valkey(folder)),
        )  # fmt: skip
        yield stack.enter_context(ours)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Stand]:
    url, floor_url = (f"sqlite:///{folder / database}.sqlite3" for database in ("product", "floor"))
    run.migrate(url, folder)
    people = SITTERS + MEETINGS * MEETING + 20
    with stand(url, floor_url, folder / "on_sqlite", people=people, sitters=SITTERS, turn_s=TURN_S) as ours:
        yield ours


if __name__ == "__main__":
    sys.exit(main())
