"""What a load finds: a tree with its members, an open round, and browsers of members, some with a paper under way.

Members are written in bulk and share one hash of one PIN, salt and all: thousands of hashes would take minutes, and
what a sign-in costs is checking it, which is done for each.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from flask import Flask, session
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.attempts.policy import Action
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Actor
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Base, Database
from quiz_app.kernel.text import search_key, sort_key
from quiz_app.kernel.work import Work, working
from quiz_app.members import passwords
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Category, Consent, Purpose, Standing, UserSession
from quiz_app.members.models import Member as MemberRow
from quiz_app.members.sign_ins import OWN_DEVICE, token_hash
from quiz_app.rules.drawing import Cell
from quiz_app.units.models import Unit, UnitAncestor, UnitKind
from quiz_app.web.form_cookie import form_token
from tests.load.load_people import PIN, Member
from tests.load.load_profiles import PAPER_LENGTH, Profile
from tests.support import contest
from tests.support.sitting import CONTEST_SET, contest_bank

BATCH = 10_000
STARTED_TOGETHER = 100
UNITS_OF_A_COMMUNE = 71
TIME_LIMIT = timedelta(minutes=60)
OPEN_SINCE = timedelta(hours=2)
_TOPICS = (*(f"II.1.{number}" for number in range(1, 9)), "II.2-IV")
CELLS = tuple(
    Cell(topic, level, 2 if topic == _TOPICS[-1] else 1) for topic in _TOPICS for level in (1, 2)
)  # PAPER_LENGTH places


@dataclass(frozen=True)
class World:
    """Who acts in a load. `sitters` have begun already, the first the longest ago; the crowd has yet to sign in."""

    round_id: int
    crowd: list[Member]
    starters: list[Member]
    sitters: list[Member]
    onlookers: list[Member]


def prepare(db: Database, app: Flask, profile: Profile) -> World:
    """Fill a migrated empty database. The round closes when `close_at` says."""
    assert sum(cell.count for cell in CELLS) == PAPER_LENGTH
    groups = (profile.crowd, profile.starters, profile.open_attempts, min(200, profile.members))
    needed = sum(groups)
    with db.reading() as read:
        now = db.now(read)
    with working(db, now=now - OPEN_SINCE) as w:
        root, cells = _tree(w.session, profile.units)
        for batch in _batches(_people(max(profile.members, needed), cells, w.now)):
            w.session.execute(insert(MemberRow), batch)
        ids = iter(range(1, needed + 1))
        crowd, starters, sitters, onlookers = ([Member(one, _card(one)) for one in islice(ids, n)] for n in groups)
        everybody = [*crowd, *starters, *sitters, *onlookers]
        _accounts(w, everybody)
        _sign_ins(w, [*starters, *sitters, *onlookers], now)
        publishing.publish_bank(w, contest_bank(), is_shipped=False)
        found = catalogue.published_set(w.session, CONTEST_SET)
        assert found is not None
        round_id = contest.open_round(
            w,
            root,
            set_id=found.id,
            cells=CELLS,
            time_limit_s=int(TIME_LIMIT.total_seconds()),
            opens_at=w.now,
        ).round.id
    _open_pages(app, sitters)
    _start(db, round_id, sitters, {member.id: cells[(member.id - 1) % len(cells)] for member in sitters}, profile)
    return World(round_id, crowd, starters, sitters, onlookers)


def close_at(db: Database, round_id: int, closes_at: datetime, grace_ms: int) -> None:
    """Let the round close then, and with it every paper under way: only now is it known when the load will end."""
    with working(db) as w:
        round_ = w.session.get_one(Round, round_id)
        round_.closes_at, round_.grace_ms = closes_at, grace_ms
        accepts = closes_at + timedelta(milliseconds=grace_ms)
        w.session.execute(
            update(Attempt).where(Attempt.round_id == round_id).values(deadline_at=closes_at, accepts_until_at=accepts)
        )


def _tree(session: Session, units: int) -> tuple[Unit, list[int]]:
    """The root and the ids of its chi bộ; a city has communes between them."""
    communes = units // UNITS_OF_A_COMMUNE if units > UNITS_OF_A_COMMUNE else 0
    kind = UnitKind.CITY if communes else UnitKind.COMMUNE
    root = Unit(**_unit(1, kind, None))
    session.add(root)
    session.flush()
    cells = range(communes + 2, units + 1)
    lines = {1: [1]} | {one: [one, 1] for one in range(2, communes + 2)}
    lines |= {one: [one, *(lines[2 + one % communes] if communes else [1])] for one in cells}
    _insert(session, Unit, (_unit(one, UnitKind.COMMUNE, 1) for one in range(2, communes + 2)))
    _insert(session, Unit, (_unit(one, UnitKind.CELL, lines[one][1]) for one in cells))
    ancestors = (
        {"unit_id": one, "ancestor_id": above, "distance": distance}
        for one, line in lines.items()
        for distance, above in enumerate(line)
    )
    _insert(session, UnitAncestor, ancestors)
    return root, list(cells)


def _unit(number: int, kind: UnitKind, parent_id: int | None) -> dict[str, Any]:
    name = f"Đơn vị số {number}"
    return {
        "id": number, "code": f"DV{number}", "name": name, "kind": kind.value, "parent_id": parent_id,
        "sort_key": f"{number:06}", "search_key": search_key(name),
        "helper_name": "", "helper_phone": "", "audience": "",
    }  # fmt: skip


def _people(count: int, cells: list[int], now: datetime) -> Iterator[dict[str, Any]]:
    shared = {"category": Category.FULL.value, "standing": Standing.ACTIVE.value, "created_at": now}
    for number in range(1, count + 1):
        name = f"Nguyễn Văn Số {number}"
        yield {
            **shared, "id": number, "unit_id": cells[(number - 1) % len(cells)], "full_name": name,
            "sort_key": sort_key(name), "search_key": search_key(name),
            "card_number": f"{_card(number)[:2]}.{_card(number)[2:]}",
            "gender": "", "born_year_only": False, "position": "", "phone": "", "email": "", "note": "",
            "is_demo": False,
        }  # fmt: skip


def _card(number: int) -> str:
    return f"{number + 10_000_000:08}"


def _accounts(w: Work, members: list[Member]) -> None:
    pin = passwords.hashed(PIN)
    shared = {"password_hash": pin, "password_changed_at": w.now, "notices_version": CONSENT_VERSION}
    _insert(
        w.session,
        Account,
        ({"id": one.id, "member_id": one.id, "username": f"ten{one.id}", **shared} for one in members),
    )
    yes = {"purpose": Purpose.TAKE_PART.value, "text_version": CONSENT_VERSION, "given_at": w.now}
    _insert(w.session, Consent, ({"member_id": one.id, **yes} for one in members))


def _sign_ins(w: Work, members: list[Member], now: datetime) -> None:
    shared = {
        "is_shared_device": False, "created_at": now, "last_seen_at": now, "proved_at": now,
        "idle_s": int(OWN_DEVICE.total_seconds()), "expires_at": now + OWN_DEVICE, "user_agent": "tải thử",
        "awaits_second_factor": False,
    }  # fmt: skip
    for one in members:
        one.cookies["phien"] = secrets.token_urlsafe(32)
    _insert(
        w.session,
        UserSession,
        ({"account_id": one.id, "token_sha256": token_hash(one.cookies["phien"]), **shared} for one in members),
    )


def _open_pages(app: Flask, members: Iterable[Member]) -> None:
    """The form cookie and the token of a page that each has open, signed as the server signs them."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # Flask's own cookie has it
    name = app.config["SESSION_COOKIE_NAME"]
    for member in members:
        with app.test_request_context():
            member.token = form_token()
            member.cookies[name] = str(signer.dumps(dict(session)))


def _start(db: Database, round_id: int, members: list[Member], unit_of: dict[int, int], profile: Profile) -> None:
    """Papers that were begun evenly over the length of a sitting."""
    for first in range(0, len(members), STARTED_TOGETHER):
        with working(db) as w:
            for number, member in enumerate(members[first : first + STARTED_TOGETHER], start=first):
                passed = timedelta(seconds=passed_s(number, len(members), profile))
                actor = Actor(member_id=member.id, account_id=member.id, unit_id=unit_of[member.id])
                own = Work(w.session, actor, w.now - passed)
                member.attempt_id = attempts.start(own, round_id, is_demonstration_site=False)


def passed_s(number: int, of: int, profile: Profile) -> float:
    """How long ago the paper of this one of the sitters was begun."""
    return profile.sitting_s * (1 - (number + 0.5) / of)


def _insert(session: Session, model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    for batch in _batches(rows):
        session.execute(insert(model), batch)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def still_open(db: Database, round_id: int) -> int:
    """How many papers of the round are not closed yet."""
    query = select(func.count()).where(Attempt.round_id == round_id, Attempt.state == AttemptState.OPEN.value)
    with db.reading() as read:
        return read.scalar(query) or 0


def last_closed_at(db: Database) -> datetime | None:
    """When the last paper was closed, by its member or by the sweeper."""
    with db.reading() as read:
        return read.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.action == Action.ATTEMPT_FINALISED.code))
