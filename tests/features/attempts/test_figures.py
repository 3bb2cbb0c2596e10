"""While a prediction is open nobody who may still predict learns how many people sit, wherever he looks.

37 people have submitted 53 attempts, 33 of those people with everything right: numbers that nothing else here has.
The walk is that of test_canary: every address of the product, and every link that is met.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from quiz_app.attempts import closing, services, truth
from quiz_app.attempts.models import Attempt
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.kernel import jobs
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import JobState
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.members.models import Member
from quiz_app.participation import queries as participation
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import Criterion
from quiz_app.units import queries as units
from quiz_app.units.models import UnitKind
from tests.features.attempts.test_canary import Walk
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune, member, unit
from tests.support.clock import NOW, Clock
from tests.support.contest import Opened
from tests.support.sitting import answer, right_letters
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")

PEOPLE, ATTEMPTS, ALL_RIGHT = 37, 53, 33
# As a number that stands by itself in what a page says: a year, an instant, an id or an address holds it otherwise.
NUMBER = r"(?<![\w.,:/=%+\-]){}(?![\w.,:/%\-]\w)(?!\d)"


@pytest.fixture
def predicted(work: Work, commune: Commune) -> Opened:
    """37 of a village of strangers and of the commune's units have sat, the member among them."""
    with work(now=NOW - timedelta(minutes=60)) as w:
        village = unit(w, "CB9", "Chi bộ thôn Bát Tràng", UnitKind.CELL, commune.root)
        crowd = [
            member(w, village, f"Hà Văn {chr(65 + n // 6)}{'abcdef'[n % 6]}", with_account=False) for n in range(34)
        ]
        opened = contest.open_round(
            w,
            commune.root,
            attempts_allowed=2,
            prediction_kind=PredictionKind.PEOPLE,
            tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION),
        )
    everybody = [*crowd, commune.member, commune.secretary, commune.inner_member]
    for number, person in enumerate(everybody):
        sittings = 2 if number < ATTEMPTS - PEOPLE else 1
        for _ in range(sittings):
            _sit(work, person, opened.round, is_right=number < ALL_RIGHT)
    assert len(everybody) == PEOPLE
    with work() as w:
        counted = truth.count(w.session, w.session.get_one(Round, opened.round.id))
    assert counted == truth.Counted(PEOPLE, ATTEMPTS, ALL_RIGHT)
    return opened


def _sit(work: Work, person: Member, round_: Round, *, is_right: bool) -> None:
    with work(actor=person, now=NOW - timedelta(minutes=50)) as w:
        attempt_id = services.start(w, round_.id, is_demonstration_site=True)
        for place in range(1, contest.PAPER_LENGTH + 1) if is_right else ():
            answer(w, attempt_id, place, right_letters(w, attempt_id, place), revision=1)
    with work(actor=person, now=NOW - timedelta(minutes=40)) as w:
        services.submit(w, attempt_id, 1)


def _swept(work: Work) -> None:
    """What the worker leaves behind where it closed the attempts of all."""
    with work() as w:
        job = jobs.enqueue(w, "close-overdue", "sweep-1", {}, total=PEOPLE)
        job.state, job.done, job.finished_at = JobState.DONE.value, PEOPLE, w.now


def _told(said: dict[str, str], number: int) -> dict[str, list[str]]:
    """Where the number stands among the words of a page, or anywhere in what a script is answered."""
    found: dict[str, list[str]] = {}
    for url, page in said.items():
        if url.startswith(("/static/", "/tro-giup/hinh/")):  # files and pictures, the same for everybody
            continue
        words = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
        meets = [match.group() for match in re.finditer(rf".{{0,40}}{NUMBER.format(number)}.{{0,20}}", words)]
        if meets:
            found[url] = meets
    return found


def _walk(browse: Browse, person: Member, opened: Opened, db: Database) -> Walk:
    with db.reading() as session:
        own = [one.id for one in session.query(Attempt).filter_by(member_id=person.id)]
    return Walk(browse, person, opened, own[0] if own else None)


@pytest.mark.parametrize("who", ["member", "secretary", "inner_member", "overseer_elsewhere", "organiser_elsewhere"])
def test_who_may_predict_finds_the_figures_nowhere(
    browse: Browse, commune: Commune, work: Work, predicted: Opened, db: Database, who: str
) -> None:
    refresh_tallies(db)
    _swept(work)
    walk = _walk(browse, getattr(commune, who), predicted, db)
    assert f"/bang-xep-hang/{predicted.round.id}/cac-chi-bo" in walk.reached
    assert "/" in walk.reached
    told = {number: _told(walk.said, number) for number in (PEOPLE, ATTEMPTS, ALL_RIGHT)}
    assert told == {PEOPLE: {}, ATTEMPTS: {}, ALL_RIGHT: {}}
    assert walk.holding("Hà Văn") == set()


def test_the_public_finds_them_nowhere(browse: Browse, predicted: Opened, db: Database) -> None:
    refresh_tallies(db)
    page = browse.as_nobody().page("/")
    assert predicted.round.title in page.text
    assert not re.search(NUMBER.format(f"({PEOPLE}|{ATTEMPTS}|{ALL_RIGHT})"), page.text)


def test_who_oversees_the_contest_finds_them(
    browse: Browse, commune: Commune, work: Work, predicted: Opened, db: Database
) -> None:
    refresh_tallies(db)
    _swept(work)
    round_id = predicted.round.id
    boards = (f"/bang-xep-hang/{round_id}/cac-chi-bo", f"/bang-xep-hang/{round_id}/trinh-chieu")
    desk = f"/tham-gia/{round_id}/don-vi/{commune.root.id}"
    browse.as_(commune.overseer)
    said = {url: browse.knock("GET", url).get_data(as_text=True) for url in (*boards, desk)}
    for number in (PEOPLE, ATTEMPTS):
        assert _told(said, number).keys() == said.keys()
    browse.as_(commune.organiser)
    for number in (PEOPLE, ATTEMPTS, ALL_RIGHT):
        assert re.search(NUMBER.format(number), browse.page(f"/to-chuc/dot/{round_id}/so-thuc-te").text)
    assert f"{PEOPLE}/{PEOPLE}" in browse.page("/van-hanh/cong-viec").text


def test_everybody_finds_them_after_the_close(
    browse: Browse, commune: Commune, predicted: Opened, db: Database, clock: Clock
) -> None:
    clock.set(predicted.round.closes_at + timedelta(seconds=8))
    closing.close_overdue(db)
    refresh_tallies(db)
    walk = _walk(browse, commune.member, predicted, db)
    assert f"/bang-xep-hang/{predicted.round.id}/cac-chi-bo" in _told(walk.said, PEOPLE)
    assert walk.holding("Chi bộ thôn Bát Tràng")


def test_desks_that_show_the_whole_contest_belong_to_who_is_not_asked(work: Work, view: View, commune: Commune) -> None:
    """Whatever role somebody holds wherever: if one of his desks counts everybody, he is not asked to predict."""
    homes = [commune.root, commune.first, commune.committee, commune.inner]
    with work() as w:
        set_id = contest.publish_sample_bank(w)
        rounds = [
            contest.open_round(w, one, set_id=set_id, prediction_kind=PredictionKind.PEOPLE).round for one in homes
        ]
        people = [
            member(w, commune.second, f"Hồ Văn {role.value}", roles=[(role, one)], with_account=False)
            for one in homes
            for role in Role
        ]
    whole_desks = 0
    for person in people:
        with view(actor=person) as r:
            for found in rounds:
                round_ = r.session.get_one(Round, found.id)
                held_for = set(r.session.scalars(units.subtree_ids(round_.contest.unit_id)))
                desks = [
                    participation.desk(r, round_.id, one.id)
                    for one in participation.desk_units(r)
                    if round_.id in {offered.id for offered in participation.rounds(r, one.id)}
                ]
                shows_all = any(held_for <= set(r.session.scalars(desk.scope)) for desk in desks)
                whole_desks += shows_all
                assert contests.sees_figures(r, round_) or not shows_all, (person.full_name, round_.contest.unit_id)
    assert whole_desks > len(homes)
