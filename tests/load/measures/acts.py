"""Starts and submissions, beside the floor's UPDATE: each by another member, twenty questions drawn and scored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.load import figures
from tests.load.asks import Sent, form
from tests.load.generator import Supply
from tests.load.measures.stand import Stand
from tests.load.sides import Pair, Side, interleaved
from tests.load.sitting import Person, answered

_ATTEMPT = re.compile(r"/luot-thi/(\d+)")


def start_of(stand: Stand, person: Person) -> Sent:
    fields = [("csrf_token", stand.key_of(person).token), ("the_le", 1)]
    path = f"/dot-thi/{stand.hall.round_id}/bat-dau"
    return form(path, stand.cookies_of(person), fields, word="/luot-thi/", who=person)


def submit_of(stand: Stand, person: Person, attempt_id: int) -> Sent:
    fields = [("csrf_token", stand.key_of(person).token), ("epoch", 1)]
    return form(f"/luot-thi/{attempt_id}/nop", stand.cookies_of(person), fields, word=f"/luot-thi/{attempt_id}/ket-qua")


def acts(stand: Stand, pairs: int, batch: int) -> dict[str, dict[str, Any]]:
    """`batch` members start in each turn; then the papers are filled in, and they submit in the turns after."""
    groups = iter([stand.take(batch) for _ in range(pairs + 1)])
    starts = Side(stand.product, lambda: Supply([start_of(stand, one) for one in next(groups)]), seconds=None)
    [began] = interleaved(stand.floor_side, [starts], pairs, stand.database_pid)
    begun = [attempts_of(pair) for pair in began]
    answered(stand.db, [attempt_id for group in begun for _, attempt_id in group])
    papers = iter([begun[0][: batch // 10], begun[0][batch // 10 :], *begun[1:]])
    submits = Side(stand.product, lambda: Supply([submit_of(stand, *one) for one in next(papers)]), seconds=None)
    [ended] = interleaved(stand.floor_side, [submits], pairs, stand.database_pid)
    return {"start": figures.of_pairs(began), "submit": figures.of_pairs(ended)}


def attempts_of(pair: Pair) -> Sequence[tuple[Person, int]]:
    """Who has begun in a turn, each with his attempt."""
    found = []
    for ask, answer in pair.product.served:
        led_to = _ATTEMPT.search(answer.header("Location") or "")
        assert led_to is not None
        found.append((ask.who, int(led_to[1])))
    return found
