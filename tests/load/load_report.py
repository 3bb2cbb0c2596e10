"""What a load came to: figures, and whether each promise was kept."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

from tests.faults.ledger import Balance
from tests.load.load_profiles import DRAINED_WITHIN_S, Profile
from tests.load.load_tally import Plan, Tally

STEADY_SAVE_P99_MS = 1000.0
GENERATOR_P99_MS = 100.0
SAVES_ARE_QUICK = f"steady saves within {STEADY_SAVE_P99_MS:.0f} ms at p99"
GENERATOR_IS_ON_TIME = f"the generator is less than {GENERATOR_P99_MS:.0f} ms late at p99"
TIMES_KEPT = {SAVES_ARE_QUICK, GENERATOR_IS_ON_TIME}  # what a busy machine may break


def found(
    profile: Profile,
    *,
    machine: dict[str, Any],
    plan: Plan,
    tally: Tally,
    lateness_s: list[float],
    moments: list[dict[str, float]],
    cores: dict[str, dict[str, float]],
    resent: int,
    acknowledged: int,
    balance: Balance,
    closed_after_s: float | None,
    verified: str,
) -> dict[str, Any]:
    drained = {
        "opening": tally.drained_after_s("opening", plan.opening + profile.opening_s),
        "closing": tally.drained_after_s("closing", plan.closes),
    }
    late_ms = [round(one * 1000, 1) for one in quantiles(lateness_s, n=100)]
    rows = tally.rows()
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "profile": {name: getattr(profile, name) for name in profile.__slots__} | {"sitting_s": profile.sitting_s},
        "machine": machine,
        "stretches": rows,
        "per_second": _rates(plan, rows),
        "cores": {name: {part: round(share, 2) for part, share in parts.items()} for name, parts in cores.items()},
        "queues": _queues(plan, moments),
        "generator_late_ms": {"p50": late_ms[49], "p99": late_ms[98], "most": round(max(lateness_s) * 1000, 1)},
        "drained_after_s": {name: None if s is None else round(s, 1) for name, s in drained.items()},
        "closed_after_s": None if closed_after_s is None else round(closed_after_s, 1),
        "resent_on_closed_lines": resent,
        "acknowledged": acknowledged,
        "failures": dict(tally.failures),
        "first_failures": tally.first_failures,
        "lost": len(balance.lost),
        "doubled": len(balance.doubled),
        "wrong": len(balance.wrong),
        "first_differences": [*balance.lost[:3], *balance.doubled[:3], *balance.wrong[:3]],
        "verify": verified,
        "promises": _promises(tally, rows, balance, drained, closed_after_s, verified, late_ms[98]),
    }


def _promises(
    tally: Tally,
    rows: dict[str, Any],
    balance: Balance,
    drained: dict[str, float | None],
    closed_after_s: float | None,
    verified: str,
    late_p99_ms: float,
) -> list[dict[str, Any]]:
    saves = rows.get("steady", {}).get("save", {})
    busy = tally.count("steady", "busy")
    kept = {
        "no error but 503 with Retry-After": not tally.failures,
        "nothing acknowledged is lost": not balance.lost,
        "nothing is double": not balance.doubled,
        "nothing is otherwise than it was sent": not balance.wrong,
        "attempts verify finds nothing": not verified,
        "no 503 outside the bursts": busy == 0,
        SAVES_ARE_QUICK: saves.get("begun") == saves.get("acknowledged")
        and saves.get("p99_ms", 0.0) <= STEADY_SAVE_P99_MS,
        "what was not submitted is closed with its answers": closed_after_s is not None,
        GENERATOR_IS_ON_TIME: late_p99_ms < GENERATOR_P99_MS,
    }
    for name, seconds in drained.items():
        kept[f"the queue of the {name} is drained in {DRAINED_WITHIN_S:.0f} s"] = (
            seconds is not None and seconds <= DRAINED_WITHIN_S
        )
    return [{"promise": words, "is_kept": is_kept} for words, is_kept in kept.items()]


def _rates(plan: Plan, rows: dict[str, Any]) -> dict[str, float]:
    """What came and was acknowledged in the steady stretch, per second."""
    seconds = max(1.0, plan.closing - plan.steady)
    steady = rows.get("steady", {})
    return {kind: round(row["acknowledged"] / seconds, 1) for kind, row in steady.items()}


def _queues(plan: Plan, moments: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """The most and the middle of who waited for an acknowledgement, and of requests that lay with the server."""
    parts = {
        "opening": [one for one in moments if one["at"] < plan.steady],
        "steady": [one for one in moments if plan.steady <= one["at"] < plan.closing],
        "closing": [one for one in moments if one["at"] >= plan.closing],
    }
    return {
        name: {
            f"{what}_{middle}": pick([one[what] for one in part])
            for what in ("waiting", "with_server", "lines")
            for middle, pick in (("most", max), ("median", lambda values: sorted(values)[len(values) // 2]))
        }
        for name, part in parts.items()
        if part
    }


def show(found: dict[str, Any]) -> None:
    profile = found["profile"]
    print(
        f"{profile['name']} on {profile['engine']}: {profile['open_attempts']} open, {profile['minutes']:g} minutes, "
        f"crowd {profile['crowd']}; load of the machine before {found['machine']['load_before']}"
    )
    print(f"per second in between: {found['per_second']}")
    for stretch, kinds in found["stretches"].items():
        for kind, row in kinds.items():
            times = (
                f"p50 {row['p50_ms']:>8} p95 {row['p95_ms']:>8} p99 {row['p99_ms']:>8} ms" if "p50_ms" in row else ""
            )
            print(f"  {stretch:<9}{kind:<13}{row['acknowledged']:>7} of {row['begun']:>7} {times} busy {row['busy']}")
    for name, parts in found["cores"].items():
        print(f"cores, {name}: " + ", ".join(f"{part} {share:.2f}" for part, share in parts.items()))
    for name, queue in found["queues"].items():
        print(f"queue, {name}: {queue}")
    for name in ("generator_late_ms", "drained_after_s", "closed_after_s", "failures", "lost", "doubled", "wrong"):
        print(f"{name}: {found[name]}")
    for words in [*found["first_failures"], *found["first_differences"]]:
        print(f"  {words}")
    for promise in found["promises"]:
        print(f"{'kept  ' if promise['is_kept'] else 'BROKEN'} {promise['promise']}")
