"""The world that the matrix is asked in: one of everything that has an address, made once, on either engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

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
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import enqueue, perform
from quiz_app.members import services as members
from quiz_app.members.models import Account, Purpose, UserSession
from quiz_app.privacy import requests as data_requests
from quiz_app.privacy.models import Kind as DataKind
from quiz_app.registering.models import Way
from quiz_app.reminders.sending import decline_token
from quiz_app.results import correction_forecast, corrections
from quiz_app.web.assets import asset
from tests.architecture import relations, seen_pages
from tests.architecture.callers import CALLERS, NOBODY
from tests.architecture.disputed import complaint_and_flag
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
from tests.support import contest, run
from tests.support.browse import Browse
from tests.support.build import Commune, found_commune
from tests.support.clock import NOW, Clock
from tests.support.kept import Kept
from tests.support.works import Work

World = dict[str, str | int]
PDF = b"%PDF-1.4\nstartxref\n9\n%%EOF\n"


class House:
    """The world with its application; whoever changed something puts it back by `settle`.

    `tokens`: the cookie of each caller who is signed in.
    """

    def __init__(self, database: Kept, folder: Path) -> None:
        self._database, self._folder = database, folder
        self.db = Database(database.url)
        run.share_compiled(self.db)
        Clock(self.db).set(NOW - timedelta(minutes=5))  # all that is in it lies behind whoever comes
        self.app = create_app(run.settings_for(database.url, folder / "data"), self.db)
        run.keep_templates(self.app)
        work, browse = Work(self.db), Browse(self.app, self.db)
        with self.db.reading() as session:
            commune = found_commune(session)
        with work() as w:
            others = relations.people(w, commune)
            seen_pages.give_card(w, commune)
        self.world = _make(self.app, self.db, work, browse, commune)
        named = {caller: getattr(commune, caller) for caller in CALLERS if caller != NOBODY}
        self.tokens = {name: browse.as_(member).sign_in_token or "" for name, member in (named | others).items()}
        self.db.dispose()
        database.keep()
        shutil.copytree(folder / "data", folder / "kept")

    def settle(self) -> None:
        """Put everything back, if anything was written."""
        if not self._database.is_changed():
            return
        self.db.dispose()
        self._database.put_back()
        shutil.rmtree(self._folder / "data")
        shutil.copytree(self._folder / "kept", self._folder / "data")

    def close(self) -> None:
        self.db.dispose()
        self._database.close()


@pytest.fixture
def db(house: House) -> Database:
    Clock(house.db).set(NOW)
    return house.db


@pytest.fixture
def app(house: House, db: Database) -> Iterator[Flask]:
    yield house.app
    house.settle()


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
