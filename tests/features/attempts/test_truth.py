"""What a prediction asked for: counted after the close, fixed by organisers, and then everybody ranked by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from quiz_app.attempts import closing, granting, predicting, services, truth
from quiz_app.attempts.errors import NobodySat, SomebodySits
from quiz_app.attempts.models import Attempt, AttemptState, Result
from quiz_app.attempts.policy import Action
from quiz_app.attempts.truth import Counted
from quiz_app.attempts.verify import differences
from quiz_app.contests.errors import ChangeLocked
from quiz_app.contests.models import Round, Shown
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobState, Progress, perform
from quiz_app.members.models import Member
from quiz_app.rules.prediction import MISSING_GUESS_ERROR, PredictionKind
from quiz_app.rules.standing import Criterion
from quiz_app.worker import JOBS
from tests.features.attempts.test_prediction import open_round
from tests.features.attempts.test_races import together
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.contest import PAPER_LENGTH
from tests.support.sitting import answer, at, right_letters
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

CLOSE = 24 * 60 - 90  # minutes: the sample round was set up 90 minutes ago, for a day
CLOSED = at(CLOSE + 1)


def sit(
    work: Work,
    member: Member,
    round_: Round,
    *,
    minutes: float,
    right: int = PAPER_LENGTH,
    guess: str = "",
    took: float = 2,
) -> int:
    """One attempt of a member, `right` answers of which are right, begun and submitted at these minutes."""
    with work(actor=member, now=at(minutes)) as w:
        attempt_id = services.start(w, round_.id, is_demonstration_site=True)
        for place in range(1, right + 1):
            answer(w, attempt_id, place, right_letters(w, attempt_id, place), revision=1)
        if guess:
            predicting.save_prediction(w, attempt_id, guess, 1, 1)
    with work(actor=member, now=at(minutes + took)) as w:
        services.submit(w, attempt_id, 1)
    return attempt_id


def fix(work: Work, commune: Commune, round_: Round) -> Job:
    with work(actor=commune.organiser, now=CLOSED) as w:
        return truth.fix_truth(w, round_.id)


def fix_and_rank(work: Work, commune: Commune, round_: Round, db: Database) -> None:
    assert perform(db, JOBS, fix(work, commune, round_).key) is JobState.DONE


def fixed(work: Work, round_: Round) -> int | None:
    with work() as w:
        return w.session.get_one(Round, round_.id).prediction_truth


def keys(work: Work, round_: Round) -> dict[int, tuple[int, int, int, int]]:
    with work() as w:
        rows = w.session.scalars(select(Result).where(Result.round_id == round_.id)).all()
        return {row.member_id: (row.k1, row.k2, row.k3, row.k4) for row in rows}


def entries(work: Work, action: Action) -> list[dict[str, Any]]:
    with work() as w:
        return list(w.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == action.code)))


def assert_recount(work: Work) -> None:
    with work() as w:
        assert list(differences(w.session)) == []


def annul(work: Work, attempt_id: int, round_: Round, member: Member) -> None:
    with work() as w:
        w.session.execute(update(Attempt).where(Attempt.id == attempt_id).values(state=AttemptState.ANNULLED.value))
        closing.write_result(w.session, w.session.get_one(Round, round_.id), member.id, w.now)


def test_nothing_is_fixed_before_the_close(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune)
    sit(work, commune.member, round_, minutes=0)
    with pytest.raises(ChangeLocked), work(actor=commune.organiser, now=at(CLOSE - 1)) as w:
        truth.fix_truth(w, round_.id)
    assert fixed(work, round_) is None


def test_nothing_is_fixed_while_somebody_sits(work: Work, commune: Commune, db: Database, clock: Clock) -> None:
    round_ = open_round(work, commune)
    sit(work, commune.member, round_, minutes=0)
    with work(actor=commune.colleague, now=at(CLOSE - 5)) as w:
        services.start(w, round_.id, is_demonstration_site=True)
    with pytest.raises(SomebodySits), work(actor=commune.organiser, now=at(CLOSE)) as w:
        truth.fix_truth(w, round_.id)
    clock.set(CLOSED)
    assert closing.close_overdue(db) == 1
    fix(work, commune, round_)
    assert fixed(work, round_) == 2


def test_only_who_runs_the_contest_fixes_it(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune)
    plain = open_round(work, commune, prediction_kind=None, tie_breaks=(Criterion.SCORE,))
    sit(work, commune.member, round_, minutes=0)
    for person in (commune.organiser_elsewhere, commune.overseer, commune.member):
        with pytest.raises(Missing), work(actor=person, now=CLOSED) as w:
            truth.fix_truth(w, round_.id)
    with pytest.raises(Missing), work(actor=commune.organiser, now=CLOSED) as w:
        truth.fix_truth(w, plain.id)


# Of three people (member, colleague, probationer) with six attempts, of which one is annulled, two have all right.
FIGURES = {
    (PredictionKind.PEOPLE, 0): 3,
    (PredictionKind.ATTEMPTS, 0): 5,
    (PredictionKind.ALL_RIGHT, 0): 2,
    (PredictionKind.PERCENTAGE, 0): 67,
    (PredictionKind.PERCENTAGE, 2): 6667,
}


@pytest.mark.parametrize(("kind", "decimals"), FIGURES)
def test_each_question_has_its_figure(work: Work, commune: Commune, kind: PredictionKind, decimals: int) -> None:
    round_ = open_round(work, commune, kind, prediction_decimals=decimals)
    sit(work, commune.member, round_, minutes=0, right=2)
    sit(work, commune.member, round_, minutes=30)  # counts, as the better one
    sit(work, commune.colleague, round_, minutes=0)
    sit(work, commune.colleague, round_, minutes=30, right=0)
    sit(work, commune.probationer, round_, minutes=0, right=PAPER_LENGTH - 1)
    annulled = sit(work, commune.probationer, round_, minutes=30)
    annul(work, annulled, round_, commune.probationer)
    fix(work, commune, round_)
    assert fixed(work, round_) == FIGURES[kind, decimals]
    with work() as w:
        assert truth.count(w.session, w.session.get_one(Round, round_.id)) == Counted(3, 5, 2)
    assert entries(work, Action.TRUTH_FIXED) == [
        {"truth": FIGURES[kind, decimals], "people": 3, "attempts": 5, "all_right": 2}
    ]


def test_a_percentage_of_nobody_is_not_fixed(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune, PredictionKind.PERCENTAGE)
    with pytest.raises(NobodySat):
        fix(work, commune, round_)
    people = open_round(work, commune)
    fix(work, commune, people)
    assert fixed(work, people) == 0


def test_ties_are_broken_by_the_distance(work: Work, commune: Commune, db: Database) -> None:
    """Five people sit. All right: guesses 6 (off by 1) in 3 minutes, 4 (off by 1) in 2, 500 (off by 495), none.

    One right less and the guess that is the truth: last. Rank keys are score, prediction, duration.
    """
    round_ = open_round(work, commune)
    sit(work, commune.member, round_, minutes=0, guess="6", took=3)
    sit(work, commune.colleague, round_, minutes=0, guess="4")
    sit(work, commune.probationer, round_, minutes=0, guess="500", took=1)
    sit(work, commune.exempt, round_, minutes=0, took=1)
    sit(work, commune.stranger, round_, minutes=0, guess="5", took=1, right=PAPER_LENGTH - 1)
    minute = 60_000
    full = -PAPER_LENGTH
    assert keys(work, round_) == {
        commune.member.id: (full, 0, 3 * minute, 0),
        commune.colleague.id: (full, 0, 2 * minute, 0),
        commune.probationer.id: (full, 0, minute, 0),
        commune.exempt.id: (full, 0, minute, 0),
        commune.stranger.id: (full + 1, 0, minute, 0),
    }
    fix_and_rank(work, commune, round_, db)
    found = keys(work, round_)
    assert found == {
        commune.member.id: (full, 1, 3 * minute, 0),
        commune.colleague.id: (full, 1, 2 * minute, 0),
        commune.probationer.id: (full, 495, minute, 0),
        commune.exempt.id: (full, MISSING_GUESS_ERROR, minute, 0),
        commune.stranger.id: (full + 1, 0, minute, 0),
    }
    order = [commune.colleague, commune.member, commune.probationer, commune.exempt, commune.stranger]
    assert sorted(found, key=lambda member_id: found[member_id]) == [person.id for person in order]
    assert_recount(work)


def test_who_was_ranked_stays_ranked(work: Work, commune: Commune, db: Database) -> None:
    """A role that somebody was given since he submitted takes nothing from him."""
    round_ = open_round(work, commune)
    sit(work, commune.member, round_, minutes=0, guess="1")
    sit(work, commune.organiser, round_, minutes=0)
    with work() as w:
        w.session.execute(update(Result).where(Result.member_id == commune.organiser.id).values(is_ranked=True))
    fix_and_rank(work, commune, round_, db)
    with work() as w:
        ranked = {row.member_id: row.is_ranked for row in w.session.scalars(select(Result))}
    assert ranked == {commune.member.id: True, commune.organiser.id: True}


def test_fixing_twice_is_fixing_once(work: Work, commune: Commune, db: Database) -> None:
    round_ = open_round(work, commune)
    sit(work, commune.member, round_, minutes=0, guess="3")
    assert fix(work, commune, round_).id == fix(work, commune, round_).id
    assert len(entries(work, Action.TRUTH_FIXED)) == 1
    fix_and_rank(work, commune, round_, db)
    assert keys(work, round_)[commune.member.id][1] == 2


def test_a_truth_that_has_moved_is_found_and_fixed_anew(work: Work, commune: Commune, db: Database) -> None:
    round_ = open_round(work, commune, PredictionKind.ATTEMPTS)
    sit(work, commune.member, round_, minutes=0, guess="3")
    twice = sit(work, commune.member, round_, minutes=30, guess="3", right=1)
    fix_and_rank(work, commune, round_, db)
    annul(work, twice, round_, commune.member)
    with work() as w:
        assert list(differences(w.session)) == [f"round {round_.id}: stored truth 2, recounted 1"]
    with work(actor=commune.organiser, now=CLOSED + timedelta(minutes=1)) as w:
        key = truth.fix_truth(w, round_.id).key
    assert perform(db, JOBS, key) is JobState.DONE
    assert keys(work, round_)[commune.member.id][1] == 2
    assert len(entries(work, Action.TRUTH_FIXED)) == 2
    assert_recount(work)


def test_a_round_that_opens_once_more_forgets_its_truth(work: Work, commune: Commune, db: Database) -> None:
    round_ = open_round(work, commune, show_keys=Shown.NEVER.value)
    sit(work, commune.member, round_, minutes=0, guess="3")
    fix_and_rank(work, commune, round_, db)
    assert keys(work, round_)[commune.member.id][1] == 2
    for minutes in (120, 60):
        with work(actor=commune.organiser, now=CLOSED + timedelta(minutes=minutes - 119)) as w:
            granting.extend_round(w, round_.id, None, minutes, "Mất điện, gia hạn.")
    with work() as w:
        held = w.session.get_one(Round, round_.id)
        assert (held.prediction_truth, held.prediction_fixed_at) == (None, None)
        found = w.session.scalars(select(Job.key).where(Job.kind == truth.KIND).order_by(Job.id)).all()
    assert len(found) == 2
    assert perform(db, JOBS, found[1]) is JobState.DONE
    assert keys(work, round_)[commune.member.id][1] == 0
    assert entries(work, Action.TRUTH_FORGOTTEN) == [{"truth": 1}]
    assert_recount(work)


class Killed(Exception):
    pass


def test_a_job_that_was_killed_goes_on_behind_its_last_batch(
    work: Work, commune: Commune, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truth, "BATCH", 2)
    round_ = open_round(work, commune)
    people = [commune.member, commune.colleague, commune.probationer, commune.exempt, commune.stranger]
    for person in people:
        sit(work, person, round_, minutes=0, guess="7")
    job = fix(work, commune, round_)
    kept: list[Any] = []
    done: list[Any] = []

    def run_step(function: Callable[..., Any], *args: Any) -> Any:
        """As the workflow library does: what is kept is answered again, and the process dies before the third step."""
        number = len(done)
        if number == len(kept):
            if number == 2 and not is_second:
                raise Killed
            kept.append(function(*args))
        done.append(kept[number])
        return kept[number]

    is_second = False
    with pytest.raises(Killed):
        truth.rank_by_truth(db, job.payload, Progress(db, job.id, run_step))
    elements = [key[1] for _, key in sorted(keys(work, round_).items())]
    assert elements == [2, 2, 2, 2, 0]
    done, is_second = [], True
    assert truth.rank_by_truth(db, job.payload, Progress(db, job.id, run_step)) == {"results": 5}
    assert {key[1] for key in keys(work, round_).values()} == {2}
    assert [one["count"] for one in kept] == [2, 2, 1, 0]
    with work() as w:
        row = w.session.get_one(Job, job.id)
        assert row.total == 5
    assert_recount(work)


def test_fixing_while_the_last_attempts_are_closed_leaves_nobody_out(
    work: Work, commune: Commune, db: Database, clock: Clock
) -> None:
    people = [commune.member, commune.colleague, commune.probationer, commune.exempt, commune.stranger]
    for number in range(6):
        round_ = open_round(work, commune, title=f"Đợt {number}")
        for person in people:
            with work(actor=person, now=at(CLOSE - 5)) as w:
                attempt_id = services.start(w, round_.id, is_demonstration_site=True)
                predicting.save_prediction(w, attempt_id, "7", 1, 1)
        clock.set(CLOSED)

        try_to_fix = partial(_fix_as_soon_as_nobody_sits, work, commune, round_)
        acts: list[Callable[[], object]] = [partial(closing.close_overdue, db), try_to_fix, try_to_fix]
        told = together(acts)
        key = next((one for one in told if isinstance(one, str)), None) or try_to_fix()
        assert key is not None
        assert fixed(work, round_) == len(people)
        assert perform(db, JOBS, key) is JobState.DONE
        assert {found[1] for found in keys(work, round_).values()} == {2}
        clock.set(NOW)
    assert len(entries(work, Action.TRUTH_FIXED)) == 6
    assert_recount(work)


def _fix_as_soon_as_nobody_sits(work: Work, commune: Commune, round_: Round) -> str | None:
    for _ in range(100):
        try:
            return fix(work, commune, round_).key
        except SomebodySits:
            continue
    return None


# The pages


def test_organisers_fix_it_and_see_how_far_it_is(
    browse: Browse, work: Work, commune: Commune, db: Database, clock: Clock
) -> None:
    round_ = open_round(work, commune)
    sit(work, commune.member, round_, minutes=0, guess="4")
    attempt_id = sit(work, commune.colleague, round_, minutes=0, guess="2")
    url = f"/to-chuc/dot/{round_.id}/so-thuc-te"
    browse.as_(commune.organiser)
    page = browse.page(url)
    assert "Lý do: đợt thi chưa đóng" in page.text
    assert f"{url}/co-dinh" not in page.hrefs()
    assert "Chưa cố định được số thực tế" in browse.page(f"{url}/co-dinh").text
    assert "đợt thi chưa đóng" in browse.post(f"{url}/co-dinh", {}, status=409).text
    browse.get(f"{url}.json", status=404)
    clock.set(CLOSED)
    browse.as_(commune.organiser)
    assert f"{url}/co-dinh" in browse.page(url).hrefs()
    assert "Cố định số thực tế là 2?" in browse.page(f"{url}/co-dinh").text
    page = browse.follow(browse.submit(f"{url}/co-dinh", {}, action="/co-dinh"))
    assert "Đang chờ đến lượt" in page.text
    assert page.all(".//progress")
    told = browse.get(f"{url}.json", as_json=True).json
    assert (told["state"], told["url"]) == ("running", None)
    with work() as w:
        key = w.session.scalars(select(Job.key)).one()
    assert perform(db, JOBS, key) is JobState.DONE
    page = browse.page(url)
    assert "Mọi kết quả đã được xếp hạng theo số thực tế." in page.text
    assert f"{url}/co-dinh" not in page.hrefs()
    told = browse.get(f"{url}.json", as_json=True).json
    assert (told["state"], told["url"], told["done"]) == ("done", url, 2)
    with work() as w:
        w.session.execute(delete(Result).where(Result.attempt_id == attempt_id))
        w.session.get_one(Attempt, attempt_id).state = AttemptState.ANNULLED.value
    assert "Nay đếm được 1, khác với số đã cố định" in browse.page(url).text
    browse.as_(commune.organiser_elsewhere).page(url, status=404)
    browse.as_(commune.member)
    with work() as w:
        own = w.session.scalars(select(Attempt.id).where(Attempt.member_id == commune.member.id)).one()
    result = browse.page(f"/luot-thi/{own}/ket-qua").text
    assert "Dự đoán của đồng chí: 4 . Số thực tế: 2 , lệch 2 người." in result
