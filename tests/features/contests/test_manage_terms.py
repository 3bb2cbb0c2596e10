"""The form of a round: every setting, what stays locked whatever is sent, and two organisers at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from quiz_app.contests import editing, services
from quiz_app.contests.models import ItemKinds, Round, RulesVersion
from quiz_app.contests.terms import RoundTerms, terms_of
from quiz_app.kernel.db import Database
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import DailyHours
from tests.support import contest, sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work

EVERYTHING = {
    "title": "Tuần 1 – vòng xã",
    "opens_at": "2026-12-07T00:00",
    "closes_at": "2026-12-20T23:59",
    "daily_from": "7h30",
    "daily_to": "24:00",
    "weekdays": ["0", "1", "2", "3", "4"],
    "time_limit_minutes": "20",
    "attempts_allowed": "",
    "attempts_per_day": "2",
    "counted": "best_earliest",
    "first": "score",
    "second": "prediction",
    "third": "duration",
    "fourth": "submitted",
    "prediction_kind": "percentage",
    "prediction_decimals": "2",
    "show_score": "after_closing",
    "show_marks": "after_final",
    "show_keys": "never",
    "names_shown": "nobody",
    "freeze_minutes": "90",
    "item_kinds": "single",
    "entry_categories": ["full", "probationary"],
    "minimum_age": "18",
    "note": "Cơ cấu giải: theo Kế hoạch.\nLiên hệ Văn phòng Đảng ủy.",
}


@pytest.fixture
def set_id(work: Work, commune: Commune, banks: None) -> int:
    with work() as w:
        return sitting.publish_shipped(w)


@pytest.fixture
def draft(work: Work, commune: Commune, set_id: int) -> Round:
    with work() as w:
        return sitting.draft_round(w, commune.root, set_id)


@pytest.fixture
def begun(work: Work, commune: Commune) -> Round:
    """A published round that somebody has begun."""
    with work() as w:
        opened = contest.open_round(w, commune.root, note="Ghi chú cũ")
        services.note_first_attempt(w, opened.round.id)
        return opened.round


def _terms(view: View, round_id: int) -> RoundTerms:
    with view() as r:
        return terms_of(r.session, r.session.get_one(Round, round_id))


def _address(round_: Round, page: str = "") -> str:
    return f"/to-chuc/dot/{round_.id}{page}"


def test_every_setting_is_taken(browse: Browse, commune: Commune, draft: Round, view: View, work: Work) -> None:
    with work() as w:
        stage = services.add_stage(w, draft.contest_id, "Vòng một")
    organiser = browse.as_(commune.organiser)
    wanted = {
        **EVERYTHING,
        "stage_id": str(stage.id),
        "entry_unit_ids": [str(commune.first.id), str(commune.committee.id)],
    }
    wanted.pop("assisted_counts", None)
    page = organiser.page(_address(draft, "/sua"))
    values = {**page.form("/sua").values, **wanted}
    values.pop("assisted_counts")  # the mark is taken off: a browser sends nothing
    organiser.post(_address(draft, "/sua"), values)
    kept = _terms(view, draft.id)
    assert (kept.title, kept.stage_id, kept.note) == ("Tuần 1 – vòng xã", stage.id, EVERYTHING["note"])
    assert kept.opens_at.isoformat() == "2026-12-06T17:00:00+00:00"
    assert kept.daily == DailyHours(7 * 60 + 30, 24 * 60)
    assert kept.weekdays == frozenset(range(5))
    assert (kept.time_limit_s, kept.attempts_allowed, kept.attempts_per_day) == (1200, None, 2)
    assert kept.counted is CountedAttempt.BEST_EARLIEST
    assert kept.tie_breaks == (Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION, Criterion.SUBMITTED)
    assert (kept.prediction_kind, kept.prediction_decimals) == (PredictionKind.PERCENTAGE, 2)
    assert (kept.show_score, kept.show_marks, kept.show_keys) == ("after_closing", "after_final", "never")
    assert (kept.names_shown, kept.item_kinds, kept.minimum_age) == ("nobody", ItemKinds.SINGLE, 18)
    assert kept.freeze_minutes == 90
    assert kept.entry_categories == ("full", "probationary")
    assert kept.entry_unit_ids == tuple(sorted([commune.first.id, commune.committee.id]))
    assert kept.assisted_counts is False
    told = organiser.page(_address(draft)).text
    for words in (
        "từ 07:30 đến 24:00",
        "Thứ Hai, Thứ Ba, Thứ Tư, Thứ Năm, Thứ Sáu",
        "Vòng một",
        "không xét giải",
        "1 giờ 30 phút trước giờ đóng",
    ):
        assert words in told
    again = organiser.page(_address(draft, "/sua"))
    assert again.form("/sua").values["daily_to"] == ["24:00"]
    organiser.submit(_address(draft, "/sua"), {}, action="/sua")
    assert _terms(view, draft.id) == kept, "saving the page as it came changes nothing"


def test_a_forged_stage_where_there_is_none_points_to_no_absent_field(
    browse: Browse, commune: Commune, draft: Round, view: View
) -> None:
    organiser = browse.as_(commune.organiser)
    values = {**organiser.page(_address(draft, "/sua")).form("/sua").values, "title": "Tuần 9", "stage_id": "999"}
    organiser.post(_address(draft, "/sua"), values)
    assert (_terms(view, draft.id).title, _terms(view, draft.id).stage_id) == ("Tuần 9", None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"daily_from": "7 giờ rưỡi", "daily_to": "22:00"}, "Giờ viết như 07:30"),
        ({"daily_from": "07:00", "daily_to": "24:01"}, "Giờ viết như 07:30"),
        ({"daily_from": "07:00"}, "Xin ghi cả giờ bắt đầu và giờ kết thúc"),
        ({"daily_to": "22:00"}, "Xin ghi cả giờ bắt đầu và giờ kết thúc"),
        ({"daily_from": "22:00", "daily_to": "07:00"}, "Giờ kết thúc phải sau giờ bắt đầu"),
        ({"weekdays": []}, "Cần ít nhất một ngày trong tuần."),
        ({"second": "score"}, "Mỗi tiêu chí xếp hạng chỉ chọn một lần"),
        ({"fourth": "prediction"}, "phải có câu dự đoán"),
        ({"prediction_kind": "percentage", "prediction_decimals": "7"}, "Số phải từ 0 đến 6."),
        ({"counted": "only"}, "chỉ dùng khi mỗi người có 1 lượt"),
        ({"attempts_per_day": "0"}, "Số phải từ 1 đến 100."),
        ({"minimum_age": "mười tám"}, "Mục này cần một số nguyên."),
        ({"freeze_minutes": "0"}, "Số phải từ 1 đến 86400."),
        ({"freeze_minutes": "86400"}, "Thời gian đóng băng phải ngắn hơn thời gian mở của đợt thi."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    browse: Browse, commune: Commune, draft: Round, view: View, changes: dict[str, object], words: str
) -> None:
    before = _terms(view, draft.id)
    refused = browse.as_(commune.organiser).submit(_address(draft, "/sua"), changes, action="/sua", status=422)
    assert refused.page is not None
    beside = " ".join(refused.page.texts(".//p[@class='field__error']"))
    assert words in beside
    assert words in " ".join(refused.page.texts(".//div[@id='loi']"))
    assert _terms(view, draft.id) == before


def test_a_unit_of_another_contest_is_refused(
    browse: Browse, commune: Commune, work: Work, set_id: int, view: View
) -> None:
    with work() as w:
        own = sitting.draft_round(w, commune.committee, set_id)
    organiser = browse.as_(commune.organiser_elsewhere)
    page = organiser.page(_address(own, "/sua"))
    assert "Chi bộ thôn Giang Cao" not in page.text
    sent = {**page.form("/sua").values, "entry_unit_ids": [str(commune.first.id)]}
    organiser.post(_address(own, "/sua"), sent, status=422)
    assert _terms(view, own.id).entry_unit_ids == ()


def test_locked_settings_stand_in_words_and_cannot_be_forged(
    browse: Browse, commune: Commune, begun: Round, view: View, db: Database
) -> None:
    before = _terms(view, begun.id)
    organiser = browse.as_(commune.organiser)
    page = organiser.page(_address(begun, "/sua"))
    assert page.text.count("đã có người vào thi theo quy định này") == 6
    assert "người bắt đầu sau đó đọc bản mới" in page.text
    offered = set(page.form("/sua").values)
    assert {"title", "note"} <= offered
    assert offered.isdisjoint({"opens_at", "time_limit_minutes", "attempts_allowed", "first", "set_ids", "minimum_age"})
    forged = {**EVERYTHING, "set_ids": ["999"], "entry_unit_ids": [str(commune.first.id)], "seen": "{}"}
    saved = organiser.post(_address(begun, "/sua"), {**page.form("/sua").values, **forged})
    kept = _terms(view, begun.id)
    assert (kept.title, kept.note) == (EVERYTHING["title"], EVERYTHING["note"])
    locked = [name for name in RoundTerms.__dataclass_fields__ if name not in ("title", "note", "stage_id")]
    assert {name: getattr(kept, name) for name in locked} == {name: getattr(before, name) for name in locked}
    assert "Thể lệ có phiên bản mới (bản số 2)" in organiser.follow(saved).text
    with db.reading() as session:
        numbers = session.scalars(select(RulesVersion.number).where(RulesVersion.round_id == begun.id)).all()
    assert sorted(numbers) == [1, 2]


def test_saving_without_a_change_leaves_the_rules(browse: Browse, commune: Commune, begun: Round) -> None:
    organiser = browse.as_(commune.organiser)
    saved = organiser.submit(_address(begun, "/sua"), {}, action="/sua")
    assert "Thể lệ giữ nguyên bản số 1." in organiser.follow(saved).text


def test_what_is_locked_while_the_page_is_open_stays_and_is_told(
    browse: Browse, commune: Commune, work: Work, view: View
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root).round
    organiser = browse.as_(commune.organiser)
    page = organiser.page(_address(opened, "/sua"))
    assert "Chưa ai vào thi nên còn đổi được" in page.text
    with work() as w:
        services.note_first_attempt(w, opened.id)
    before = _terms(view, opened.id)
    sent = organiser.post(_address(opened, "/sua"), {**page.form("/sua").values, "time_limit_minutes": "45"})
    assert _terms(view, opened.id) == before
    assert "Các mục đã khóa giữ nguyên như cũ" in organiser.follow(sent).text
    plain = organiser.submit(_address(opened, "/sua"), {}, action="/sua")
    assert "Các mục đã khóa" not in organiser.follow(plain).text


def test_a_published_round_that_nobody_began_is_changed_and_its_roster_made_anew(
    browse: Browse, commune: Commune, work: Work, view: View
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root).round
    organiser = browse.as_(commune.organiser)
    saved = organiser.submit(
        _address(opened, "/sua"),
        {"entry_unit_ids": [str(commune.inner.id)], "weekdays": list("0123456")},
        action="/sua",
    )
    told = organiser.follow(saved).text
    assert "bản số 2" in told
    assert _terms(view, opened.id).entry_unit_ids == (commune.inner.id,)
    assert "3 đảng viên trong danh sách" in told


def test_two_organisers_change_different_things(browse: Browse, commune: Commune, draft: Round, view: View) -> None:
    one, other = browse.as_(commune.organiser), browse.other().as_(commune.organiser)
    first, second = (who.page(_address(draft, "/sua")).form("/sua").values for who in (one, other))
    one.post(_address(draft, "/sua"), {**first, "time_limit_minutes": "30"})
    other.post(_address(draft, "/sua"), {**second, "title": "Tuần mở đầu"})
    kept = _terms(view, draft.id)
    assert (kept.time_limit_s, kept.title) == (1800, "Tuần mở đầu")


def test_two_organisers_change_the_same_thing(browse: Browse, commune: Commune, draft: Round, view: View) -> None:
    one, other = browse.as_(commune.organiser), browse.other().as_(commune.organiser)
    first, second = (who.page(_address(draft, "/sua")).form("/sua").values for who in (one, other))
    one.post(_address(draft, "/sua"), {**first, "time_limit_minutes": "30", "attempts_allowed": "5"})
    told = other.post(_address(draft, "/sua"), {**second, "time_limit_minutes": "45"}, status=422)
    assert told.page is not None
    assert "Một đồng chí khác vừa đổi mục này" in " ".join(told.page.texts(".//p[@class='field__error']"))
    assert _terms(view, draft.id).time_limit_s == 1800
    again = told.page.form("/sua").values
    assert again["time_limit_minutes"] == ["45"], "what was typed is not lost"
    other.post(_address(draft, "/sua"), again)
    kept = _terms(view, draft.id)
    assert (kept.time_limit_s, kept.attempts_allowed) == (2700, 5), "only what he was told about is overwritten"


def test_what_the_form_cannot_show_exactly_stays(
    browse: Browse, commune: Commune, work: Work, view: View, set_id: int
) -> None:
    odd = timedelta(seconds=17, milliseconds=250)
    with work() as w:
        draft = sitting.draft_round(w, commune.root, set_id, opens_at=w.now + odd, time_limit_s=750)
    before = _terms(view, draft.id)
    browse.as_(commune.organiser).submit(_address(draft, "/sua"), {"title": "Tuần hai"}, action="/sua")
    kept = _terms(view, draft.id)
    assert (kept.title, kept.opens_at, kept.time_limit_s) == ("Tuần hai", before.opens_at, 750)


def test_a_stranger_finds_nothing_to_change(browse: Browse, commune: Commune, begun: Round, view: View) -> None:
    before = _terms(view, begun.id)
    stranger = browse.as_(commune.organiser_elsewhere)
    for page in ("/sua", "/ma-tran", "/mo"):
        stranger.post(_address(begun, page), {"title": "Của tôi", "note": "x"}, status=404)
    assert _terms(view, begun.id) == before


def test_the_confirmation_lists_what_is_fixed(browse: Browse, commune: Commune, draft: Round) -> None:
    page = browse.as_(commune.organiser).page(_address(draft, "/mo"))
    assert "Khi mở, những điều sau được chốt" in page.text
    assert "Đề thi: 8 câu, tối đa 8 điểm." in page.text
    assert "15 phút" in page.text


def test_two_saves_at_the_same_moment(work: Work, commune: Commune, draft: Round, view: View) -> None:
    """Whoever comes second is told, however close he comes: the round is held before it is compared."""
    marks, ready = editing.marks_of(_terms(view, draft.id)), Barrier(2)

    def save(seconds: int) -> str:
        ready.wait(timeout=10)
        try:
            with work(actor=commune.organiser) as w:
                editing.change_round(w, draft.id, lambda stored: replace(stored, time_limit_s=seconds), marks)
        except editing.ChangedMeanwhile:
            return "told"
        return "saved"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(save, (600, 1200))) == ["saved", "told"]
