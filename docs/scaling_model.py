"""How many machines a contest needs, reckoned from what a sitting was measured to cost.

    .venv/bin/python -m docs.scaling_model [--bench bench.json] [--write]

Prints the tables of docs/scaling.md, and puts them there with --write. Costs come from docs/scaling_costs.json; with
--bench the processor time of a whole sitting is taken from there, shared out between server and database as measured
here.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COSTS = Path(__file__).with_name("scaling_costs.json")
PAGE = Path(__file__).with_name("scaling.md")
SAVES = 20
BOARDS_OF_A_SITTING = 3  # how often somebody who sat looks at a board within the hour
LAST_HOUR = 0.20  # of a round's sittings
ROUND_TURNOUT = 0.63  # one sitting each
SITTING_S = 286
PEAK = 2.0  # the busiest minute of the last hour against its mean
BUSY_AT_MOST = 0.60  # of the cores, in the busiest minute: waiting grows steeply beyond
NODE_CORES = 8
THREADS = 8  # of each process of the server, one process to a core
COMMITS_BESIDE_SAVES = 5  # sign-in (three), start, submission


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of processor time, on a core of the machine that measured them."""

    sitting_web_ms: float
    sitting_database_ms: float
    board_web_ms: float
    board_database_ms: float
    close_ms: float
    bytes_of_a_sitting: float
    log_bytes_of_a_sitting: float


@dataclass(frozen=True, slots=True)
class Contest:
    """`opens_together` is how many come within the first minute: the members of a meeting, or those who waited."""

    name: str
    members: int
    opens_together: int
    engine: str = "postgresql"


@dataclass(frozen=True, slots=True)
class Need:
    contest: Contest
    sittings: int
    starts_per_s: float
    saves_per_s: float
    open_at_once: int
    web_cores: float
    database_cores: float
    opening_cores: float
    open_at_close: int
    sweep_s: float
    gigabytes: float
    log_mb_per_s: float
    commits_per_s: float
    connections: int
    machines: str


CONTESTS = (
    Contest("commune", 2_700, 200, "sqlite"),
    Contest("ward", 10_000, 500),
    Contest("city", 500_000, 2_000),
    Contest("five million", 5_000_000, 20_000),
)


def costs_of(measured: Mapping[str, Any], engine: str, sitting_s: float | None = None) -> Costs:
    """The costs as measured on an engine. `sitting_s` replaces the sum of a whole sitting, its parts in proportion."""
    acts: Mapping[str, Mapping[str, float]] = measured[engine]["acts"]
    own = {name: cost for name, cost in acts.items() if name not in ("board", "close")}
    web = sum(cost["web_ms"] * _times(name) for name, cost in own.items())
    database = sum(cost["database_ms"] * _times(name) for name, cost in own.items())
    share = 1.0 if sitting_s is None else sitting_s * 1000 / (web + database)
    return Costs(
        sitting_web_ms=web * share,
        sitting_database_ms=database * share,
        board_web_ms=acts["board"]["web_ms"],
        board_database_ms=acts["board"]["database_ms"],
        close_ms=acts["close"]["web_ms"] + acts["close"]["database_ms"],
        bytes_of_a_sitting=float(measured[engine]["bytes_of_a_sitting"]),
        log_bytes_of_a_sitting=float(measured[engine]["log_bytes_of_a_sitting"]),
    )


def need(contest: Contest, costs: Costs) -> Need:
    """What a contest asks of machines in the last hour of a round, and in its first minute."""
    sittings = round(contest.members * ROUND_TURNOUT)
    starts = sittings * LAST_HOUR / 3600
    web_s = costs.sitting_web_ms / 1000 + BOARDS_OF_A_SITTING * costs.board_web_ms / 1000
    database_s = costs.sitting_database_ms / 1000 + BOARDS_OF_A_SITTING * costs.board_database_ms / 1000
    web, database = (starts * PEAK * each / BUSY_AT_MOST for each in (web_s, database_s))
    arriving = (costs.sitting_web_ms + costs.sitting_database_ms) / 1000 * contest.opens_together / 60
    left_open = math.ceil(starts * PEAK * SITTING_S)
    return Need(
        contest=contest,
        sittings=sittings,
        starts_per_s=starts,
        saves_per_s=starts * SAVES,
        open_at_once=math.ceil(starts * SITTING_S),
        web_cores=web,
        database_cores=database,
        opening_cores=arriving,
        open_at_close=left_open,
        sweep_s=left_open * costs.close_ms / 1000,
        gigabytes=sittings * costs.bytes_of_a_sitting / 1e9,
        log_mb_per_s=starts * PEAK * costs.log_bytes_of_a_sitting / 1e6,
        commits_per_s=starts * PEAK * (SAVES + COMMITS_BESIDE_SAVES),
        connections=math.ceil(max(web, 2)) * THREADS,
        machines=_machines(contest, web, database, arriving),
    )


def needs(measured: Mapping[str, Any], sitting_s: float | None = None) -> list[Need]:
    return [need(contest, costs_of(measured, contest.engine, sitting_s)) for contest in CONTESTS]


def _times(act: str) -> int:
    return SAVES if act == "save" else 1


def _machines(contest: Contest, web: float, database: float, opening: float) -> str:
    """One small machine for as long as it holds the peak; then nodes of their own, one to spare, and a database."""
    whole = max(web + database, opening)
    if whole <= 2:
        return "1 × 2 cores" if contest.engine == "sqlite" else "1 × 2 cores, with PostgreSQL"
    if whole <= 4:
        return "1 × 4 cores, with PostgreSQL"
    share = web / (web + database)
    nodes = math.ceil(max(web, opening * share) / NODE_CORES) + 1
    cores = max(4, 4 * math.ceil(max(database, opening * (1 - share)) / 4))
    return f"{nodes} × {NODE_CORES} cores, database {cores} cores and a standby"


def costs_table(measured: Mapping[str, Any]) -> str:
    """The measured cost of each act, in milliseconds of processor time."""
    rows = ["| act | times | server | PostgreSQL | on SQLite, together |", "|---|---|---|---|---|"]
    postgresql, sqlite = measured["postgresql"]["acts"], measured["sqlite"]["acts"]
    for name, cost in postgresql.items():
        times = _times(name) if name not in ("board", "close") else 0
        alone = sqlite[name]["web_ms"] + sqlite[name]["database_ms"]
        rows.append(f"| {name} | {times or '–'} | {cost['web_ms']:.1f} | {cost['database_ms']:.1f} | {alone:.1f} |")
    sums = [costs_of(measured, engine) for engine in ("postgresql", "sqlite")]
    alone = sums[1].sitting_web_ms + sums[1].sitting_database_ms
    rows.append(
        f"| **a whole sitting** | | **{sums[0].sitting_web_ms:.0f}** | **{sums[0].sitting_database_ms:.0f}** "
        f"| **{alone:.0f}** |"
    )
    return "\n".join(rows)


def needs_table(found: Sequence[Need]) -> str:
    """What each contest needs."""
    rows = [
        "| contest | members | sittings of a round | starts/s | saves/s | open at once | cores, server "
        "| cores, database | cores, first minute | machines |",
        "|" + "---|" * 10,
    ]
    for one in found:
        rows.append(
            f"| {one.contest.name} | {one.contest.members:,} | {one.sittings:,} | {one.starts_per_s:.1f} "
            f"| {one.saves_per_s:,.0f} | {one.open_at_once:,} | {one.web_cores:.1f} | {one.database_cores:.1f} "
            f"| {one.opening_cores:.1f} | {one.machines} |"
        )
    return "\n".join(rows)


def strains_table(found: Sequence[Need]) -> str:
    """What else grows, each of which breaks first somewhere."""
    rows = [
        "| contest | commits/s | log | connections | left open at the close | one worker closes them in "
        "| rows of answers | stored for a round |",
        "|" + "---|" * 8,
    ]
    for one in found:
        log = f"{one.log_mb_per_s:.1f} MB/s" if one.log_mb_per_s else "–"
        rows.append(
            f"| {one.contest.name} | {one.commits_per_s:,.0f} | {log} | {one.connections:,} | {one.open_at_close:,} "
            f"| {one.sweep_s:,.0f} s | {one.sittings * SAVES:,} | {_size(one.gigabytes)} |"
        )
    return "\n".join(rows)


def _size(gigabytes: float) -> str:
    return f"{gigabytes:.1f} GB" if gigabytes >= 1 else f"{gigabytes * 1000:.0f} MB"


def tables(measured: Mapping[str, Any], sitting_s: float | None = None) -> dict[str, str]:
    """Every table of the page, by the name of its place there."""
    found = needs(measured, sitting_s)
    return {"costs": costs_table(measured), "needs": needs_table(found), "strains": strains_table(found)}


def filled(page: str, found: Mapping[str, str]) -> str:
    """The page with its tables as they are reckoned now."""
    for name, table in found.items():
        before, _, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->\n")
        page = f"{before}<!-- {name} -->\n{table}\n{end}{after}"
    return page


def sitting_of(bench: Mapping[str, Any]) -> float:
    """Seconds of processor time of a whole sitting, as bench.json has them, without the board that it ends with.

    Boards are reckoned apart, since a member looks at several.
    """
    sitting = bench["measures"]["sitting"]
    return float(sitting["cpu_s"]) - float(sitting["acts"]["board"]["cpu_ms"]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", type=Path, help="bench.json, for the processor time of a whole sitting")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scaling.md")
    given = parser.parse_args()
    sitting_s = None if given.bench is None else sitting_of(json.loads(given.bench.read_text()))
    found = tables(json.loads(COSTS.read_text()), sitting_s)
    print("\n\n".join(found.values()))
    if given.write:
        PAGE.write_text(filled(PAGE.read_text(), found))


if __name__ == "__main__":
    main()
