"""The statements that begin an attempt, and what the papers of a round are drawn from, kept by each process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, insert, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.kernel.db import table_of
from quiz_app.kernel.prepared import Prepared
from quiz_app.members.models import Member
from quiz_app.rules.drawing import Candidate, Cell

MOST_ROUNDS = 64
_attempt, _response, _member = (table_of(model) for model in (Attempt, Response, Member))
# What a new attempt is told; `unit_id` is the member's as it is now that the round is held: whoever is let into another
# unit at this moment starts for that one.
_TOLD = (
    "id",
    "round_id",
    "member_id",
    "number",
    "held_by_session",
    "started_at",
    "deadline_at",
    "accepts_until_at",
    "extra_time_s",
    "extension_s",
    "seed",
    "pool_hash",
    "rules_number",
    "asks_prediction",
    "assisted_by",
    "assist_reason",
    "device_sha256",
)
_DRAWN = ("item_version_id", "option_order", "letters", "is_multiple", "points")


def _beginning(dialect: Any) -> Prepared:
    told: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _TOLD}
    told["unit_id"] = select(_member.c.unit_id).where(_member.c.id == bindparam("new_member_id")).scalar_subquery()
    told["state"] = literal_column(f"'{AttemptState.OPEN.value}'")
    told["epoch"] = literal_column("1")
    told["prediction_revision"] = literal_column("0")
    return Prepared(dialect.insert(_attempt).values(told).on_conflict_do_nothing().returning(_attempt.c.id))


_BEGIN = {"sqlite": _beginning(sqlite), "postgresql": _beginning(postgresql)}


class Sources(NamedTuple):
    """What the papers of a round are drawn from."""

    cells: tuple[Cell, ...]
    pool: tuple[Candidate, ...]
    pinned: frozenset[int]


# By database: one process may serve several, and their ids mean different things.
_kept: WeakKeyDictionary[Pool, OrderedDict[Hashable, Sources]] = WeakKeyDictionary()
_lock = threading.Lock()


def insert_once(session: Session, attempt: Mapping[str, Any]) -> bool:
    """Insert the attempt unless another start of this member came first: the unique keys decide, not a look before."""
    statement = _BEGIN[session.get_bind().dialect.name]
    return bool(statement.rows(session, {f"new_{name}": attempt[name] for name in _TOLD}))


def insert_paper(session: Session, attempt_id: int, places: Sequence[Mapping[str, Any]]) -> None:
    """Store a paper as it was drawn, by one statement."""
    told = {f"{name}_{n}": place[name] for n, place in enumerate(places, start=1) for name in _DRAWN}
    _paper_of(len(places)).run(session, {"attempt": attempt_id, **told})


def sources(session: Session, round_id: int, pool_hash: str, first_attempt_at: datetime | None) -> Sources:
    """What papers of a published round that is held are drawn from.

    From its first attempt on that never changes, so each process keeps it.
    """
    key = (round_id, pool_hash, first_attempt_at)
    bind_pool = session.get_bind().engine.pool
    with _lock:
        found = _kept.get(bind_pool, OrderedDict()).get(key)
    if found is not None:
        return found
    cells = contests.blueprint(session.get_one(Round, round_id))
    made = Sources(cells, tuple(contests.frozen_pool(session, round_id)), contests.frozen_pinned(session, round_id))
    if first_attempt_at is None:
        return made
    with _lock:
        kept = _kept.setdefault(bind_pool, OrderedDict())
        kept[key] = made
        while len(kept) > MOST_ROUNDS:
            kept.popitem(last=False)
    return made


@lru_cache(maxsize=64)
def _paper_of(length: int) -> Prepared:
    return Prepared(insert(_response).values([_place(n) for n in range(1, length + 1)]))


def _place(n: int) -> dict[str, Any]:
    own = {name: bindparam(f"{name}_{n}", type_=_response.c[name].type) for name in _DRAWN}
    attempt_id = bindparam("attempt", type_=_response.c.attempt_id.type)
    return {"attempt_id": attempt_id, "position": literal_column(str(n)), "revision": literal_column("0"), **own}
