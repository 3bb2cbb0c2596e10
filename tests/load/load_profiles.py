"""How much load is held, and when: the profiles of `make load`."""

from __future__ import annotations

from dataclasses import dataclass, replace

PAPER_LENGTH = 20
OPENING_S = 60.0
CLOSING_S = 10.0
DRAINED_WITHIN_S = 30.0
CHECKS_FOR_S = 3.0, 8.0  # how long somebody looks at his answers before he hands in at the close


@dataclass(frozen=True, slots=True)
class Profile:
    """A crowd comes in the first minute, keeps its papers open and submits in the last ten seconds of the round.

    Its burst begins some seconds earlier, when the first of it look at their answers once more.

    In between others sit: `open_attempts` at any time, `starts_per_s` of them beginning and as many ending. Each puts
    an answer to every place, so saves come at PAPER_LENGTH times the rate of starts. With `has_proxy` everybody's
    requests come over a few shared lines, as from nginx, which chooses a process for each; without, browsers have lines
    of their own. `pace` stretches the pauses in which people think.
    """

    name: str
    engine: str
    units: int
    members: int
    open_attempts: int
    starts_per_s: float
    boards_per_s: float
    crowd: int
    has_proxy: bool
    minutes: float = 10.0
    opening_s: float = OPENING_S
    settling_s: float = DRAINED_WITHIN_S
    grace_ms: int = 5000
    pace: float = 1.0

    @property
    def steady_s(self) -> float:
        return self.minutes * 60

    @property
    def sitting_s(self) -> float:
        """How long one sits, so that so many are open at that rate of starts."""
        return self.open_attempts / self.starts_per_s

    @property
    def starters(self) -> int:
        """Members who are to start during the steady stretch, with some to spare for the arrivals' chance."""
        expected = self.starts_per_s * self.steady_s
        return int(expected + 4 * expected**0.5) + 1

    def scaled(self, scale: float, minutes: float) -> Profile:
        """The same shape with fewer people or less time; the times of a sitting stay."""
        return replace(
            self,
            units=max(3, round(self.units * scale)),
            members=max(1, round(self.members * scale)),
            open_attempts=max(1, round(self.open_attempts * scale)),
            starts_per_s=self.starts_per_s * scale,
            boards_per_s=self.boards_per_s * scale,
            crowd=max(1, round(self.crowd * scale)),
            minutes=minutes,
        )


COMMUNE = Profile(
    name="commune",
    engine="sqlite",
    units=70,
    members=2_700,
    open_attempts=200,
    starts_per_s=1.5,
    boards_per_s=2.0,
    crowd=200,
    has_proxy=False,
)
CITY = Profile(
    name="city",
    engine="postgresql",
    units=9_000,
    members=100_000,
    open_attempts=5_000,
    starts_per_s=17.5,
    boards_per_s=50.0,
    crowd=2_000,
    has_proxy=True,
)
PROFILES = {profile.name: profile for profile in (COMMUNE, CITY)}
