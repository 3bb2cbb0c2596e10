"""Settings that contradict each other: each is refused or doubted at its term, in words that say what to do."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta

import pytest

from quiz_app.contests import contradictions, queries, services
from quiz_app.contests.contradictions import Context, Contradiction, Scarcity
from quiz_app.contests.models import NamesShown, Shown
from quiz_app.contests.terms import RoundTerms, terms_of
from quiz_app.kernel.clock import VIETNAM
from quiz_app.members.models import Member
from quiz_app.rules.drawing import Cell
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import DailyHours
from tests.support import build, contest
from tests.support.build import Commune
from tests.support.works import Work

MONDAY = datetime(2026, 11, 30, 7, 30, tzinfo=VIETNAM)
SCORE, DURATION = Criterion.SCORE, Criterion.DURATION
SUBMITTED, PREDICTION = Criterion.SUBMITTED, Criterion.PREDICTION
AT_ONCE, CLOSED = Shown.AFTER_SUBMISSION.value, Shown.AFTER_CLOSING.value
FINAL, NEVER = Shown.AFTER_FINAL.value, Shown.NEVER.value
ENOUGH = Context(paper_length=20, pool_size=100)
SOUND = RoundTerms(
    title="Tuần 1",
    opens_at=MONDAY,
    closes_at=MONDAY + timedelta(days=7),
    time_limit_s=15 * 60,
    attempts_allowed=3,
    counted=CountedAttempt.BEST_FASTEST,
    tie_breaks=(SCORE, DURATION, PREDICTION, SUBMITTED),
    show_score=AT_ONCE,
    show_marks=CLOSED,
    show_keys=CLOSED,
    names_shown=NamesShown.CONSENTED.value,
    set_ids=(1,),
    prediction_kind=PredictionKind.PEOPLE,
)


def _terms(**changes: object) -> RoundTerms:
    return replace(SOUND, **changes)  # type: ignore[arg-type] # names are checked by replace


def _found(terms: RoundTerms, context: Context = ENOUGH) -> tuple[Contradiction, ...]:
    assert contradictions.refused(terms) == ()
    return contradictions.warnings(terms, context)


def test_a_sound_round_is_neither_refused_nor_doubted() -> None:
    assert _found(SOUND) == ()


@pytest.mark.parametrize(
    ("changes", "term", "words"),
    [
        ({"attempts_allowed": None, "counted": CountedAttempt.LAST}, "counted", "Giới hạn số lượt"),
        ({"attempts_per_day": 4}, "attempts_per_day", "cả đợt chỉ có 3 lượt"),
        ({"prediction_kind": PredictionKind.ATTEMPTS, "attempts_allowed": None}, "prediction_kind", "tự làm đổi"),
        ({"tie_breaks": (SCORE, DURATION)}, "prediction_kind", "không xếp hạng theo dự đoán"),
        ({"tie_breaks": (SCORE, SUBMITTED, PREDICTION)}, "tie_breaks", "dự đoán gần đúng hơn"),
        ({"tie_breaks": (SCORE, PREDICTION, SUBMITTED, DURATION)}, "tie_breaks", "làm bài nhanh hơn"),
        ({"tie_breaks": (DURATION, SCORE, PREDICTION)}, "tie_breaks", "Đưa điểm lên đầu"),
        ({"prediction_decimals": 2}, "prediction_decimals", "Đặt về 0"),
        ({"show_marks": AT_ONCE}, "show_marks", "lượt sau của cùng người đó"),
        ({"show_marks": AT_ONCE, "show_keys": AT_ONCE}, "show_keys", "lượt sau của cùng người đó"),
        (
            {"show_keys": AT_ONCE, "attempts_allowed": 1, "counted": CountedAttempt.ONLY},
            "show_keys",
            "người thi trước mách",
        ),
        ({"show_score": FINAL}, "show_marks", "Từ câu đúng, câu sai ai cũng tính ra điểm"),
        ({"show_score": FINAL, "show_marks": FINAL}, "show_keys", "Từ đáp án ai cũng tính ra điểm"),
        ({"show_marks": NEVER}, "show_keys", "Từ đáp án ai cũng biết câu nào mình đúng"),
        ({"show_score": NEVER, "show_marks": NEVER, "show_keys": NEVER}, "names_shown", "không có bảng xếp hạng"),
        ({"time_limit_s": 299}, "time_limit_s", "ít nhất 5 phút"),
        (
            {"daily": DailyHours(7 * 60 + 20, 8 * 60), "closes_at": MONDAY + timedelta(days=1, minutes=-5)},
            "daily",
            "chỉ mở 5 phút",
        ),
        ({"closes_at": MONDAY + timedelta(minutes=44)}, "attempts_allowed", "chỉ đủ 2 lượt trọn thời lượng"),
        (
            {"attempts_per_day": 1, "closes_at": MONDAY + timedelta(days=1)},
            "attempts_per_day",
            "Trong 2 ngày, mỗi ngày 1 lượt, chỉ thi được 2 lượt",
        ),
    ],
)
def test_each_doubt_stands_at_its_term(changes: dict[str, object], term: str, words: str) -> None:
    found = _found(_terms(**changes))
    assert [one for one in found if one.term == term and words in one.words], found


@pytest.mark.parametrize(
    ("context", "changes", "term", "words"),
    [
        (Context(20, 99), {}, "set_ids", "Nên có ít nhất 100 câu"),
        (Context(20, 100, pinned=20), {}, "pinned_item_ids", "ai cũng có cùng một đề"),
        (Context(20, 100, birth_unknown=7), {"minimum_age": 16}, "minimum_age", "7 người được mời chưa có ngày sinh"),
        (Context(20, 100, is_anybody_invited=False), {}, "entry_unit_ids", "chưa ai vào thi được"),
        (Context(20, 100, unlike=("Tuần 1", "Tuần 2")), {}, "tie_breaks", "khác với “Tuần 1”, “Tuần 2”, nên bảng cộng"),
    ],
)
def test_doubts_about_what_stands_beside_the_terms(
    context: Context, changes: dict[str, object], term: str, words: str
) -> None:
    (found,) = _found(_terms(**changes), context)
    assert found.term == term
    assert words in found.words


@pytest.mark.parametrize(
    ("changes", "context"),
    [
        ({}, ENOUGH),
        ({}, Context(20, 100, birth_unknown=7)),
        ({"minimum_age": 16}, ENOUGH),
        ({"time_limit_s": 300}, ENOUGH),
        ({"closes_at": MONDAY + timedelta(minutes=45)}, ENOUGH),
        ({"attempts_per_day": 3}, ENOUGH),
        ({"attempts_per_day": 1, "closes_at": MONDAY + timedelta(days=2)}, ENOUGH),
        ({"time_limit_s": None, "attempts_allowed": None, "counted": CountedAttempt.BEST_EARLIEST}, ENOUGH),
        ({"prediction_kind": PredictionKind.PERCENTAGE, "prediction_decimals": 2}, ENOUGH),
        ({"daily": DailyHours(7 * 60 + 30, 17 * 60 + 30), "weekdays": frozenset(range(5))}, ENOUGH),
        ({"show_score": CLOSED, "show_marks": FINAL, "show_keys": NEVER}, ENOUGH),
        ({"names_shown": NamesShown.NOBODY.value}, ENOUGH),
    ],
)
def test_what_is_just_right_is_not_doubted(changes: dict[str, object], context: Context) -> None:
    assert _found(_terms(**changes), context) == ()


@pytest.mark.parametrize(
    ("changes", "term"),
    [
        ({"closes_at": MONDAY}, "closes_at"),
        ({"closes_at": MONDAY + timedelta(minutes=10)}, "time_limit_s"),
        ({"weekdays": frozenset()}, "weekdays"),
        ({"weekdays": frozenset({6}), "closes_at": MONDAY + timedelta(days=2)}, "weekdays"),
        ({"daily": DailyHours(480, 490)}, "time_limit_s"),
        ({"attempts_allowed": 0}, "attempts_allowed"),
        ({"attempts_per_day": 0}, "attempts_per_day"),
        ({"counted": CountedAttempt.ONLY}, "counted"),
        ({"tie_breaks": ()}, "tie_breaks"),
        ({"tie_breaks": (SCORE, SCORE)}, "tie_breaks"),
        ({"prediction_kind": None}, "tie_breaks"),
        ({"prediction_decimals": 7}, "prediction_decimals"),
        ({"opens_at": MONDAY.replace(year=1999)}, "opens_at"),
    ],
)
def test_what_no_contest_could_be_held_by_is_refused(changes: dict[str, object], term: str) -> None:
    assert [found.term for found in contradictions.refused(_terms(**changes))] == [term]


def test_every_doubt_names_a_term_and_ends_with_advice() -> None:
    worst = _terms(
        attempts_allowed=None,
        counted=CountedAttempt.LAST,
        tie_breaks=(SUBMITTED, DURATION),
        prediction_kind=PredictionKind.ATTEMPTS,
        prediction_decimals=3,
        show_score=NEVER,
        show_marks=AT_ONCE,
        show_keys=AT_ONCE,
        time_limit_s=20,
        minimum_age=18,
    )
    found = contradictions.warnings(worst, Context(20, 30, pinned=20, birth_unknown=2))
    assert len(found) >= 10
    terms = {field.name for field in fields(RoundTerms)}
    assert [one for one in found if one.term not in terms] == []
    assert [one.words for one in found if one.words.count(".") < 2 and ":" not in one.words] == []


def test_the_context_counts_what_the_cells_can_take_and_who_has_no_date_of_birth(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.first)
        round_ = opened.round
        w.session.get_one(Member, commune.member.id).born_on = None
        w.session.get_one(Member, commune.stranger.id).born_on = None
        build.member(w, commune.second, "Người ở chi bộ khác")
        found = contradictions.context_of(w, round_)
        assert replace(found, scarce=()) == Context(paper_length=6, pool_size=12, pinned=0, birth_unknown=1)
        assert [(one.count, one.available) for one in found.scarce] == [(2, 3), (2, 3), (1, 3), (1, 3)]
        services.set_blueprint(w, round_.id, [Cell("muc-tieu", 1, 2), Cell(None, None, 1)])
        found = contradictions.context_of(w, round_)
        (short,) = found.scarce
        assert replace(found, scarce=()) == Context(paper_length=3, pool_size=12, pinned=0, birth_unknown=1)
        assert (short.cell.endswith("mức nhận biết"), short.count, short.available) == (True, 2, 3)


@pytest.mark.parametrize(("minimum_age", "unknown"), [(None, 1), (17, 1), (18, 2), (19, 1)])
def test_a_year_of_birth_is_too_little_in_the_year_of_the_birthday(
    work: Work, commune: Commune, minimum_age: int | None, unknown: int
) -> None:
    with work() as w:
        round_ = contest.open_round(w, commune.first, minimum_age=minimum_age).round
        build.member(w, commune.first, "Người chưa có ngày sinh").born_on = None
        young = build.member(w, commune.first, "Người chỉ có năm sinh")
        young.born_on, young.born_year_only = date(2008, 1, 1), True  # 18 at some day of 2026
        exact = build.member(w, commune.first, "Người có ngày sinh")
        exact.born_on = date(2008, 1, 1)
        assert queries.birth_unknown(w.session, round_) == unknown


def test_a_round_to_which_nobody_is_invited_is_doubted(work: Work, commune: Commune) -> None:
    with work() as w:
        everybody = contest.open_round(w, commune.root)
        nobody = contest.open_round(
            w, commune.root, set_id=everybody.set_id, entry_unit_ids=(commune.inner.id,), entry_categories=("other",)
        )
        assert contradictions.context_of(w, everybody.round).is_anybody_invited
        assert not contradictions.context_of(w, nobody.round).is_anybody_invited


def test_rounds_that_rank_otherwise_are_named(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        base = terms_of(w.session, opened.round)
        asked = {"prediction_kind": PredictionKind.PEOPLE, "tie_breaks": (SCORE, PREDICTION)}
        alike = services.create_round(w, opened.contest.id, replace(base, title="Tuần 2", note="x"))
        unlike = services.create_round(w, opened.contest.id, replace(base, title="Tuần 3", **asked))  # type: ignore[arg-type] # names are checked by replace
        assert contradictions.context_of(w, alike).unlike == ("Tuần 3",)
        assert contradictions.context_of(w, unlike).unlike == (base.title, "Tuần 2")


def test_a_pool_that_is_large_as_a_whole_may_be_small_in_a_cell() -> None:
    cells = tuple(Scarcity(f"chuyên đề “{n}”, mức vận dụng", 2, n) for n in range(3, 8))
    (found,) = _found(SOUND, replace(ENOUGH, scarce=cells))
    assert found.term == "set_ids"
    assert found.words.startswith(
        "Ít câu hỏi nhất ở chuyên đề “3”, mức vận dụng (3 câu cho 2 câu mỗi đề); "
        "chuyên đề “4”, mức vận dụng (4 câu cho 2 câu mỗi đề); "
        "chuyên đề “5”, mức vận dụng (5 câu cho 2 câu mỗi đề) và 2 ô khác. Nên"
    )
