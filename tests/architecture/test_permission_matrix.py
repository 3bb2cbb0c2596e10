"""Who may enter where: every endpoint of the url map, reading and writing, for every role on every unit around `first`.

The contest under test is held by the chi bộ `first`. The table in `matrix` names its own callers (see
tests.support.build.Commune: "elsewhere" is another chi bộ, or a role over another subtree); `relations` has the others.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from werkzeug.test import TestResponse

from question_bank.reading import read_bank
from quiz_app.asking import entries, moderating
from quiz_app.asking import services as asking
from quiz_app.asking.models import Kind
from quiz_app.asking.subjects import About
from quiz_app.assignments import services as assignments
from quiz_app.attempts import correcting
from quiz_app.attempts import services as attempts
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import CorrectionKind
from quiz_app.authoring import document_work, founding, images, module_writing, reviewing, writing
from quiz_app.catalogue import library
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import StudyModule
from quiz_app.contests import rehearsing
from quiz_app.contests.models import PoolItem
from quiz_app.factory import create_app
from quiz_app.feedback import unit_changes
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database, open_sqlite
from quiz_app.kernel.jobs import enqueue, perform
from quiz_app.members import services as members
from quiz_app.members.models import Account, Member, Purpose, UserSession
from quiz_app.members.sign_ins import open_session_for_attempt
from quiz_app.privacy import requests as data_requests
from quiz_app.privacy.models import Kind as DataKind
from quiz_app.registering.models import Way
from quiz_app.reminders.sending import decline_token
from quiz_app.results import correction_forecast, corrections
from quiz_app.web.assets import asset
from quiz_app.web.guard import SAFE_METHODS, guard_of
from tests.architecture import fuzzing, interface, relations, seen_pages, stored
from tests.architecture.callers import CALLERS, NOBODY, Entry
from tests.architecture.disputed import complaint_and_flag
from tests.architecture.matrix import LENT, ROWS
from tests.features.analysis.build import learned_round
from tests.features.announcements.build import announced
from tests.features.authoring.test_images import drawn
from tests.features.awards.build import rewarded
from tests.features.elsewhere.build import city_contest, declared, results, sent
from tests.features.meetings.build import planned
from tests.features.practice.build import practised
from tests.features.privacy.build import found_breach
from tests.features.registering.build import desk, register
from tests.features.reports.build import approved_report
from tests.features.results.build import final_approver, published_table
from tests.support import contest, planting, run
from tests.support.browse import Browse
from tests.support.build import Commune, found_commune
from tests.support.clock import NOW, Clock
from tests.support.run import Holds
from tests.support.works import Work

World = dict[str, str | int]


@dataclass(frozen=True)
class House:
    """The world with its application, made once; whoever changed something puts it back."""

    folder: Path
    kept: Path
    db: Database
    app: Flask
    world: World
    tokens: dict[str, str]

    def put_back(self) -> None:
        live, kept = open_sqlite(self.folder / "app.sqlite3"), open_sqlite(self.kept / "app.sqlite3")
        kept.backup(live)
        kept.close()
        live.close()
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.kept / "data", self.folder / "data")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, kept = tmp_path_factory.mktemp("world"), tmp_path_factory.mktemp("kept")
    shutil.copyfile(run.sqlite_template(Holds.BANKS), folder / "app.sqlite3")
    url = f"sqlite:///{folder / 'app.sqlite3'}"
    db = Database(url)
    Clock(db).set(NOW - timedelta(minutes=5))  # all that is in it lies behind whoever comes
    app = create_app(run.settings_for(url, folder / "data"), db)
    work, browse = Work(db), Browse(app, db)
    with db.reading() as session:
        commune = found_commune(session)
    with work() as w:
        others = relations.people(w, commune)
        seen_pages.give_card(w, commune)
    world = _make(app, db, work, browse, commune)
    named = {caller: getattr(commune, caller) for caller in CALLERS if caller != NOBODY}
    tokens = {name: browse.as_(member).sign_in_token or "" for name, member in (named | others).items()}
    db.dispose()
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    yield House(folder, kept, db, app, world, tokens)
    db.dispose()


@pytest.fixture
def db(house: House) -> Database:
    Clock(house.db).set(NOW)
    return house.db


PDF = b"%PDF-1.4\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def app(house: House, db: Database) -> Iterator[Flask]:
    watching = open_sqlite(house.folder / "app.sqlite3")
    before = watching.execute("PRAGMA data_version").fetchone()
    yield house.app
    is_changed = watching.execute("PRAGMA data_version").fetchone() != before
    watching.close()
    if is_changed:
        house.put_back()


@pytest.fixture
def world(house: House) -> World:
    return house.world


def _make(app: Flask, db: Database, work: Work, browse: Browse, commune: Commune) -> World:
    """An open round of `first`, an attempt of its member, and one of everything else that has an address."""
    with work() as w:
        opened = contest.open_round(w, commune.first)
        attached = library.take_in(app.extensions["settings"].data_dir, "van-ban.pdf", PDF)
        document = catalogue.document(w.session, contest.DOCUMENT_SLUG)
        file = library.attach(w, document, attached, None)
    with work(actor=commune.member) as w:
        attempt_id = attempts.start(w, opened.round.id, is_demonstration_site=False)
    with work(actor=commune.member) as w:
        change_id = unit_changes.ask(w, commune.second.id, "Ghi nhầm thôn.").id
        question_id = asking.ask(w, About(), Kind.ASK, "Nộp bài ngày nào?").id
        data_request, breach = data_requests.ask(w, DataKind.CORRECT, "Sai ngày sinh.").id, found_breach(w).id
    complaint_id, flag_id = complaint_and_flag(work, opened.round.id, commune.member.id, attempt_id)
    with work(actor=commune.organiser) as w:
        asked_module = w.session.scalars(select(StudyModule.id).order_by(StudyModule.id.desc()).limit(1)).one()
        assignment_id = assignments.assign(w, commune.first.id, asked_module, w.now.date() + timedelta(days=9)).id
        moderating.answer(w, question_id, 1, "Ngày 30/12.")
        question_edition = entries.propose(w, question_id, entries.Wording("Nộp ngày nào?", "Ngày 30/12."))
        rehearsal_id = rehearsing.rehearse(w, opened.round.id, 2).id
        job_id = enqueue(w, "sample", "sample-1", {}).id
    with work(actor=commune.author) as w:
        module_draft = module_writing.change_module(w, contest.MODULE_SLUG).id
        document_draft = document_work.change_document(w, contest.DOCUMENT_SLUG).id
        draft_original = library.take_in(app.extensions["settings"].data_dir, "goc.pdf", PDF)
        draft_file = document_work.send_file(w, document_draft, 1, draft_original).id
    final_round, final_table = published_table(work, commune)
    learned, learned_items = learned_round(work, commune)
    with work() as w:
        window = Proposal(CorrectionKind.WINDOW, "Mất điện", window_from=w.now - timedelta(hours=1), window_until=w.now)
        correction_id = correcting.propose(w, opened.round.id, window).id
        key = corrections.ask_forecast(w, correction_id).key
        item_version_id = w.session.scalars(select(PoolItem.item_version_id).limit(1)).one()
    perform(db, correction_forecast.JOBS, key)
    draft_id, draft_comment = _item_draft(work, commune)
    city = city_contest(work, commune.organiser, commune.root)
    declaration = declared(work, city, commune.member)
    city_list = sent(work, city, commune.organiser, results([["1", "Đỗ Thị Bình", "17/05/1980", "CB1"]]))
    desk(work, commune, Way.APPROVAL)
    registration = register(work, commune.first)
    announcement = announced(work, commune.organiser, commune.first)
    meeting = planned(work, commune.secretary, commune.first)
    image = images.keep(app.extensions["settings"].data_dir, drawn())
    with work() as w:
        grant_id = members.grant_role(w, commune.probationer.id, Role.AUTHOR, commune.first.id).id
    browse.as_(commune.member)
    with work() as w:
        session_id = w.session.scalars(select(UserSession.id).join(Account, Account.id == UserSession.account_id)).one()
    with app.test_request_context():
        version = asset("css/app.css").split("/")[2]
    practice_id, mock_id = practised(work, commune.member)
    return rewarded(work, commune, final_round, final_approver(work, final_table)) | {
        "round": opened.round.id,
        "data_request": data_request,
        "breach": breach,
        "data_kind": "sua",
        "practice": practice_id,
        "mock": mock_id,
        "contest": opened.contest.id,
        "attempt": attempt_id,
        "rehearsal": rehearsal_id,
        "rules_number": opened.round.rules_number,
        "unit": commune.first.id,
        "role": "secretary",
        "grant": grant_id,
        "root": commune.root.id,
        "member": commune.member.id,
        "colleague": commune.colleague.id,
        "document": contest.DOCUMENT_SLUG,
        "file": file.stored_name,
        "module": contest.MODULE_SLUG,
        "lesson": "bai-mot",
        "module_draft": module_draft,
        "document_draft": document_draft,
        "draft_file": draft_file,
        "cited": "lesson:0",
        "document_id": 0,
        "edition": 1,
        "way": "xuong",
        "position": 1,
        "shipped_set": read_bank().sets[0].slug,
        "session": session_id,
        "purpose": Purpose.PUBLISH_NAME.value,
        "sha256": "0" * 64,
        "job": job_id,
        "final_kind": "dot",
        "final_round": final_round,
        "final_table": final_table,
        "learned_round": learned.id,
        "learned_item": learned_items[0],
        "complaint": complaint_id,
        "flag": flag_id,
        "unit_change": change_id,
        "question": question_id,
        "question_entry": question_edition.entry_id,
        "question_edition": question_edition.id,
        **approved_report(db, work, commune, final_round, app.extensions["settings"].data_dir),
        "correction": correction_id,
        "item_version": item_version_id,
        "draft": draft_id,
        "draft_set": contest.SET_SLUG,
        "draft_comment": draft_comment,
        "item_code": "cau-1",
        "sheet": "a4",
        "outside_contest": city.id,
        "outside_record": declaration.id,
        "outside_import": city_list.id,
        "image": image,
        "meeting": meeting.id,
        "meeting_token": meeting.token,
        "assignment": assignment_id,
        "registration": registration.id,
        "announcement": announcement.id,
        "decline_token": decline_token([app.extensions["settings"].secret_key], commune.member.id),
        "guide": "nguoi-du-thi",
        "guide_image": "lam-bai-390.png",
        "static_version": version,
        "static_name": "css/app.css",
    }


def _item_draft(work: Work, commune: Commune) -> tuple[int, int]:
    with work(actor=commune.author) as w:
        draft_id = writing.start_item(w, founding.take_up_set(w, contest.SET_SLUG).slug).id
        return draft_id, reviewing.comment(w, draft_id, "stem", "Câu dẫn còn trống.").id


def _methods(app: Flask, endpoint: str) -> list[str]:
    """Reading first: what changes something comes last, and its callers from the least entitled on."""
    found = {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods or set()}
    return sorted(found - {"HEAD", "OPTIONS"}, key=lambda method: method not in SAFE_METHODS)


def _met(response: TestResponse, *, is_public: bool) -> Entry:
    if not is_public and response.status_code == 302 and urlsplit(response.headers["Location"]).path == "/dang-nhap":
        return Entry.ASKED
    known = {401: Entry.ASKED, 403: Entry.FORBIDDEN, 404: Entry.MISSING}
    assert response.status_code < 500, f"failed: {response.get_data(as_text=True)[:300]}"
    assert response.status_code not in {400, 405}, f"refused before the view: {response.status_code}"
    return known.get(response.status_code, Entry.IN)


def test_every_endpoint_has_its_row(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == ROWS.keys()


@pytest.mark.parametrize("endpoint", sorted(ROWS))
def test_who_may_enter(app: Flask, browse: Browse, house: House, endpoint: str) -> None:
    row = ROWS[endpoint]
    with app.test_request_context():
        url = url_for(endpoint, **{name: house.world[part] for name, part in row.values.items()})  # type: ignore[arg-type] # plain url values
    guard = guard_of(app, endpoint)
    assert guard is not None
    expected = {caller: row.expected(caller) for caller in CALLERS} | relations.expected(endpoint, row)
    wrong = {}
    for method in _methods(app, endpoint):
        is_used_up = False
        for caller in sorted(expected, key=lambda caller: expected[caller] is Entry.IN):
            browse.as_nobody()
            if caller != NOBODY:
                browse.use_sign_in_token(house.tokens[caller])
            answered = browse.knock(method, url, row.data, as_json=True)
            met = _met(answered, is_public=guard.is_public)
            if seen_pages.shows_card(endpoint, answered):
                wrong[f"{method} {caller} card"] = "a card number stands there unmasked"
            due = Entry.MISSING if is_used_up and expected[caller] is Entry.IN else expected[caller]
            if met is not due:
                wrong[f"{method} {caller}"] = f"{met}, not {due}"
            is_used_up |= row.is_used_up and method not in SAFE_METHODS and met is Entry.IN
    assert not wrong, "\n".join(f"{who}: {what}" for who, what in wrong.items())


def test_who_opens_a_page_about_somebody_is_written_down(house: House, browse: Browse) -> None:
    assert seen_pages.unwritten(house, browse) == {}


def test_the_rows_agree_with_the_guards(house: House) -> None:
    """Nobody gets in where the guard asks for a sign-in, and everybody is let in where it does not."""
    public = {endpoint for endpoint in ROWS if (guard := guard_of(house.app, endpoint)) and guard.is_public}
    assert {endpoint for endpoint, row in ROWS.items() if NOBODY in row.inside} == public


def test_a_lent_device_opens_its_attempt_and_nothing_else(
    app: Flask, browse: Browse, work: Work, commune: Commune, world: World
) -> None:
    """To every other address it is nobody, and so it is to the same pages of another attempt."""
    with work(actor=commune.colleague) as w:
        other_id = attempts.start(w, int(world["round"]), is_demonstration_site=False)
    wrong = {}
    for endpoint, row in sorted(ROWS.items(), key=lambda item: item[0] in LENT):
        for attempt_id in [other_id, int(world["attempt"])] if endpoint in LENT else [int(world["attempt"])]:
            values = {name: world[part] for name, part in row.values.items()}
            if "attempt_id" in values:
                values["attempt_id"] = attempt_id
            with app.test_request_context():
                url = url_for(endpoint, **values)  # type: ignore[arg-type] # plain url values
            is_its_own = endpoint in LENT and values.get("attempt_id", world["attempt"]) == world["attempt"]
            guard = guard_of(app, endpoint)
            assert guard is not None
            assert guard.within_attempt is (endpoint in LENT), endpoint
            for method in _methods(app, endpoint):
                _lend(browse, work, commune.member, int(world["attempt"]))
                answered = browse.knock(method, url, row.data)
                met = _met(answered, is_public=guard.is_public)
                names = commune.member.full_name.encode() in answered.get_data()
                # Nothing is predicted in this world, so what would keep a guess finds nothing to keep.
                own = Entry.MISSING if endpoint == "attempts.save_prediction" else Entry.IN
                if met is not (own if is_its_own else row.expected(NOBODY)) or (names and not is_its_own):
                    wrong[f"{method} {url}"] = f"{met}, names the member: {names}"
    assert wrong == {}


def test_no_hostile_request_makes_the_product_fail(house: House, app: Flask, browse: Browse) -> None:
    """Whatever somebody sends who may enter: a page or a refusal in words. `make fuzz` sends many more."""
    fuzz = fuzzing.Fuzz(house, browse, cases=int(os.environ.get("FUZZ_CASES", "0")))
    assert not fuzz.failed(), fuzz.told()


def _lend(browse: Browse, work: Work, member: Member, attempt_id: int) -> None:
    with work() as w:
        account_id = w.session.scalars(select(Account.id).where(Account.member_id == member.id)).one()
        _, token = open_session_for_attempt(
            w.session, account_id, attempt_id, w.now, expires_at=w.now + timedelta(hours=1), user_agent="máy cho mượn"
        )
    browse.as_nobody().use_sign_in_token(token)


def test_no_text_breaks_out_of_its_place(house: House, app: Flask, browse: Browse) -> None:
    """Whatever people wrote is markup, a script or a formula here; every page and file is asked for."""
    assert planting.plant(house.db) > 100
    walk = stored.Walk(app, browse, house.world, house.tokens)
    assert walk.wrong == {}
    assert walk.asked > 150
    assert walk.told > 80


def test_scripts_are_answered_as_it_is_described(house: House, app: Flask, browse: Browse) -> None:
    asked = interface.Interface(house, browse, cases=int(os.environ.get("FUZZ_CASES", "1")))
    assert not asked.failures, "\n".join(asked.failures.values())
    assert asked.went_well > 0
