"""What members were told, written down at their side, and compared with what the database holds."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select

from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.attempts.policy import Action
from quiz_app.attempts.verify import differences
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database

Place = tuple[int, int]
Written = tuple[int, str]
ONCE = (Action.ATTEMPT_STARTED.code, Action.ATTEMPT_FINALISED.code)


@dataclass(frozen=True)
class Balance:
    """What was promised and does not stand; each list names the rows."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def __add__(self, other: Balance) -> Balance:
        return Balance(self.lost + other.lost, self.doubled + other.doubled, self.wrong + other.wrong)

    @property
    def count(self) -> int:
        return len(self.lost) + len(self.doubled) + len(self.wrong)

    @property
    def is_even(self) -> bool:
        return self.count == 0


@dataclass(frozen=True)
class Told:
    """What members had been told by a moment."""

    saved: dict[Place, Written]
    chosen: dict[Place, str]
    otherwise: list[str]
    started: dict[int, set[int]]
    submitted: set[int]


class Ledger:
    """Every answer, start and submission that was sent, and every one that was acknowledged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[Place, set[Written]] = defaultdict(set)
        self._saved: dict[Place, Written] = {}
        self._chosen: dict[Place, str] = {}
        self._told_otherwise: list[str] = []
        self._started: dict[int, set[int]] = defaultdict(set)
        self._submitted: set[int] = set()
        self._moments: list[float] = []
        self.turned_away = 0
        self.hung_up = 0

    @property
    def acknowledged(self) -> int:
        return len(self._moments)

    def silence(self, since: float) -> float:
        """The longest time, from a moment of the monotonic clock until now, in which nothing was acknowledged."""
        with self._lock:
            moments = [since, *(moment for moment in self._moments if moment > since), time.monotonic()]
        return max(later - earlier for earlier, later in pairwise(moments))

    def busy(self) -> None:
        """Somebody was asked to come again a little later."""
        with self._lock:
            self.turned_away += 1

    def left_alone(self) -> None:
        """Somebody's request was not answered at all."""
        with self._lock:
            self.hung_up += 1

    def sends(self, attempt_id: int, place: int, written: Written) -> None:
        with self._lock:
            self._sent[attempt_id, place].add(written)

    def saved(self, attempt_id: int, place: int, written: Written) -> None:
        with self._lock:
            self._moments.append(time.monotonic())
            before = self._saved.get((attempt_id, place), (0, ""))
            if before[0] == written[0] and before != written:
                self._told_otherwise.append(f"answer {attempt_id, place}: told {before}, then {written}")
            self._saved[attempt_id, place] = max(written, before)

    def chose(self, attempt_id: int, place: int, letters: str) -> None:
        """What the member wants to stand at a place. Only once he has seen "saved" there is it held to."""
        with self._lock:
            self._chosen[attempt_id, place] = letters

    def started(self, member_id: int, attempt_id: int) -> None:
        with self._lock:
            self._moments.append(time.monotonic())
            self._started[member_id].add(attempt_id)

    def submitted(self, attempt_id: int) -> None:
        with self._lock:
            self._moments.append(time.monotonic())
            self._submitted.add(attempt_id)

    def told(self) -> Told:
        with self._lock:
            started = {member_id: set(ids) for member_id, ids in self._started.items()}
            told_otherwise = list(self._told_otherwise)
            return Told(dict(self._saved), dict(self._chosen), told_otherwise, started, set(self._submitted))

    def balance(self, db: Database, *, is_quiet: bool, told: Told | None = None) -> Balance:
        """Compare with the database. While requests are under way what nobody was told yet is not held against it.

        `told` is what must stand where the database is a copy of an earlier moment. Everything about scores is counted
        again where it is quiet or a copy: what has ended stands as it is, so that once is enough.
        """
        is_copy = told is not None
        told = told or self.told()
        saved, submitted, started = told.saved, told.submitted, told.started
        wrong = list(told.otherwise)
        with db.reading() as session:
            places = session.execute(
                select(Response.attempt_id, Response.position, Response.revision, Response.chosen)
            ).all()
            attempts = session.execute(select(Attempt.id, Attempt.member_id, Attempt.state)).all()
            acts = session.execute(
                select(AuditEntry.action, AuditEntry.subject).where(AuditEntry.action.in_(ONCE))
            ).all()
            if is_quiet or is_copy:
                wrong += differences(session)
        with self._lock:
            sent = {place: set(written) for place, written in self._sent.items()}
        kept = {(row.attempt_id, row.position): (row.revision, row.chosen or "") for row in places}
        states = {row.id: row.state for row in attempts}
        lost = [
            f"answer {place}: told {written}, kept {kept.get(place)}"
            for place, written in saved.items()
            if _is_lost(written, kept.get(place, (0, "")))
        ]
        lost += [
            f"attempt {one} of member {member}" for member, ids in started.items() for one in ids if one not in states
        ]
        lost += [f"submission of {one}" for one in submitted if states.get(one) != AttemptState.SUBMITTED.value]
        wrong += [
            f"answer {place}: kept {written}, which nobody sent"
            for place, written in kept.items()
            if written[0] and written not in sent.get(place, set())
        ]
        if is_quiet:
            wrong += [
                f"answer {place}: last chosen {letters!r}, kept {kept.get(place)}"
                for place, letters in told.chosen.items()
                if kept.get(place, (0, ""))[1] != letters
            ]
        counted = Counter((row.action, row.subject) for row in acts)
        of_members = [] if is_copy else [(row.id, row.member_id) for row in attempts]  # more may have begun since
        doubled = _doubled(of_members, counted, started, is_quiet=is_quiet)
        return Balance(tuple(lost), tuple(doubled), tuple(wrong))


def _is_lost(told: Written, kept: Written) -> bool:
    return kept[0] < told[0] or (kept[0] == told[0] and kept[1] != told[1])


def _doubled(
    attempts: Sequence[tuple[int, int]], acts: Counter[tuple[str, str]], started: dict[int, set[int]], *, is_quiet: bool
) -> list[str]:
    """Starts that made two attempts, and attempts started or ended twice."""
    found = [f"{subject}: {action} {count} times" for (action, subject), count in acts.items() if count > 1]
    by_member = Counter(member_id for _, member_id in attempts)
    under_way = 0 if is_quiet else 1
    found += [
        f"member {member_id}: {count} attempts, told of {len(started.get(member_id, ()))}"
        for member_id, count in by_member.items()
        if count > len(started.get(member_id, ())) + under_way
    ]
    return found
