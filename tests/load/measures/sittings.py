"""Processor time of a complete sitting, act by act: what capacity is planned by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.load.asks import Place, Save, Sent, form, page
from tests.load.generator import Ask, Outcome, Supply
from tests.load.measures.sign_ins import sign_in_of
from tests.load.measures.stand import Stand
from tests.load.sides import measured
from tests.load.sitting import PAPER_LENGTH, Person

AT_ONCE = 4  # no more than one process serves at a time: what is turned away costs as well
_ATTEMPT = re.compile(r"/luot-thi/(\d+)")
_COOKIE = re.compile(r"(phien|may)=([^;]+)")


@dataclass(slots=True)
class Sitting:
    """A member with what his browser holds."""

    person: Person
    cookies: dict[str, str] = field(default_factory=dict)
    attempt_id: int = 0


@dataclass(slots=True)
class _Log:
    stand: Stand
    acts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, name: str, asks: Sequence[Ask], people: int) -> Outcome:
        outcome = measured(self.stand.product, Supply(asks), self.stand.database_pid, connections=AT_ONCE)
        if outcome.failures:
            raise RuntimeError(f"{name}: {outcome.failures[0]}")
        self.acts[name] = {
            "cpu_ms": round(outcome.cpu_s / people * 1000, 2),
            "times": len(asks) // people,
            "kb": round(sum(len(answer.raw) for _, answer in outcome.served) / people / 1000, 1),
        }
        return outcome


def sittings(stand: Stand, people: int) -> dict[str, dict[str, Any]]:
    """So many members do each act at the same time, then the next. Times are of the server and the database."""
    sat = [Sitting(person) for person in stand.take(people)]
    by_person = {id(one.person): one for one in sat}
    log = _Log(stand)
    base = f"/dot-thi/{stand.hall.round_id}"

    def pages(name: str, path: str) -> None:
        log.of(name, [page(path.format(one.attempt_id), _cookies(stand, one), word="</html>") for one in sat], people)

    log.of("sign-in page", [page("/dang-nhap", word="</html>") for _ in sat], people)
    for ask, answer in log.of("sign in", [sign_in_of(stand, one.person) for one in sat], people).served:
        by_person[id(ask.who)].cookies |= dict(_COOKIE.findall("\n".join(answer.headers("Set-Cookie"))))
    pages("first page", "/")
    pages("rules", base)
    start = [_start(stand, one) for one in sat]
    for ask, answer in log.of("start", start, people).served:
        found = _ATTEMPT.search(answer.header("Location") or "")
        assert found is not None
        by_person[id(ask.who)].attempt_id = int(found[1])
    pages("paper", "/luot-thi/{}")
    saves = [
        Save(Place(one.attempt_id, position, _cookies(stand, one), stand.key_of(one.person).token), "A", 1)
        for position in range(1, PAPER_LENGTH + 1)
        for one in sat
    ]
    log.of("saves", saves, people)
    pages("check", "/luot-thi/{}/nop")
    log.of("submit", [_submit(stand, one) for one in sat], people)
    pages("result", "/luot-thi/{}/ket-qua")
    pages("board", f"/bang-xep-hang/{stand.hall.round_id}/chi-bo")
    total = sum(act["cpu_ms"] for act in log.acts.values())
    return {"sitting": {"cpu_s": round(total / 1000, 3), "acts": log.acts, "people": people}}


def _cookies(stand: Stand, one: Sitting) -> str:
    return "; ".join([*(f"{name}={value}" for name, value in one.cookies.items()), stand.key_of(one.person).cookie])


def _start(stand: Stand, one: Sitting) -> Sent:
    fields = [("csrf_token", stand.key_of(one.person).token), ("the_le", 1)]
    path = f"/dot-thi/{stand.hall.round_id}/bat-dau"
    return form(path, _cookies(stand, one), fields, word="/luot-thi/", who=one.person)


def _submit(stand: Stand, one: Sitting) -> Sent:
    fields = [("csrf_token", stand.key_of(one.person).token), ("epoch", 1)]
    return form(f"/luot-thi/{one.attempt_id}/nop", _cookies(stand, one), fields, word="/ket-qua")
