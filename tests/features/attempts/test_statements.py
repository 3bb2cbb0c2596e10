"""What a start and a submission ask of the database, and what a process keeps between them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.attempts import beginning, services
from quiz_app.attempts.models import Attempt, AttemptState, Response, Result
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests.models import BlueprintCell, Round
from quiz_app.kernel.db import Database
from tests.features.leaderboard.build import Statements
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.sitting import at, start
from tests.support.works import Work

STARTING, SUBMITTING = 6, 7  # within a unit of work that knows who acts


def test_a_start_and_a_submission_cost_so_many_statements(
    work: Work, commune: Commune, round_: Round, db: Database
) -> None:
    with work(actor=commune.colleague, now=NOW) as w:
        start(w, round_)
    with work(now=NOW) as w:  # what the first ones of a process have read for all others
        pool = [one.item_version_id for one in _sources(w.session, round_.id).pool]
        catalogue.paper_items(w.session, pool)
        catalogue.key_of(w.session, pool)
    with work(actor=commune.member, now=NOW) as w, Statements(db.engine) as starting:
        attempt_id = start(w, round_)
    with work(actor=commune.member, now=at(5)) as w, Statements(db.engine) as submitting:
        services.submit(w, attempt_id, 1)
    assert [len(_asked(one)) for one in (starting, submitting)] == [STARTING, SUBMITTING]


def _asked(statements: Statements) -> list[str]:
    return [text for text in statements.texts if not text.startswith("BEGIN")]


def _sources(session: Session, round_id: int) -> beginning.Sources:
    round_ = session.get_one(Round, round_id)
    return beginning.sources(session, round_id, round_.pool_hash, round_.first_attempt_at)


def test_before_the_first_attempt_every_start_follows_the_blueprint(
    work: Work, commune: Commune, round_: Round
) -> None:
    with work(now=NOW) as w:
        before = _sources(w.session, round_.id)
        cell = w.session.scalars(select(BlueprintCell).where(BlueprintCell.round_id == round_.id)).first()
        assert cell is not None
        cell.points += 1
    with work(now=NOW) as w:
        after = _sources(w.session, round_.id)
    assert sum(cell.points for cell in after.cells) == sum(cell.points for cell in before.cells) + 1


def test_from_the_first_attempt_on_a_process_keeps_what_papers_are_drawn_from(
    work: Work, commune: Commune, round_: Round, db: Database
) -> None:
    with work(actor=commune.member, now=NOW) as w:
        start(w, round_)
    with work(now=NOW) as w:
        known = w.session.get_one(Round, round_.id)
        first = _sources(w.session, known.id)
        with Statements(db.engine) as asked:
            assert _sources(w.session, known.id) is first
    assert asked.texts == []


def test_an_attempt_in_hand_tells_its_end(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt = w.session.get_one(Attempt, start(w, round_))
        w.session.scalars(select(Response).where(Response.attempt_id == attempt.id)).all()
        services.submit(w, attempt.id, 1)
        assert attempt.state == AttemptState.SUBMITTED.value
        assert w.session.get_one(Result, (round_.id, commune.member.id)).attempt_id == attempt.id
