"""A meeting signs in: 200 members one upon another, beside argon2id alone with the same parameters on every core."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from quiz_app.members import passwords
from tests.load.asks import Sent, form
from tests.load.generator import Outcome, Supply
from tests.load.measures.stand import Stand
from tests.load.sides import measured
from tests.load.sitting import Person
from tests.support import build

MEETING = 200
AT_ONCE = 8  # 200 in half a minute are seven a second; of more at once some are asked to come again
_CORES = os.cpu_count() or 1


def sign_ins(stand: Stand, pairs: int) -> dict[str, dict[str, Any]]:
    _hashes_per_second(_CORES)
    _meeting(stand, 20)
    alone, rates, outcomes = [], [], []
    for _ in range(pairs):
        alone.append(_hashes_per_second(MEETING))
        outcomes.append(_meeting(stand, MEETING))
        rates.append(outcomes[-1].rate)
    ratios = sorted(round(rate / hashes, 3) for rate, hashes in zip(rates, alone, strict=True))
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    return {
        "sign_in": {
            "ratio": round(median(ratios), 3),
            "ratios_of_pairs": ratios,
            "hashes_per_second": round(median(alone), 1),
            "sign_ins_per_second": round(median(rates), 1),
            "seconds_of_a_meeting": round(MEETING / median(rates), 2),
            "slowest_ms": round(max(max(outcome.latencies_s) for outcome in outcomes) * 1000),
            "cpu_us": round(median(outcome.cpu_us for outcome in outcomes)),
            "product": {
                "served": len(rates) * MEETING - len(failures),
                "failed": len(failures),
                "first_failure": failures[0] if failures else None,
            },
        }
    }


def sign_in_of(stand: Stand, person: Person) -> Sent:
    key = stand.key_of(person)
    fields = [
        ("csrf_token", key.token),
        ("username", person.username),
        ("password", build.PASSWORD),
        ("next", ""),
    ]
    return form("/dang-nhap", key.cookie, fields, who=person)


def _meeting(stand: Stand, size: int) -> Outcome:
    """One upon another, as when the QR code has just been shown."""
    asks = [sign_in_of(stand, person) for person in stand.take(size)]
    outcome = measured(stand.product, Supply(asks), stand.database_pid, connections=AT_ONCE)
    not_in = [
        answer.head for _, answer in outcome.served if not any("phien=" in one for one in answer.headers("Set-Cookie"))
    ]
    outcome.failures += not_in
    return outcome


def _hashes_per_second(count: int) -> float:
    """By as many threads as there are cores; the library lets go of the interpreter while it works."""
    hasher, known = passwords.new_hasher(), build.password_hash()
    began = time.perf_counter()
    with ThreadPoolExecutor(_CORES) as threads:
        list(threads.map(lambda _: hasher.verify(known, build.PASSWORD), range(count)))
    return count / (time.perf_counter() - began)
