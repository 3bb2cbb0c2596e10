"""What a contest has behind it: past rounds that everybody sat, and thousands who have submitted the open one.

Rows are made inside the database, so that five million take minutes. Of each attempt there is what its submission
stores, its paper, its audit and the result that follows; `attempts verify` finds nothing. All of it follows from the
numbers of a member and a round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, false, func, insert, literal, select, text, true
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Result
from quiz_app.contests.models import BlueprintCell, PoolItem, RosterEntry, Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Base, Database, UtcDateTime, table_of, unhurried
from quiz_app.kernel.text import search_key, sort_key
from quiz_app.leaderboard import rankings, tallies
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Category, Consent, Member, Purpose, Standing, UserSession
from quiz_app.members.sign_ins import OWN_DEVICE
from quiz_app.rules.standing import Criterion
from quiz_app.units.models import Unit, UnitAncestor, UnitKind
from tests.load.papers import fill_audit, fill_papers
from tests.load.sides import analyse
from tests.load.sitting import MEMBERS_OF_A_UNIT, PAPER_LENGTH, Hall
from tests.support.build import password_hash

COMMITTEES = 20
NAME = "Trần Thị Lịch Sử"
SCATTER, ID_BITS = 2_654_435_761, 52  # an odd factor: different numbers stay different, and neighbours come apart
ROUNDS_AT_MOST = 16
_FILLED = (Attempt, Result, RosterEntry, AuditEntry)


def fill(db: Database, url: str, hall: Hall, *, members: int, rounds: int) -> int:
    """Bring a hall to so many members and so many rounds, the last of them the open one; how many attempts there are.

    Who sits in the hall has sat the past rounds as everybody has, and not the open one.
    """
    if not 1 <= rounds < ROUNDS_AT_MOST:
        raise ValueError(f"rounds: 1 to {ROUNDS_AT_MOST - 1}")
    if members <= len(hall.people):
        raise ValueError(f"members: more than the {len(hall.people)} of the hall")
    with _filling(db) as session:
        last_of_hall = session.scalars(select(func.max(Member.id))).one()
        open_round = session.get_one(Round, hall.round_id)
        past = [_past_round(session, open_round, weeks) for weeks in range(rounds - 1, 0, -1)]
        _fill_members(session, open_round.contest.unit_id, members - len(hall.people), open_round.created_at)
        _drop_indexes(session)
    for number, round_ in enumerate([*past, open_round]):
        with _filling(db) as session:
            _fill_round(session, round_, number, above=last_of_hall if round_ is open_round else 0)
    with _filling(db) as session:
        fill_audit(session)
        _make_indexes(session)
        fill_papers(session, session.get_one(Round, hall.round_id))
        attempts: int = session.scalars(select(func.count()).select_from(Attempt)).one()
    analyse(url)
    for round_ in (*past, open_round):
        tallies.take_tallies(db, round_.id)
    rankings.refresh(db)
    return attempts


@contextmanager
def _filling(db: Database) -> Iterator[Session]:
    with db.writing() as session:
        if not db.is_sqlite:
            unhurried(session, 3600)
            session.execute(text("SET LOCAL session_replication_role = replica"))  # what is right needs no checks
            session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        yield session


def _drop_indexes(session: Session) -> None:
    """Millions of rows are put in order faster at once than one by one."""
    for model in _FILLED:
        for index in table_of(model).indexes:
            index.drop(session.connection())


def _make_indexes(session: Session) -> None:
    for model in _FILLED:
        for index in table_of(model).indexes:
            index.create(session.connection())


def _past_round(session: Session, like: Round, weeks_ago: int) -> Round:
    """A round that closed, and was published and sat as the other is."""
    columns = {column.name: getattr(like, column.name) for column in table_of(Round).columns if column.name != "id"}
    opened = like.opens_at - timedelta(weeks=weeks_ago)
    columns |= {
        "position": like.position + 100 - weeks_ago,
        "title": f"Đợt {weeks_ago} tuần trước",
        "opens_at": opened,
        "closes_at": opened + timedelta(days=6),
        "published_at": opened - timedelta(days=1),
        "first_attempt_at": opened,
    }
    round_ = Round(**columns)
    session.add(round_)
    session.flush()
    for model in (BlueprintCell, PoolItem):
        table = table_of(model)
        kept = [column for column in table.columns if column.name != "round_id"]
        rows = select(literal(round_.id), *kept).where(table.c.round_id == like.id)
        session.execute(insert(table).from_select(["round_id", *(column.name for column in kept)], rows))
    return round_


def _fill_members(session: Session, top_id: int, count: int, created_at: datetime) -> None:
    """Chi bộ of the usual size below a fixed number of committees, so that no board of units grows with the people."""
    committees = _units(session, "ĐBLS", UnitKind.BASE_COMMITTEE, [(top_id,)] * COMMITTEES)
    lines = [(committees[number % COMMITTEES], top_id) for number in range(max(COMMITTEES, count // MEMBERS_OF_A_UNIT))]
    cells = _units(session, "CBLS", UnitKind.CELL, lines)
    numbers = select(literal(0).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n + 1 < count))
    values = {
        "unit_id": cells[0] + numbers.c.n % len(cells),
        "full_name": literal(f"{NAME} ") + cast(numbers.c.n, String),
        "sort_key": literal(f"{sort_key(NAME)} ") + cast(numbers.c.n, String),
        "search_key": literal(f"{search_key(NAME)} ") + cast(numbers.c.n, String),
        "category": literal(Category.FULL.value),
        "standing": literal(Standing.ACTIVE.value),
        "created_at": literal(created_at, UtcDateTime()),
    }
    _insert(session, Member, values, select(*values.values()).select_from(numbers))
    of_them = (Member.unit_id >= cells[0], Member.unit_id <= cells[-1])
    for purpose, who in ((Purpose.TAKE_PART, of_them), (Purpose.PUBLISH_NAME, (Member.id % 2 == 0,))):
        agreed = {
            "member_id": Member.id,
            "purpose": literal(purpose.value),
            "text_version": literal(CONSENT_VERSION),
            "given_at": literal(created_at, UtcDateTime()),
        }
        _insert(session, Consent, agreed, select(*agreed.values()).where(*who))
    _fill_sign_ins(session, of_them, created_at)


def _fill_sign_ins(session: Session, of_them: Sequence[ColumnElement[bool]], created_at: datetime) -> None:
    """An account for each of them, and the sign-in of one device."""
    at = literal(created_at, UtcDateTime())
    opened = {
        "member_id": Member.id,
        "username": literal("lichsu") + cast(Member.id, String),
        "password_hash": literal(password_hash()),
        "password_changed_at": at,
        "notices_version": literal(CONSENT_VERSION),
    }
    _insert(session, Account, opened, select(*opened.values()).where(*of_them))
    signed_in = {
        "token_sha256": cast(_scattered(table_of(Account).c.id), String) + literal("0" * 48),
        "account_id": Account.id,
        "is_shared_device": false(),
        "created_at": at,
        "last_seen_at": at,
        "idle_s": literal(int(OWN_DEVICE.total_seconds())),
        "expires_at": literal(created_at + OWN_DEVICE, UtcDateTime()),
        "user_agent": literal("history"),
        "awaits_second_factor": false(),
    }
    own = select(*signed_in.values()).join(Member, Member.id == Account.member_id).where(*of_them)
    _insert(session, UserSession, signed_in, own)


def _scattered(number: ColumnElement[int]) -> ColumnElement[int]:
    """What looks random, and is another for each number."""
    return (number * literal(SCATTER)) % literal(1 << ID_BITS)


def _units(session: Session, code: str, kind: UnitKind, lines: Sequence[tuple[int, ...]]) -> list[int]:
    """One unit for each of these lines of units above, the nearest first; their ids follow each other."""
    first: int = session.scalars(select(func.max(Unit.id))).one() + 1
    made = [
        {
            "code": f"{code}-{number}", "name": f"{code} {number}", "kind": kind.value, "parent_id": line[0],
            "sort_key": f"{code} {number:06}", "search_key": f"{code} {number}".lower(),
            "helper_name": "", "helper_phone": "",
        }
        for number, line in enumerate(lines)
    ]  # fmt: skip
    ids = list(session.scalars(insert(Unit).returning(Unit.id, sort_by_parameter_order=True), made))
    assert ids == list(range(first, first + len(lines))), "units were numbered with gaps"
    ancestors = [
        {"unit_id": unit_id, "ancestor_id": above, "distance": distance}
        for unit_id, line in zip(ids, lines, strict=True)
        for distance, above in enumerate((unit_id, *line))
    ]
    session.execute(insert(UnitAncestor), ancestors)
    return ids


def _fill_round(session: Session, round_: Round, number: int, *, above: int) -> None:
    """What of everybody whose id is greater than `above` a submission has left, and the roster where it is missing."""
    key = Member.id * ROUNDS_AT_MOST + number
    attempt_id = _scattered(key)
    chance = Member.id * 104_729 + number * 7_907
    score = (PAPER_LENGTH - (chance % 2) * (chance // 2 % 21)).label("score")  # every other one has all points
    began_ms, took_ms = chance % 2_400 * 1_000, 120_000 + chance % 979_999
    started, ended = (_later(session, round_.opens_at, ms) for ms in (began_ms, began_ms + took_ms))
    allowed = timedelta(seconds=round_.time_limit_s or 0)
    deadline = _later(session, round_.opens_at + allowed, began_ms)
    accepts_until = _later(session, round_.opens_at + allowed + timedelta(milliseconds=round_.grace_ms), began_ms)
    own = {"round_id": literal(round_.id), "member_id": Member.id, "unit_id": Member.unit_id}
    marks = {"score": score, "max_score": literal(PAPER_LENGTH), "duration_ms": took_ms}
    sat = {
        **own, **marks,
        "id": attempt_id, "number": literal(1), "state": literal(AttemptState.SUBMITTED.value), "epoch": literal(1),
        "started_at": started, "deadline_at": deadline, "accepts_until_at": accepts_until, "extra_time_s": literal(0),
        "extension_s": literal(0), "seed": literal("0" * 64), "pool_hash": literal(round_.pool_hash),
        "rules_number": literal(round_.rules_number),
        "ended_at": ended, "ended_by": literal(EndedBy.MEMBER.value), "right_count": score,
        "answered_count": literal(PAPER_LENGTH), "receipt_code": literal("L") + cast(key, String),
    }  # fmt: skip
    ended_ms = round(round_.opens_at.timestamp() * 1000) + began_ms + took_ms
    elements = {Criterion.SCORE: -score, Criterion.DURATION: took_ms, Criterion.SUBMITTED: ended_ms}
    keys = [elements[Criterion(name)] for name in round_.tie_breaks] + [literal(0)] * (4 - len(round_.tie_breaks))
    counted = {
        **own, **marks,
        "attempt_id": attempt_id, "attempts": literal(1), "submitted_at": ended, "is_ranked": true(),
        **{f"k{place}": element for place, element in enumerate(keys, 1)}, "written_at": ended,
    }  # fmt: skip
    # SQLite keeps rows in the order of their ids; PostgreSQL in that in which they came, which was that of time.
    is_kept_by_id = session.get_bind().dialect.name == "sqlite"
    in_order = select(*sat.values()).where(Member.id > above).order_by(attempt_id if is_kept_by_id else began_ms)
    _insert(session, Attempt, sat, in_order)
    _insert(session, Result, counted, select(*counted.values()).where(Member.id > above).order_by(Member.id))
    entry = {**own, "is_exempt": false()}
    known = select(RosterEntry.member_id).where(RosterEntry.round_id == round_.id)
    _insert(session, RosterEntry, entry, select(*entry.values()).where(Member.id.not_in(known)))


def _later(session: Session, instant: datetime, ms: ColumnElement[int]) -> ColumnElement[datetime]:
    """An instant and so many milliseconds, as each engine keeps it."""
    began: ColumnElement[datetime] = literal(instant, UtcDateTime())
    if session.get_bind().dialect.name == "postgresql":
        return began + func.make_interval(0, 0, 0, 0, 0, 0, ms / 1000.0)
    return func.strftime("%Y-%m-%d %H:%M:%f000", began, cast(ms / 1000.0, String).concat(" seconds"))


def _insert(session: Session, model: type[Base], values: Mapping[str, Any], rows: Any) -> None:
    session.execute(insert(table_of(model)).from_select(list(values), rows))
