"""Nothing that weighs leaves the house or changes it without a row in the audit, wherever in the url map it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import func, select, update

from quiz_app.authoring import exchange
from quiz_app.awards import payments, printing
from quiz_app.awards.models import PaymentWay
from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.settings import Settings
from quiz_app.members import accounts, roster_jobs, slip_jobs
from quiz_app.members.models import Account
from quiz_app.operations import contest_archive_job
from tests.architecture import on_record
from tests.architecture.matrix import ROWS
from tests.architecture.on_record import ACTS, LEAVES, NOTHING, RECORDING, SILENT
from tests.architecture.stored import FIRST
from tests.architecture.world import House, World, app, db, world
from tests.support import contest, prints
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

__all__ = ["app", "db", "world"]  # fixtures

FILE = "tep.zip"
PRINTS = {  # by endpoint: the job whose file it hands out, and what the job was told of this world
    "awards_manage.print_file": (printing.KIND, {"series_id": "certificate_series"}),
    "contest_archives.fetch": (contest_archive_job.KIND, {"contest_id": "contest"}),
    "members_rosters.roster_result": (roster_jobs.PLAN, {"unit_id": "unit"}),
    "members_slips.print_file": (slip_jobs.KIND, {"unit_id": "unit"}),
}


def test_the_tables_cover_the_whole_map(app: Flask) -> None:
    """Who adds an export, a look at keys or another act that weighs decides what it leaves, or why nothing."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    found = {one for one in endpoints if on_record.must_be_decided(app, one) or one.endswith(".publish")}
    assert found - {*LEAVES, *ACTS, *NOTHING, *SILENT} == set()
    assert {*LEAVES, *ACTS, *NOTHING, *SILENT} - endpoints == set()
    assert LEAVES.keys() & NOTHING.keys() == set()


@pytest.mark.parametrize("endpoint", sorted(LEAVES))
def test_what_hands_out_leaves_its_row(
    app: Flask, browse: Browse, work: Work, house: House, commune: Commune, endpoint: str
) -> None:
    leaves, row = LEAVES[endpoint], ROWS[endpoint]
    values = {name: house.world[part] for name, part in row.values.items()}
    caller = next((one for one in FIRST if one in row.inside), leaves.by)
    _prepare(endpoint, values, work, commune, app.extensions["settings"], house.world)
    with app.test_request_context():
        url = url_for(endpoint, **values)  # type: ignore[arg-type] # plain url values
    browse.use_sign_in_token(house.tokens[caller])
    before = _rows(work, leaves.action.code)
    with prints.pages_for_paper():
        answered = browse.knock(max(on_record.methods_of(app, endpoint)), url, {**row.data, **leaves.data})
    assert answered.status_code == 200, answered.headers.get("Location") or answered.get_data(as_text=True)[:400]
    assert _rows(work, leaves.action.code) == before + 1, leaves.action.code


@pytest.mark.parametrize("endpoint", sorted(ACTS))
def test_what_weighs_may_come_to_its_row(app: Flask, endpoint: str) -> None:
    """That it does is tested with each feature; here that nobody took it away."""
    assert on_record.may_come_to(app, endpoint, RECORDING)
    assert on_record.may_come_to(app, endpoint, {ACTS[endpoint].name})


def test_whatever_changes_something_is_on_record_or_says_why_not(app: Flask) -> None:
    silent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if on_record.changes(app, rule.endpoint) and not on_record.may_come_to(app, rule.endpoint, RECORDING)
    }
    assert silent == SILENT.keys()


def _rows(work: Work, code: str) -> int:
    with work() as w:
        return w.session.scalar(select(func.count()).where(AuditEntry.action == code)) or 0


def _prepare(
    endpoint: str, values: dict[str, Any], work: Work, commune: Commune, settings: Settings, world: World
) -> None:
    """What this world has no example of: files that were made, an upload, who has yet to come in, a closed round."""
    if endpoint in PRINTS:
        _printed(endpoint, work, commune, settings.data_dir, world)
    if endpoint.startswith("authoring_exchange.") and "sha256" in values:
        sent = b"::Moi:: Ve gieng lang? { =Giu gin ~Lap di ~Ban ~Bo mac }"
        of = (settings.data_dir, commune.organiser.id, contest.SET_SLUG)
        values["sha256"] = exchange.take_upload(*of, "cau.gift", sent, now=NOW).sha256
    if endpoint == "members_slips.print_unit":
        with work() as w:
            has_card = update(Account).where(Account.member_id == commune.colleague.id)
            w.session.execute(has_card.values(password_hash=accounts.NO_PASSWORD))
    if endpoint == "awards_payments.one":
        with work(actor=commune.organiser) as w:
            cash = payments.Details(PaymentWay.CASH, "001080012345")
            payments.enter(w, int(world["award"]), cash, [settings.secret_key])
    if endpoint == "feedback_manage.keys":
        with work() as w:
            over = {"opens_at": NOW.replace(year=2020), "closes_at": NOW.replace(year=2021)}
            w.session.execute(update(Round).where(Round.id == world["round"]).values(**over))


def _printed(endpoint: str, work: Work, commune: Commune, data_dir: Path, world: World) -> None:
    """The job of the world was asked for by the organiser, is done, and its file lies there."""
    kind, told = PRINTS[endpoint]
    folder = data_dir / contest_archive_job.FOLDER
    folder.mkdir(exist_ok=True)
    for name in (FILE, "result.xlsx"):
        (folder / name).write_bytes(b"PK")
    payload = {name: world[part] for name, part in told.items()} | {
        "folder": str(folder), "plan": "", "file_sha256": "0" * 64, "file_name": "a.xlsx", "is_complete": False,
        "answers": {},
    }  # fmt: skip
    done = {"kind": kind, "key": f"{kind}:{world['contest']}:1", "payload": payload, "state": JobState.DONE.value}
    result = {"file": FILE, "count": 3, "sha256": "0" * 64}
    with work() as w:
        mine = update(Job).where(Job.id == world["job"])
        w.session.execute(mine.values(**done, result=result, requested_by=commune.organiser.id))
