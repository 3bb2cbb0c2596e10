"""The prediction within the sitting: kept like an answer, read as people write numbers, asked of who cannot know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import closing, predicting, queries, services
from quiz_app.attempts.errors import AttemptClosed, TakenOver
from quiz_app.attempts.models import Attempt, Result
from quiz_app.attempts.policy import Action
from quiz_app.attempts.predicting import Kept
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import Criterion
from tests.features.attempts.test_races import together
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune, grant
from tests.support.clock import Clock
from tests.support.sitting import at
from tests.support.works import Work, actor_of

pytestmark = pytest.mark.usefixtures("banks")

BY_PREDICTION = (Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION)


def open_round(work: Work, commune: Commune, kind: PredictionKind = PredictionKind.PEOPLE, **changes: object) -> Round:
    usual = {"prediction_kind": kind, "tie_breaks": BY_PREDICTION, "attempts_allowed": None}
    wanted = {**usual, **changes}
    with work(now=at(-90)) as w:
        return contest.open_round(w, commune.root, **wanted).round  # type: ignore[arg-type] # names are checked there


def start(work: Work, member: Member, round_: Round, minutes: float = 0) -> int:
    with work(actor=member, now=at(minutes)) as w:
        return services.start(w, round_.id, is_demonstration_site=True)


def save(
    work: Work,
    member: Member,
    attempt_id: int,
    text: str,
    revision: int | None = 1,
    *,
    epoch: int = 1,
    minutes: float = 1,
) -> Kept:
    with work(actor=member, now=at(minutes)) as w:
        return predicting.save_prediction(w, attempt_id, text, epoch, revision)


def kept(work: Work, attempt_id: int) -> tuple[int | None, int]:
    with work() as w:
        row = w.session.get_one(Attempt, attempt_id)
        return row.prediction, row.prediction_revision


def test_a_guess_is_kept_changed_and_taken_back(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune)
    attempt_id = start(work, commune.member, round_)
    first = save(work, commune.member, attempt_id, " 1.234 ", 1)
    assert (first.text, first.revision, first.saved_at) == ("1.234", 1, at(1))
    assert first.remaining == timedelta(minutes=19)
    assert kept(work, attempt_id) == (1234, 1)
    assert save(work, commune.member, attempt_id, "56", 4).text == "56"
    assert save(work, commune.member, attempt_id, " ", 5).text == ""
    assert kept(work, attempt_id) == (None, 5)


@pytest.mark.parametrize("revision", [1, 2])
def test_a_late_or_repeated_guess_is_answered_with_what_is_kept(work: Work, commune: Commune, revision: int) -> None:
    attempt_id = start(work, commune.member, open_round(work, commune))
    save(work, commune.member, attempt_id, "37", 2)
    again = save(work, commune.member, attempt_id, "99", revision, minutes=3)
    assert (again.text, again.revision, again.saved_at) == ("37", 2, at(1))
    assert again.remaining == timedelta(minutes=17)
    assert kept(work, attempt_id) == (37, 2)


def test_a_plain_form_brings_the_newest(work: Work, commune: Commune) -> None:
    attempt_id = start(work, commune.member, open_round(work, commune))
    save(work, commune.member, attempt_id, "37", 7)
    assert save(work, commune.member, attempt_id, "38", None).revision == 8
    assert kept(work, attempt_id) == (38, 8)


def test_what_stands_in_the_way(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune)
    attempt_id = start(work, commune.member, round_)
    with pytest.raises(Missing):
        save(work, commune.colleague, attempt_id, "1")
    with pytest.raises(Missing):
        save(work, commune.member, attempt_id + 1, "1")
    with pytest.raises(TakenOver):
        save(work, commune.member, attempt_id, "1", epoch=2)
    save(work, commune.member, attempt_id, "37", 1, minutes=20.05)  # within the grace
    with pytest.raises(AttemptClosed):
        save(work, commune.member, attempt_id, "38", 2, minutes=21)
    with pytest.raises(AttemptClosed):  # told before that another window goes on
        save(work, commune.member, attempt_id, "38", 2, epoch=9, minutes=21)
    with work(now=at(21)) as w:
        assert closing.close_if_due(w, attempt_id)
    with pytest.raises(AttemptClosed):
        save(work, commune.member, attempt_id, "38", 2, minutes=1)
    with work() as w:
        assert w.session.get_one(Result, (round_.id, commune.member.id)).prediction == 37
        assert list(differences(w.session)) == []


def test_a_round_without_the_question_takes_no_guess(work: Work, commune: Commune) -> None:
    with work(now=at(-90)) as w:
        round_ = contest.open_round(w, commune.root).round
    attempt_id = start(work, commune.member, round_)
    with pytest.raises(Missing):
        save(work, commune.member, attempt_id, "37")
    with work(actor=commune.member) as w:
        assert predicting.question(w, *queries.own_attempt(w, attempt_id)) is None


READ = {
    (PredictionKind.PEOPLE, 0, "1 234"): (1234, "1.234"),
    (PredictionKind.ATTEMPTS, 0, "0"): (0, "0"),
    (PredictionKind.ALL_RIGHT, 0, "1.234.567"): (1234567, "1.234.567"),
    (PredictionKind.PERCENTAGE, 2, "12,34"): (1234, "12,34%"),
    (PredictionKind.PERCENTAGE, 2, "12,3 %"): (1230, "12,30%"),
    (PredictionKind.PERCENTAGE, 0, "12"): (12, "12%"),
}
MISREAD = {
    (PredictionKind.PEOPLE, 0, "-5"): "Số dự đoán không thể nhỏ hơn 0.",
    (PredictionKind.PEOPLE, 0, "12,5"): "Ở đây cần số nguyên, không có phần thập phân. Ví dụ: 1.234.",
    (PredictionKind.PEOPLE, 0, "12.5"): "Chưa đọc được số này. Mời đồng chí ghi một số nguyên bằng chữ số, "
    "ví dụ 1.234.",
    (PredictionKind.PEOPLE, 0, "9" * 30): "Số này quá lớn. Mời đồng chí kiểm tra lại.",
    (PredictionKind.PERCENTAGE, 2, "12.5"): "Chưa đọc được số này. Mời đồng chí ghi bằng chữ số, dùng dấu phẩy trước "
    "phần thập phân, ví dụ 12,34.",
    (PredictionKind.PERCENTAGE, 0, "hai"): "Chưa đọc được số này. Mời đồng chí ghi bằng chữ số, ví dụ 12.",
    (PredictionKind.PERCENTAGE, 2, "12,345"): "Tỉ lệ ở đây ghi nhiều nhất 2 chữ số sau dấu phẩy. Ví dụ: 12,34.",
    (PredictionKind.PERCENTAGE, 0, "12,3"): "Tỉ lệ ở đây ghi số nguyên, không có phần thập phân. Ví dụ: 12.",
    (PredictionKind.PERCENTAGE, 2, "100,01"): "Tỉ lệ không thể quá 100%.",
    (PredictionKind.PERCENTAGE, 2, "%"): "Mời đồng chí ghi một số.",
}


@pytest.mark.parametrize(("kind", "decimals", "text"), READ)
def test_numbers_are_read_as_they_are_written_here(
    work: Work, commune: Commune, kind: PredictionKind, decimals: int, text: str
) -> None:
    attempt_id = start(work, commune.member, open_round(work, commune, kind, prediction_decimals=decimals))
    value, told = READ[kind, decimals, text]
    assert save(work, commune.member, attempt_id, text).text == told
    assert kept(work, attempt_id) == (value, 1)
    assert save(work, commune.member, attempt_id, told, 2).text == told


@pytest.mark.parametrize(("kind", "decimals", "text"), MISREAD)
def test_what_cannot_be_read_is_said_in_words(
    work: Work, commune: Commune, kind: PredictionKind, decimals: int, text: str
) -> None:
    attempt_id = start(work, commune.member, open_round(work, commune, kind, prediction_decimals=decimals))
    with pytest.raises(BadInput) as refused:
        save(work, commune.member, attempt_id, text)
    assert refused.value.errors == {"du_doan": [MISREAD[kind, decimals, text]]}
    assert kept(work, attempt_id) == (None, 0)


def test_who_sees_the_figures_is_not_asked(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune)
    with work(now=at(-30)) as w:
        grant(w, commune.stranger, Role.SECRETARY, commune.root)
    asked = {
        "member": True,
        "secretary": True,
        "author": True,
        "overseer_elsewhere": True,
        "organiser_elsewhere": True,
        "overseer": False,
        "organiser": False,
        "operator": False,
        "stranger": False,
    }
    for name, is_asked in asked.items():
        attempt_id = start(work, getattr(commune, name), round_)
        with work() as w:
            assert w.session.get_one(Attempt, attempt_id).asks_prediction is is_asked, name
        if not is_asked:
            with pytest.raises(Missing):
                save(work, getattr(commune, name), attempt_id, "37")


def test_who_gets_to_see_them_within_the_sitting_may_guess_no_more(work: Work, commune: Commune) -> None:
    attempt_id = start(work, commune.member, open_round(work, commune))
    save(work, commune.member, attempt_id, "37", 1)
    with work() as w:
        grant(w, commune.member, Role.OVERSEER, commune.root)
    with pytest.raises(Missing):
        save(work, commune.member, attempt_id, "53", 2)
    assert kept(work, attempt_id) == (37, 1)
    with work(actor=commune.member) as w:
        asked = predicting.question(w, *queries.own_attempt(w, attempt_id))
    assert asked is not None
    assert not asked.is_asked


def test_a_round_for_some_units_is_seen_whole_by_who_covers_them(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune, entry_unit_ids=(commune.inner.id,))
    for person, is_asked in ((commune.inner_member, True), (commune.overseer_elsewhere, False)):
        attempt_id = start(work, person, round_)
        with work() as w:
            assert w.session.get_one(Attempt, attempt_id).asks_prediction is is_asked


# The pages


def _begin(browse: Browse, commune: Commune, round_: Round, db: Database) -> tuple[Browse, str]:
    member = browse.as_(commune.member)
    member.submit(f"/dot-thi/{round_.id}", {}, action="/bat-dau")
    with db.reading() as session:
        attempt_id = session.scalars(select(Attempt.id).where(Attempt.member_id == commune.member.id)).one()
    return member, f"/luot-thi/{attempt_id}"


def test_a_sitting_without_scripts(browse: Browse, commune: Commune, work: Work, db: Database) -> None:
    round_ = open_round(work, commune, PredictionKind.PERCENTAGE, prediction_decimals=2)
    member, url = _begin(browse, commune, round_, db)
    page = member.page(url)
    assert "Theo đồng chí, đợt này có bao nhiêu phần trăm người trả lời đúng tất cả các câu?" in page.text
    assert "Ví dụ cách ghi: 12,34" in page.text
    assert "Đồng chí chưa dự đoán" in member.page(f"{url}/nop").text
    answer = member.submit(url, {"du_doan": "12,5"}, action="/du-doan")
    assert answer.response.headers["Location"] == f"{url}#du-doan"
    page = member.page(url)
    assert page.by_id("so-du-doan").get("value") == "12,50%"
    assert page.by_id("du-doan").get("data-revision") == "1"
    refused = member.submit(url, {"du_doan": "101"}, action="/du-doan", status=422)
    assert "Tỉ lệ không thể quá 100%." in refused.text
    assert "Dự đoán của đồng chí: 12,50%" in member.page(f"{url}/nop").text
    result = member.follow(member.submit(f"{url}/nop", {}, action="/nop"))
    assert "Dự đoán của đồng chí: 12,50%" in result.text
    assert "Số thực tế được công bố sau khi đợt thi đóng" in result.text
    closed = member.post(f"{url}/du-doan", {"du_doan": "1", "epoch": "1"}, status=409)
    assert "Lượt thi đã kết thúc" in closed.text


def test_a_script_saves_by_json(browse: Browse, commune: Commune, work: Work, db: Database, clock: Clock) -> None:
    member, url = _begin(browse, commune, open_round(work, commune), db)
    clock.move(minutes=1)

    def sent(status: int = 200, **fields: str) -> dict[str, object]:
        answer = member.post(f"{url}/du-doan", {"epoch": "1", **fields}, status=status, as_json=True)
        found: dict[str, object] = answer.json
        return found

    saved = sent(du_doan="1234", revision="1")
    assert (saved["text"], saved["revision"]) == ("1.234", 1)
    assert isinstance(saved["remaining_ms"], int)
    assert 0 < saved["remaining_ms"] <= 19 * 60 * 1000
    assert sent(du_doan="99", revision="1")["text"] == "1.234"
    assert sent(du_doan="", revision="2")["text"] == ""
    assert sent(422, du_doan="x", revision="3")["fields"] == {
        "du_doan": ["Chưa đọc được số này. Mời đồng chí ghi một số nguyên bằng chữ số, ví dụ 1.234."]
    }
    assert sent(422, du_doan="1", revision="0")["error"] == "BadInput"
    assert sent(409, du_doan="1", revision="3", epoch="7")["error"] == "TakenOver"


# Races


def test_guesses_submission_and_closing_that_meet_leave_one_truth(db: Database, work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune)
    with work() as w:
        actor = actor_of(w.session, commune.member)
    refusals: set[str] = set()
    for number in range(25):
        attempt_id = start(work, commune.member, round_, 30 * number)
        last = at(30 * number + 20, 4.9)
        acknowledged: list[tuple[int, str]] = []
        guess = partial(_guess_thrice, db, actor, attempt_id, last, acknowledged)
        acts: list[Callable[[], object]] = [
            *(partial(guess, first) for first in (1, 2, 3)),
            partial(_submit, db, actor, attempt_id, last),
            partial(_close, db, attempt_id, last),
        ]
        refusals |= {type(one).__name__ for one in together(acts) if isinstance(one, Refused)}
        _close(db, attempt_id, last)
        value, revision = kept(work, attempt_id)
        assert (revision, "" if value is None else str(value)) == max(acknowledged, default=(0, ""))
        with work() as w:
            query = select(func.count()).where(
                AuditEntry.action == Action.ATTEMPT_FINALISED.code, AuditEntry.subject == f"attempt:{attempt_id}"
            )
            assert w.session.scalar(query) == 1
            assert list(differences(w.session)) == []
    assert refusals <= {"AttemptClosed", "AttemptClosing"}


def _guess_thrice(
    db: Database, actor: Actor, attempt_id: int, now: datetime, acknowledged: list[tuple[int, str]], first: int
) -> None:
    for revision in range(first, 10, 3):
        with working(db, actor=actor, now=now) as w:
            told = predicting.save_prediction(w, attempt_id, str(revision), 1, revision)
        if told.revision == revision:
            acknowledged.append((told.revision, told.text))


def _submit(db: Database, actor: Actor, attempt_id: int, now: datetime) -> None:
    with working(db, actor=actor, now=now) as w:
        services.submit(w, attempt_id, 1)


def _close(db: Database, attempt_id: int, last: datetime) -> None:
    with working(db, now=last + timedelta(seconds=2.2)) as w:
        closing.close_if_due(w, attempt_id)


def test_plain_guesses_that_meet_are_all_counted(db: Database, work: Work, commune: Commune) -> None:
    attempt_id = start(work, commune.member, open_round(work, commune))
    told = together([partial(save, work, commune.member, attempt_id, "5", None)] * 10)
    assert sorted(one.revision for one in told if isinstance(one, Kept)) == list(range(1, 11))
