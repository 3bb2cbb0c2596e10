"""The papers of what was sat before: of each attempt its twenty answers, and what the audit says of it.

Rows are made inside the database, a hundred million of them in minutes. A paper is one of some that the product's own
draw gives; of an attempt with `n` points the first `n` places are right, and the others hold a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Session

from quiz_app.attempts import beginning
from quiz_app.attempts.models import Attempt, Response
from quiz_app.attempts.policy import Action
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import BigInt, table_of
from quiz_app.rules.drawing import draw, letter

PAPERS = 64
_response, _attempt = table_of(Response), table_of(Attempt)
_sheet = Table(
    "sheet",
    MetaData(),
    Column("paper", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("item_version_id", BigInt),
    Column("option_order", JSON),
    Column("letters", String),
    Column("is_multiple", Boolean),
    Column("points", Integer),
    Column("right_choice", String),
    Column("wrong_choice", String),
    prefixes=["TEMPORARY"],
)


def fill_papers(session: Session, round_: Round) -> None:
    """A paper for each attempt there is; none has one. All rounds draw from what this one does."""
    connection = session.connection()
    _sheet.create(connection)
    session.execute(insert(_sheet), list(_places(session, round_)))
    if connection.dialect.name == "postgresql":
        # Emptied in this transaction, the table is written without a log, and put in order when all is there.
        for statement in (
            "ANALYZE sheet",
            "TRUNCATE response",
            "ALTER TABLE response DROP CONSTRAINT pk_response",
        ):
            session.execute(text(statement))
    session.execute(insert(_response).from_select([*_answers()], select(*_answers().values()).join_from(*_joined())))
    if connection.dialect.name == "postgresql":
        # As full as random numbers leave its pages when they come one by one.
        key = "ADD CONSTRAINT pk_response PRIMARY KEY (attempt_id, position) WITH (fillfactor = 70)"
        for statement in (f"ALTER TABLE response {key}", "ALTER INDEX pk_response RESET (fillfactor)"):
            session.execute(text(statement))
    _sheet.drop(connection)


def fill_audit(session: Session) -> None:
    """That each attempt was begun and ended; none of it is sealed."""
    begun = {"round_id": _attempt.c.round_id, "number": _attempt.c.number}
    ended = {"ended_by": _attempt.c.ended_by, "score": _attempt.c.score}
    as_json = func.json_build_object if session.get_bind().dialect.name == "postgresql" else func.json_object
    for action, at, facts in (
        (Action.ATTEMPT_STARTED, _attempt.c.started_at, begun),
        (Action.ATTEMPT_FINALISED, _attempt.c.ended_at, ended),
    ):
        assert facts.keys() == action.fact_names
        entry = {
            "at": at,
            "actor_member_id": _attempt.c.member_id,
            "action": literal(action.code),
            "subject": literal("attempt:") + cast(_attempt.c.id, String),
            "facts": as_json(*(part for fact in facts.items() for part in fact)),
        }
        session.execute(insert(table_of(AuditEntry)).from_select([*entry], select(*entry.values())))


def _joined() -> tuple[Table, Table, Any]:
    return _attempt, _sheet, _sheet.c.paper == _attempt.c.member_id % literal(PAPERS)


def _answers() -> dict[str, Any]:
    is_right = _sheet.c.position <= _attempt.c.score
    drawn = ("position", "item_version_id", "option_order", "letters", "is_multiple", "points")
    return {
        "attempt_id": _attempt.c.id,
        **{name: _sheet.c[name] for name in drawn},
        "chosen": case((is_right, _sheet.c.right_choice), else_=_sheet.c.wrong_choice),
        "revision": literal(1),
        "saved_at": _attempt.c.started_at,
        "is_right": is_right,
    }


def _places(session: Session, round_: Round) -> Iterator[dict[str, Any]]:
    cells, pool, pinned = beginning.sources(session, round_.id, round_.pool_hash, round_.first_attempt_at)
    for paper in range(PAPERS):
        drawn = draw(cells, pool, f"{paper:064}", pinned=pinned)
        ids = [item.item_version_id for item in drawn]
        items, keys = catalogue.paper_items(session, ids), catalogue.key_of(session, ids)
        for position, item in enumerate(drawn, 1):
            by_letter = {letter(place): option for place, option in enumerate(item.option_order)}
            right = [name for name, option in by_letter.items() if option in keys[item.item_version_id]]
            yield {
                "paper": paper,
                "position": position,
                "item_version_id": item.item_version_id,
                "option_order": list(item.option_order),
                "letters": "".join(by_letter),
                "is_multiple": items[item.item_version_id].is_multiple,
                "points": item.points,
                "right_choice": "".join(right),
                "wrong_choice": next(name for name in by_letter if name not in right),
            }
