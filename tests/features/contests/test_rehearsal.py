"""A rehearsal is the round as it will be, for its organisers alone, and leaves no trace in anything that counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from werkzeug.routing import Rule

from quiz_app.attempts import queries as sittings
from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests import queries, rehearsing, services
from quiz_app.contests.errors import NotRehearsable
from quiz_app.contests.models import PoolItem, Round
from quiz_app.contests.terms import terms_of
from quiz_app.demo import rounds as demo
from quiz_app.home import queries as home
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.leaderboard import scope, tallies
from quiz_app.participation import queries as participation
from quiz_app.rules.drawing import Cell
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.timing import EVERY_WEEKDAY, DailyHours
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")

SECONDS = re.compile(r"\b\d\d:\d\d:\d\d\b")
MARK = "Thi thử – không tính kết quả"
LATER = NOW + timedelta(minutes=10)
CALLERS = ("nobody", "member", "secretary", "overseer", "organiser", "operator")
OF_ONESELF = ("members.", "privacy.page", "health.", "web.")  # sign-ins and clocks, which a walk itself moves on
REHEARSALS_SHOW = {("organiser", "attempts.rounds"), ("organiser", "contests_start.rehearse")}


def _rehearse(work: Work, commune: Commune, round_id: int, hours: int = 2) -> Round:
    with work(actor=commune.organiser) as w:
        return rehearsing.rehearse(w, round_id, hours)


def _reads(app: Flask, *names: str) -> Iterator[Rule]:
    """The pages whose addresses take nothing but these."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= set(names) and not rule.endpoint.startswith(OF_ONESELF):
            yield rule


def _address(app: Flask, rule: Rule, **values: int) -> str:
    with app.test_request_context():
        return url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})  # type: ignore[arg-type] # plain url values


def _content(browse: Browse, url: str) -> str:
    """What a page or a file says, whatever its status, and whatever second it was read in."""
    return SECONDS.sub("", _told(browse, url))


def _told(browse: Browse, url: str) -> str:
    response = browse.knock("GET", url)
    if response.mimetype == "text/html":
        return re.sub(r"<[^>]+>", " ", response.get_data(as_text=True).partition("</head>")[2])
    if (response.mimetype or "").startswith("application/vnd"):
        with ZipFile(BytesIO(response.get_data())) as book:
            sheets = [book.read(name) for name in sorted(book.namelist()) if name.startswith("xl/")]
        return hashlib.sha256(b"".join(sheets)).hexdigest()
    return response.get_data(as_text=True)


def test_a_walk_over_every_page_finds_no_trace(
    app: Flask, browse: Browse, work: Work, commune: Commune, clock: Clock, db: Database
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
    with work(actor=commune.member) as w:
        attempts.submit(w, attempts.start(w, opened.round.id, is_demonstration_site=False), 1)
    tallies.take_tallies(db, opened.round.id)
    values = {"round_id": opened.round.id, "contest_id": opened.contest.id, "unit_id": commune.root.id}

    def walk() -> dict[tuple[str, str], str]:
        found = {}
        for caller in CALLERS:
            clock.set(LATER)
            visitor = browse.as_nobody() if caller == "nobody" else browse.as_(getattr(commune, caller))
            for rule in _reads(app, *values):
                clock.set(LATER)
                found[caller, rule.endpoint] = _content(visitor, _address(app, rule, **values))
        return found

    before = walk()
    clock.set(NOW)
    rehearsal = _rehearse(work, commune, opened.round.id)
    with work(actor=commune.organiser) as w:
        attempts.submit(w, attempts.start(w, rehearsal.id, is_demonstration_site=False), 1)
    with db.reading() as session:
        assert session.scalars(select(Result.member_id).where(Result.round_id == rehearsal.id)).all() != []
        assert tallies.due_rounds(session, LATER) == [opened.round.id]
    after = walk()
    assert {key for key in before if before[key] != after[key]} == REHEARSALS_SHOW
    assert len(before) > 100
    assert MARK in after["organiser", "attempts.rounds"]


def test_no_other_page_has_the_address_of_a_rehearsal(app: Flask, browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
    rehearsal = _rehearse(work, commune, opened.round.id)
    values = {"round_id": rehearsal.id, "contest_id": rehearsal.contest_id, "unit_id": commune.root.id, "number": 1}

    def entered(visitor: Browse) -> set[str]:
        rules = [rule for rule in _reads(app, *values) if rule.arguments & {"round_id", "contest_id"}]
        assert len(rules) > 10
        return {
            rule.endpoint for rule in rules if visitor.knock("GET", _address(app, rule, **values)).status_code == 200
        }

    assert entered(browse.as_(commune.organiser)) == {"attempts.enter", "contests.rules"}
    for other in (commune.member, commune.secretary, commune.overseer, commune.operator, commune.organiser_elsewhere):
        assert entered(browse.as_(other)) == set()
    browse.as_(commune.member).post(f"/dot-thi/{rehearsal.id}/bat-dau", {"the_le": "1"}, status=404)


def test_every_list_of_rounds_leaves_it_out(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
    rehearsal = _rehearse(work, commune, opened.round.id)
    for actor in (commune.organiser, commune.member):
        with view(actor=actor) as r:
            for found in (
                queries.visible_rounds(r),
                scope.board_rounds(r),
                participation.rounds(r, commune.root.id),
                [one.round for one in home.public_rounds(r.session, r.now)],
                [card.round for card in home.round_cards(r, is_demonstration_site=False)],
            ):
                assert rehearsal.id not in {round_.id for round_ in found}
    with view(actor=commune.organiser) as r:
        assert rehearsal.contest_id not in {one.id for one in queries.managed_contests(r)}
        assert participation.usual_round(participation.rounds(r, commune.root.id), r.now).id == opened.round.id  # type: ignore[union-attr] # there is one
        shown = sittings.entries(r, is_demonstration_site=False)
        assert {entry.round.id for entry in shown} == {opened.round.id, rehearsal.id}
    with view(actor=commune.member) as r:
        assert {entry.round.id for entry in sittings.entries(r, is_demonstration_site=False)} == {opened.round.id}


def test_it_has_the_rounds_terms_and_pool_and_a_draw_of_its_own(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(
            w,
            commune.root,
            opens_at=NOW + timedelta(days=2),
            closes_at=NOW + timedelta(days=9),
            daily=DailyHours(7 * 60, 8 * 60),
            weekdays=frozenset({0, 1, 2, 3, 4}),
            minimum_age=16,
            entry_categories=("full",),
            entry_unit_ids=(commune.first.id,),
            prediction_kind=PredictionKind.PEOPLE,
        )
        was = terms_of(w.session, opened.round)
    rehearsal = _rehearse(work, commune, opened.round.id)
    with work() as w:
        copy = w.session.get_one(Round, rehearsal.id)
        assert terms_of(w.session, copy) == replace(
            was,
            opens_at=copy.opens_at,
            closes_at=copy.opens_at + timedelta(hours=2),
            daily=None,
            weekdays=EVERY_WEEKDAY,
            minimum_age=None,
            entry_categories=(),
            entry_unit_ids=(),
        )
        assert queries.blueprint(copy) == queries.blueprint(opened.round)
        assert queries.frozen_pool(w.session, copy.id) == queries.frozen_pool(w.session, opened.round.id)
        assert copy.pool_hash == opened.round.pool_hash
        assert copy.draw_secret != opened.round.draw_secret
        assert (copy.rehearses_id, copy.contest.is_rehearsal, copy.rules_number) == (opened.round.id, True, 1)
        assert w.session.get_one(Round, opened.round.id).first_attempt_at is None


def test_organisers_rehearse_the_prediction_too(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root, prediction_kind=PredictionKind.PEOPLE, minimum_age=90)
    rehearsal = _rehearse(work, commune, opened.round.id)
    with view(actor=commune.organiser) as r:
        real, rehearsed = (
            sittings.entry(r, queries.visible_round(r, one), is_demonstration_site=False)
            for one in (opened.round.id, rehearsal.id)
        )
    assert (real.asks_prediction, rehearsed.asks_prediction) == (False, True)  # who sees the figures predicts nothing
    assert (bool(real.bars), rehearsed.bars) == (True, ())


def test_organisers_sit_a_draft_from_start_to_result_under_its_mark(
    browse: Browse, work: Work, commune: Commune, db: Database
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        draft = services.create_round(
            w, opened.contest.id, replace(contest.terms(w.now, opened.set_id), title="Tuần 2")
        )
        services.set_blueprint(w, draft.id, contest.BLUEPRINT)
    organiser = browse.as_(commune.organiser)
    made = organiser.submit(f"/to-chuc/dot/{draft.id}/thi-thu", {"hours": "4"}, action="/thi-thu")
    page = organiser.follow(made)
    assert MARK in page.text
    assert "Chỉ Ban tổ chức của cuộc thi vào được." in page.text
    assert "không xếp hạng, không vào thống kê nào" in page.text
    played = organiser.submit(made.location, {}, action="/bat-dau")
    for url in (played.location, f"{played.location}/nop"):
        assert MARK in organiser.page(url).text
    done = organiser.submit(f"{played.location}/nop", {}, action="/nop")
    assert MARK in organiser.follow(done).text
    with db.reading() as session:
        assert session.get_one(Round, draft.id).first_attempt_at is None
        assert session.scalars(select(Attempt.round_id)).all() != [draft.id]
        assert "round.rehearsal_opened" in session.scalars(select(AuditEntry.action)).all()
    with work() as w:
        services.change_round(w, draft.id, replace(terms_of(w.session, draft), attempts_allowed=5))  # nothing is locked


def test_organisers_end_it_and_a_new_one_ends_the_old(
    browse: Browse, work: Work, commune: Commune, clock: Clock, db: Database
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
    first = _rehearse(work, commune, opened.round.id)
    clock.move(minutes=1)
    organiser = browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{opened.round.id}/thi-thu"
    second = organiser.submit(url, {}, action="/thi-thu").location
    with db.reading() as session:
        assert session.get_one(Round, first.id).closes_at <= db.now(session)
    clock.move(minutes=1)
    ended = organiser.submit(url, {}, action="/ket-thuc")
    assert "Đã kết thúc buổi thi thử" in organiser.follow(ended).text
    assert "Đang có buổi thi thử" not in organiser.page(url).text
    assert MARK not in organiser.page("/dot-thi/").text
    assert "chưa thể bắt đầu" in organiser.page(second).text
    organiser.post(f"/to-chuc/thi-thu/{opened.round.id}/ket-thuc", status=404)
    browse.as_(commune.organiser_elsewhere).post(f"/to-chuc/thi-thu/{first.id}/ket-thuc", status=404)


def test_a_rehearsal_pressed_twice_is_one(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)

    def rehearse(seconds: float, hours: int = 2) -> int:
        with work(actor=commune.organiser, now=NOW + timedelta(seconds=seconds)) as w:
            return rehearsing.rehearse(w, opened.round.id, hours).id

    first = rehearse(0)
    assert rehearse(30) == first
    longer = rehearse(40, hours=4)
    assert longer != first
    with work(now=NOW + timedelta(seconds=50)) as w:
        services.change_round(w, opened.round.id, replace(terms_of(w.session, opened.round), attempts_allowed=5))
    changed = rehearse(60, hours=4)  # what is rehearsed is the round as it is now
    assert changed not in (first, longer)
    assert rehearse(121, hours=4) != changed


def test_what_has_no_paper_is_not_rehearsed(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        draft = services.create_round(w, opened.contest.id, contest.terms(w.now, opened.set_id))
    with pytest.raises(NotRehearsable), work(actor=commune.organiser) as w:
        rehearsing.rehearse(w, draft.id, 2)
    with work() as w:
        services.set_blueprint(w, draft.id, [Cell("muc-tieu", 1, 4)])
    organiser = browse.as_(commune.organiser)
    words = "chuyên đề “Mục tiêu”, mức nhận biết: cần 4, có 3"
    assert words in organiser.page(f"/to-chuc/dot/{draft.id}/thi-thu").text
    assert words in organiser.post(f"/to-chuc/dot/{draft.id}/thi-thu", {"hours": "2"}, status=409).text
    with work() as w:
        rehearsed = w.session.scalars(select(Round.id).where(Round.rehearses_id.is_not(None))).all()
        assert rehearsed == []
        assert w.session.scalars(select(PoolItem.round_id).where(PoolItem.round_id == draft.id)).all() == []


def test_a_rehearsal_is_not_rehearsed_copied_or_changed(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
    rehearsal = _rehearse(work, commune, opened.round.id)
    with pytest.raises(Missing):
        _rehearse(work, commune, rehearsal.id)
    with pytest.raises(Missing), work(actor=commune.organiser) as w:
        services.change_round(w, rehearsal.id, contest.terms(w.now, opened.set_id))


def test_the_demonstrations_people_do_not_sit_it(work: Work, commune: Commune, clock: Clock, db: Database) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root, closes_at=NOW + timedelta(hours=1))
        opened.contest.is_demonstration = True
    rehearsal = _rehearse(work, commune, opened.round.id, hours=8)
    clock.set(NOW + timedelta(hours=2))
    with db.reading() as session:
        assert session.get_one(Round, rehearsal.id).closes_at > db.now(session)
    with pytest.raises(Missing):
        demo.play(db, count=1, seed=1)
