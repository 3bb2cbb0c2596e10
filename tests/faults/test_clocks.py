"""Clocks that are wrong or jump, and new releases, in the middle of a round. `make faults`."""

from __future__ import annotations

import shutil
import signal
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import select

from quiz_app.attempts import services
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.kernel.settings import ROOT
from quiz_app.kernel.work import working
from quiz_app.web.health import newest_revision
from tests.faults.conftest import Site
from tests.faults.counts import CLOCK
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, sitting
from tests.faults.programs import Program, Server, command

pytestmark = pytest.mark.faults

HOURS = (1, -1, 12, -12, 0.05, -0.05)
RELEASE = ("quiz_app", "question_bank", "deploy", "migrations", "wsgi.py")
STEP = '''"""An additive step."""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("attempt", sa.Column("{revision}", sa.Integer(), nullable=True))


def downgrade():
    op.drop_column("attempt", "{revision}")
'''


TOLD = """

@app.after_request
def _tell_release(answer):
    from quiz_app.kernel.errors import RELEASE
    answer.headers["X-Release"] = str(RELEASE)
    return answer
"""


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_server_clock_is_stepped(site: Site) -> None:
    """Automatic closing rests and says so; nothing is closed early, and all is closed once the time is accepted."""
    code, said = command(site.env, "clock", "accept")
    assert code == 0, said
    worker, wrong = site.worker(), []
    for turn in range(CLOCK):
        attempts = {_begin(site, number) for number in range(len(site.actors))}
        worker.kill()
        stepped = {**site.env, "CLOCK_OFFSET_S": str(HOURS[turn % len(HOURS)] * 3600)}
        worker = Program(worker.command, stepped, site.folder / "worker.log")
        site.running.append(worker)
        worker.start()
        _await_alarm(site)
        code, said = command(stepped, "doctor")
        if code == 0:
            wrong.append(f"doctor has nothing to say after a step: {said}")
        with site.db.reading() as session:
            states = session.scalars(select(Attempt.state).where(Attempt.id.in_(attempts))).all()
        wrong += [
            f"closed by a clock that was stepped: {state}" for state in states if state != AttemptState.OPEN.value
        ]
        worker.kill()
        code, said = command(site.env, "clock", "accept")
        assert code == 0, said
        worker = site.worker()
        _let_run_out(site, attempts)
        await_closing(site)
    balance = site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=tuple(wrong))
    site.judge("server clock stepped", CLOCK, balance)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_node_has_a_wrong_clock(site: Site) -> None:
    """Of two nodes one is hours off: whichever serves, the deadline is that of the database's clock."""
    balance, right = Balance(), site.server()
    for turn in range(CLOCK):
        wrong = Server(
            {**site.env, "NODE_CLOCK_OFFSET_S": str(HOURS[turn % len(HOURS)] * 3600)},
            site.folder / "wrong.log",
            "tests.faults.skewed:app",
        )
        site.running.append(wrong)
        wrong.start()
        person, elsewhere = site.people(right)[turn % len(site.actors)], site.people(wrong)[turn % len(site.actors)]
        person.open(f"/dot-thi/{site.round_id}")
        attempt_id = person.start(site.round_id)
        elsewhere.open(f"/luot-thi/{attempt_id}")
        assert elsewhere.save(attempt_id, 1, "A", 1).status == 200
        assert person.save(attempt_id, 2, "B", 1).status == 200
        assert elsewhere.submit(attempt_id).status == 302
        site.ledger.submitted(attempt_id)
        with site.db.reading() as session:
            attempt, now = session.get_one(Attempt, attempt_id), site.db.now(session)
        if attempt.ended_at is None or not timedelta(0) <= now - attempt.ended_at < timedelta(seconds=20):
            balance += Balance(wrong=(f"attempt {attempt_id} ended at {attempt.ended_at} by the clock of a node",))
        wrong.kill()
    site.judge("clock of a node wrong by hours", CLOCK, balance + site.ledger.balance(site.db, is_quiet=True))


def test_a_release_with_a_migration_in_the_middle_of_a_round(site: Site, tmp_path: Path) -> None:
    """The tables grow under the old code, which then ends in order; the pages that are open go on with the new."""
    home = tmp_path / "release"
    home.mkdir()
    for part in RELEASE:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, home / part)
    balance, before, silences = Balance(), newest_revision(), []
    server = Server(site.env, site.folder / "server.log", home=home)
    site.running.append(server)
    server.start()
    with sitting(site, server):
        for turn in range(CLOCK):
            await_acknowledged(site)
            before = _write_release(home, turn, before)
            code, said = command(site.env, "db", "upgrade", home=home)
            assert code == 0, said
            await_acknowledged(site)
            began = time.monotonic()
            server.end(signal.SIGTERM)
            server.start()
            assert server.told("X-Release") == str(turn)
            await_acknowledged(site, 1)
            silences.append(site.ledger.silence(began))
            balance += site.ledger.balance(site.db, is_quiet=False)
        await_acknowledged(site)
    with site.db.reading() as session:
        session.connection().exec_driver_sql(f"SELECT step_{CLOCK - 1} FROM attempt LIMIT 1")
    balance += site.ledger.balance(site.db, is_quiet=True)
    facts = {"longest_silence_ms": int(1000 * max(silences)), "median_silence_ms": int(1000 * median(silences))}
    site.judge("release with a migration", CLOCK, balance, **facts)


def _write_release(home: Path, number: int, before: str | None) -> str:
    """Code that tells its number in each answer, from a module that everything imports, and a step for the tables."""
    revision = f"step_{number}"
    step = home / "migrations" / "versions" / f"2099-01-01_{revision}.py"
    step.write_text(STEP.format(revision=revision, before=before))
    for part, more in (("quiz_app/kernel/errors.py", f"RELEASE = {number}\n"), ("wsgi.py", TOLD)):
        (home / part).write_text((ROOT / part).read_text() + more)
    return revision


def _begin(site: Site, number: int) -> int:
    with working(site.db, actor=site.actors[number]) as w:
        attempt_id = services.start(w, site.round_id, is_demonstration_site=True)
    site.ledger.started(site.actors[number].member, attempt_id)
    return attempt_id


def _let_run_out(site: Site, attempts: set[int]) -> None:
    """Move the attempts into the past, so that they are to be closed now."""
    with working(site.db) as w:
        for attempt in w.session.scalars(select(Attempt).where(Attempt.id.in_(attempts))):
            ago = attempt.accepts_until_at - w.now + timedelta(seconds=3)
            attempt.started_at -= ago
            attempt.deadline_at -= ago
            attempt.accepts_until_at -= ago


def await_closing(site: Site) -> None:
    """Until nothing is open any more."""
    ends = time.monotonic() + 60
    while True:
        with site.db.reading() as session:
            if not session.scalar(select(Attempt.id).where(Attempt.state == AttemptState.OPEN.value).limit(1)):
                return
        assert time.monotonic() < ends, f"still open:\n{site.log()}"
        time.sleep(0.1)


def _await_alarm(site: Site) -> None:
    ends = time.monotonic() + 60
    while not site.clock_is_doubted():
        assert time.monotonic() < ends, f"no alarm:\n{site.log()}"
        time.sleep(0.1)
