"""However much has happened before, no save, submission or board reads all of it: each statement goes by an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select

from quiz_app.attempts import closing, verify
from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import Contest, Round
from quiz_app.factory import create_app
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.prepared import Prepared
from quiz_app.leaderboard import rankings, tallies
from quiz_app.leaderboard.models import UnitTally
from quiz_app.rules.standing import Criterion, Merit, rank_key
from tests.load import figures, growth, history
from tests.load.generator import Outcome
from tests.load.growth import BOARDS
from tests.load.measures.stand import Stand, stand
from tests.load.plans import FEW_ROWS, Sent, heard, reading_everything
from tests.load.sitting import Hall, gather, started
from tests.support import run
from tests.support.browse import Browse

MEMBERS, ROUNDS = 600, 3


@pytest.fixture
def hall(db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Hall:
    for name, count in (("STEP", 50), ("SUMMED_FROM", 100)):
        monkeypatch.setattr(rankings, name, count)
    hall = gather(db, 3)
    history.fill(db, database_url, hall, members=MEMBERS, rounds=ROUNDS)
    return hall


def test_what_is_filled_in_is_as_if_it_had_been_sat(db: Database, hall: Hall) -> None:
    with db.reading() as session:
        for round_ in session.scalars(select(Round)):
            for result in session.scalars(select(Result).where(Result.round_id == round_.id).limit(20)):
                sat = session.get_one(Attempt, result.attempt_id)
                assert sat.ended_at is not None
                merit = Merit(result.score, result.duration_ms, round(sat.ended_at.timestamp() * 1000))
                order = [Criterion(name) for name in round_.tie_breaks]
                assert (result.k1, result.k2, result.k3, result.k4) == rank_key(order, merit)
                assert sat.ended_at - sat.started_at == timedelta(milliseconds=result.duration_ms)
        top_id = session.scalars(select(Contest.unit_id)).one()
        whole = session.execute(
            select(UnitTally.attempts, UnitTally.participants).where(UnitTally.unit_id == top_id)
        ).all()
        counted = session.execute(select(func.count()).select_from(Attempt).group_by(Attempt.round_id)).scalars().all()
        assert list(verify.differences(session)) == []
        of_attempts = select(func.count()).where(AuditEntry.subject.startswith("attempt:"))
        assert session.scalar(of_attempts) == 2 * sum(counted)
    assert sorted(one.attempts for one in whole) == sorted(counted)
    assert all(one.participants == one.attempts for one in whole)


def test_no_request_of_the_closing_hour_reads_everything(
    db: Database, database_url: str, hall: Hall, tmp_path: Path
) -> None:
    app = create_app(run.settings_for(database_url, tmp_path), db)
    [sitter] = started(db, hall, hall.people[:1])
    paper, round_page = f"/luot-thi/{sitter.attempt_id}", f"/dot-thi/{hall.round_id}"
    sitting, starting = Browse(app, db), Browse(app, db)
    sitting.use_sign_in_token(sitter.sign_in_token)
    starting.use_sign_in_token(hall.people[1].sign_in_token)
    boards = [path.format(round=hall.round_id, contest=hall.contest_id) for path in BOARDS.values()]
    with db.reading() as session:
        assert len(rankings.orders(session, hall.contest_id)) == ROUNDS + 1
    with heard(db) as sent:
        answers = [
            starting.knock("POST", f"{round_page}/bat-dau", {"the_le": 1}),
            sitting.knock("GET", paper),
            sitting.knock("POST", f"{paper}/cau/1", {"epoch": 1, "phuong_an": "A"}),
            sitting.knock("POST", f"{paper}/cau/1", {"epoch": 1, "revision": 1, "phuong_an": "B"}, as_json=True),
            sitting.knock("POST", f"{paper}/nop", {"epoch": 1}),
            sitting.knock("GET", f"{paper}/ket-qua"),
            *(sitting.knock("GET", path) for path in ("/", "/dot-thi/", round_page, *boards)),
        ]
        closing.close_overdue(db)
        with db.reading() as session:
            tallies.due_rounds(session, db.now(session))
    assert {answer.status_code for answer in answers} <= {200, 302}
    assert reading_everything(db, sent, without=FEW_ROWS) == []
    # Where PostgreSQL may do as it likes, it still lists nobody's consent but that of the people on the board.
    assert [one for one in reading_everything(db, sent) if one.startswith("consent:")] == []


def test_reading_everything_would_be_seen(db: Database, hall: Hall) -> None:
    sent: Sent = [("SELECT count(*) FROM attempt", {}), ("SELECT id FROM attempt WHERE seed = 'x'", {})]
    assert len(reading_everything(db, sent, without=FEW_ROWS)) == 2


def test_a_statement_that_is_a_transaction_by_itself_is_heard(db: Database) -> None:
    alone = Prepared(select(literal(1).label("one")))
    with heard(db) as sent:
        assert alone.glance(db, {}) == alone.at_once(db, {}) == [(1,)]
    assert len(sent) == 2


def test_what_has_grown_is_told() -> None:
    queries = {"save": {"little": (1, 1), "much": (1, 1)}, "submit": {"little": (9, 1), "much": (10, 1)}}
    found: growth.Found = {"growth_500k_queries": queries, "growth_500k_scans": {"found": ["attempt: SELECT 1"]}}
    assert growth.grown(found, growth.SCANS_FROM - 1) == [f"submit: {queries['submit']}"]
    assert growth.grown(found, growth.SCANS_FROM) == [f"submit: {queries['submit']}", "attempt: SELECT 1"]


def test_growth_is_told_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Outcome, "cpu_us", 1.0)  # two requests may take less than the kernel counts by
    monkeypatch.setattr(growth, "CONNECTIONS", 1)  # nobody waits so long for others that a turn ends without any
    with ExitStack() as stack:
        little, much = [stack.enter_context(small_stand(tmp_path / name)) for name in growth.NAMES]
        pieces = list(growth.growth(little, much, "growth_tiny", pairs=1, batch=2, turn_s=0.4))
    found = {name: one for piece in pieces for name, one in piece.items()}
    assert len(pieces) == 1 + 3 + len(BOARDS)  # the queries, which need no load, come first
    assert figures.failed(found) + growth.more_queries(found) == []
    assert [told[0] for told in found["growth_tiny_queries"]["save"].values()] == [1, 1]
    assert all(found[f"growth_tiny_{name}"]["ratio"] > 0 for name in ("start", "submit", "save", *BOARDS))


@contextmanager
def small_stand(folder: Path) -> Iterator[Stand]:
    folder.mkdir()
    product = folder / "product.sqlite3"
    product.write_bytes(run.sqlite_template().read_bytes())
    urls = f"sqlite:///{product}", f"sqlite:///{folder / 'floor.sqlite3'}"
    with stand(*urls, folder, people=20, sitters=10, turn_s=0.1) as made:
        yield made
