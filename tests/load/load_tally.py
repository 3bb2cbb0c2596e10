"""What came of every request of a load, by the stretch of time in which it was due."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from tests.load.load_profiles import CHECKS_FOR_S, CLOSING_S, Profile

MOST_FAILURES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """When which stretch begins, in seconds of the loop's clock: in `closing` the crowd checks and submits, from
    `submits` on and until the round `closes`.
    """

    opening: float
    steady: float
    closing: float
    submits: float
    closes: float

    @classmethod
    def of(cls, profile: Profile, begins: float) -> Plan:
        steady = begins + profile.opening_s + profile.settling_s
        closes = steady + profile.steady_s
        submits = max(steady, closes - CLOSING_S)
        return cls(begins, steady, max(steady, submits - CHECKS_FOR_S[1] * profile.pace), submits, closes)

    def stretch(self, due: float, opening_s: float) -> str:
        if due < self.opening + opening_s:
            return "opening"
        if due < self.steady:
            return "settling"
        if due < self.closing:
            return "steady"
        return "closing" if due <= self.closes else "after"


@dataclass(slots=True)
class Acts:
    """Acts of one kind in one stretch: seconds from when each was due until it was acknowledged."""

    latencies_s: list[float] = field(default_factory=list)
    begun: int = 0
    busy: int = 0
    slowest_s: float = 0.0

    def as_row(self) -> dict[str, Any]:
        row: dict[str, Any] = {"begun": self.begun, "acknowledged": len(self.latencies_s), "busy": self.busy}
        if len(self.latencies_s) > 1:
            percentiles = quantiles(self.latencies_s, n=100)
            row |= {f"p{n}_ms": round(percentiles[n - 1] * 1000, 1) for n in (50, 95, 99)}
            row["slowest_ms"] = round(self.slowest_s * 1000)
        return row


class Tally:
    """Counts acts: begun when somebody acts, acknowledged when the server has done it, however often it was asked.

    `busy` are answers 503 that say when to come again. Anything else that is not right is a failure.
    """

    def __init__(self, plan: Plan, opening_s: float) -> None:
        self._plan = plan
        self._opening_s = opening_s
        self.acts: dict[str, dict[str, Acts]] = defaultdict(lambda: defaultdict(Acts))
        self.settled_at: dict[str, float] = {}
        self.waiting = 0
        self.failures: dict[str, int] = defaultdict(int)
        self.first_failures: list[str] = []

    def begins(self, kind: str, due: float) -> str:
        """Note that somebody acts; the stretch it belongs to."""
        stretch = self._plan.stretch(due, self._opening_s)
        self.acts[stretch][kind].begun += 1
        self.waiting += 1
        return stretch

    def is_told_to_wait(self, stretch: str, kind: str) -> None:
        self.acts[stretch][kind].busy += 1

    def settles(self, stretch: str, kind: str, due: float, now: float) -> None:
        acts = self.acts[stretch][kind]
        acts.latencies_s.append(now - due)
        acts.slowest_s = max(acts.slowest_s, now - due)
        self.settled_at[stretch] = now
        self.waiting -= 1

    def fails(self, kind: str, words: str) -> None:
        self.failures[kind] += 1
        if len(self.first_failures) < MOST_FAILURES_SHOWN:
            self.first_failures.append(f"{kind}: {words[:600]}")

    def count(self, stretch: str, attribute: str) -> int:
        """Sums over the kinds of a stretch."""
        return sum(getattr(acts, attribute) for acts in self.acts.get(stretch, {}).values())

    def drained_after_s(self, stretch: str, ended: float) -> float | None:
        """How long after its end everything that was due in a stretch was acknowledged; None where some never was."""
        acts = self.acts.get(stretch, {})
        if any(each.begun != len(each.latencies_s) for each in acts.values()):
            return None
        return max(0.0, self.settled_at.get(stretch, ended) - ended)

    def rows(self) -> dict[str, Any]:
        return {
            stretch: {kind: acts.as_row() for kind, acts in sorted(kinds.items())}
            for stretch, kinds in self.acts.items()
        }
