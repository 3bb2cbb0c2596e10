"""The rules page says what the settings say, all of it, and members accept one version of it."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from quiz_app.attempts.models import Attempt
from quiz_app.catalogue import queries as published
from quiz_app.catalogue import services as catalogue
from quiz_app.catalogue.models import Item
from quiz_app.contests import publishing, queries, rules_page, services
from quiz_app.contests.models import Accommodation, Exclusion, ItemKinds, NamesShown, Round, RoundNotice, Shown
from quiz_app.contests.stages import StagePlan, arrange_stages
from quiz_app.contests.terms import RoundTerms, terms_of
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Work as Unit
from quiz_app.rules.drawing import Cell
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import EVERY_WEEKDAY, DailyHours, closes_finally_at, opens_first_at
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # words; what is stored and asked is tested with rounds on both engines


def _draft(w: Unit, commune: Commune, **changes: object) -> Round:
    set_id = contest.publish_sample_bank(w)
    made = services.create_contest(w, title="Cuộc thi mẫu", unit_id=commune.root.id, is_demonstration=False)
    wanted: RoundTerms = replace(contest.terms(w.now, set_id), **changes)  # type: ignore[arg-type] # names are checked by replace
    draft = services.create_round(w, made.id, wanted)
    return services.set_blueprint(w, draft.id, contest.BLUEPRINT)


def _another_set(w: Unit) -> int:
    first = contest.sample_bank()
    items = tuple(
        replace(item, id=f"khac-{item.id}", stem=f"Ở bộ khác: {item.stem.lower()}") for item in first.sets[0].items
    )
    second = replace(first.sets[0], slug="bo-thi-khac", title="Bộ thi khác", items=items)
    catalogue.publish_bank(w, replace(first, sets=(second,), modules=()), is_shipped=False)
    found = published.published_set(w.session, second.slug)
    assert found is not None
    return found.id


def _text(w: Unit, round_: Round) -> str:
    return "\n".join(line for section in rules_page.sections_of(w, round_) for line in section.sentences)


def test_every_term_stands_in_a_sentence(work: Work, commune: Commune) -> None:
    with work() as w:
        draft = _draft(w, commune, prediction_kind=PredictionKind.PERCENTAGE, prediction_decimals=1)
        base = terms_of(w.session, draft)
        others: dict[str, Any] = {
            "title": "Tuần khác",
            "opens_at": base.opens_at - timedelta(minutes=5),
            "closes_at": base.closes_at + timedelta(minutes=5),
            "time_limit_s": None,
            "attempts_allowed": None,
            "counted": CountedAttempt.LAST,
            "tie_breaks": (Criterion.SCORE, Criterion.SUBMITTED, Criterion.DURATION),
            "show_score": Shown.AFTER_FINAL.value,
            "show_marks": Shown.NEVER.value,
            "show_keys": Shown.NEVER.value,
            "names_shown": NamesShown.NOBODY.value,
            "set_ids": (*base.set_ids, _another_set(w)),
            "note": "Mang theo thẻ đảng viên.",
            "attempts_per_day": 1,
            "daily": DailyHours(7 * 60, 22 * 60),
            "weekdays": EVERY_WEEKDAY - {6},
            "item_kinds": ItemKinds.SINGLE,
            "prediction_kind": PredictionKind.PEOPLE,
            "prediction_decimals": 2,
            "minimum_age": 16,
            "entry_categories": ("probationary",),
            "entry_unit_ids": (commune.first.id,),
            "assisted_counts": False,
            "freeze_minutes": 30,
            "complaint_days": 5,
            "moves_attempts": False,
            "stage_id": services.add_stage(w, draft.contest_id, "Tháng 12").id,
            "pinned_item_ids": (w.session.scalars(select(Item.id).where(Item.set_id == base.set_ids[0])).first(),),
        }
        assert set(others) == {field.name for field in fields(RoundTerms)}
        before = rules_page.fingerprint(rules_page.sections_of(w, draft))
        silent = []
        for name, value in others.items():
            services.change_round(w, draft.id, replace(base, **{name: value}))
            if rules_page.fingerprint(rules_page.sections_of(w, draft)) == before:
                silent.append(name)
        services.change_round(w, draft.id, base)
        assert rules_page.fingerprint(rules_page.sections_of(w, draft)) == before
    assert silent == []


def _number(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    return None if found is None else int(found[1].replace(".", ""))


def _seconds(words: str) -> int:
    parts = re.findall(r"([\d.]+) (giờ|phút|giây)", words)
    return sum(int(count.replace(".", "")) * {"giờ": 3600, "phút": 60, "giây": 1}[word] for count, word in parts)


def _instant(words: str) -> datetime:
    return datetime.strptime(words, "%H:%M ngày %d/%m/%Y").replace(tzinfo=VIETNAM).astimezone(UTC)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.none() | st.integers(1, 9 * 3600),
    allowed=st.none() | st.integers(1, 2000),
    per_day=st.none() | st.integers(1, 50),
    age=st.none() | st.integers(1, 99),
    hours=st.none() | st.tuples(st.integers(0, 720), st.integers(721, 1440)),
    decimals=st.integers(1, 6),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    counts=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), min_size=1, max_size=4),
)
def test_the_numbers_read_back_are_those_set(
    work: Work,
    commune: Commune,
    limit: int | None,
    allowed: int | None,
    per_day: int | None,
    age: int | None,
    hours: tuple[int, int] | None,
    decimals: int,
    weekdays: frozenset[int],
    counts: list[tuple[int, int]],
) -> None:
    with work() as w:
        draft = w.session.scalars(select(Round)).first() or _draft(w, commune)
        changed = replace(
            terms_of(w.session, draft),
            closes_at=NOW.replace(second=0, microsecond=0) + timedelta(days=10),
            opens_at=NOW.replace(second=0, microsecond=0),
            time_limit_s=limit,
            attempts_allowed=allowed,
            attempts_per_day=per_day,
            minimum_age=age,
            daily=None if hours is None else DailyHours(*hours),
            weekdays=weekdays,
            prediction_kind=PredictionKind.PERCENTAGE,
            prediction_decimals=decimals,
        )
        cells = [Cell(None, None, count, points) for count, points in counts]
        draft_columns = {
            "time_limit_s": limit,
            "attempts_allowed": allowed,
            "attempts_per_day": per_day,
            "minimum_age": age,
            "opens_at": changed.opens_at,
            "closes_at": changed.closes_at,
            "daily_opens_minute": hours[0] if hours else None,
            "daily_closes_minute": hours[1] if hours else None,
            "weekdays": sorted(weekdays),
            "prediction_kind": PredictionKind.PERCENTAGE.value,
            "prediction_decimals": decimals,
        }
        for name, value in draft_columns.items():
            setattr(draft, name, value)
        services.set_blueprint(w, draft.id, cells)
        text, times = _text(w, draft), timing_of(draft)
    assert [_instant(one) for one in re.findall(r"\d\d:\d\d ngày \d\d/\d\d/\d{4}", text)[:2]] == [
        opens_first_at(times),
        closes_finally_at(times),
    ]
    found_limit = re.search(r"Mỗi lượt có (.+?), tính từ lúc bấm", text)
    assert (None if found_limit is None else _seconds(found_limit[1])) == limit
    assert ("Không giới hạn thời gian làm bài" in text) is (limit is None)
    assert _number(r"được thi ([\d.]+) lượt trong đợt", text) == allowed
    assert ("Không giới hạn số lượt thi" in text) is (allowed is None)
    assert _number(r"nhiều nhất ([\d.]+) lượt, từ 0 giờ", text) == per_day
    assert _number(r"đủ ([\d.]+) tuổi", text) == age
    said = re.search(r"chỉ làm bài được từ (\d\d):(\d\d) đến (\d\d):(\d\d)", text)
    clock = None if said is None else (int(said[1]) * 60 + int(said[2]), int(said[3]) * 60 + int(said[4]))
    assert clock == hours
    days = re.search(r"vào các ngày: (.+)\.", text)
    assert (7 if days is None else len(days[1].split(", "))) == len(weekdays)
    assert _number(r"nhiều nhất (\d) chữ số thập phân", text) == decimals
    assert _number(r"Mỗi đề có ([\d.]+) câu", text) == sum(count for count, _ in counts)
    assert _number(r"điểm tối đa là ([\d.]+)", text) == sum(count * points for count, points in counts)


@pytest.mark.parametrize(
    ("kind", "asked", "counted"),
    [
        (PredictionKind.PEOPLE, "số người dự thi", "kể cả người không xếp hạng"),
        (PredictionKind.ATTEMPTS, "số lượt thi", "mọi lượt đã nộp"),
        (PredictionKind.ALL_RIGHT, "số người trả lời đúng tất cả các câu", "lượt được lấy làm kết quả đúng mọi câu"),
        (PredictionKind.PERCENTAGE, "tỉ lệ phần trăm", "ví dụ 12,34%"),
    ],
)
def test_what_is_predicted_is_said_exactly(
    work: Work, commune: Commune, kind: PredictionKind, asked: str, counted: str
) -> None:
    with work() as w:
        draft = _draft(w, commune, prediction_kind=kind, prediction_decimals=2)
        sections = {section.heading: " ".join(section.sentences) for section in rules_page.sections_of(w, draft)}
    said = sections["Câu dự đoán"]
    assert f"dự đoán {asked}" in said
    assert counted in said
    assert "Ai không dự đoán thì xếp sau" in said


def test_nothing_is_said_of_what_a_round_does_not_have(work: Work, commune: Commune) -> None:
    with work() as w:
        draft = _draft(w, commune)
        text = _text(w, draft)
        headings = [section.heading for section in rules_page.sections_of(w, draft)]
    assert "Câu dự đoán" not in headings
    assert "Ghi chú của Ban tổ chức" not in headings
    assert "Thi thử" not in headings
    assert "Giải thưởng" not in headings
    assert "dự đoán" not in text
    assert "gia hạn cho mọi người thêm" not in text
    assert "có mặt trong mọi đề" not in text


def test_the_order_is_said_as_it_is_set_and_so_is_what_shares_a_place(work: Work, commune: Commune) -> None:
    with work() as w:
        draft = _draft(
            w,
            commune,
            tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION),
            prediction_kind=PredictionKind.PEOPLE,
        )
        text = _text(w, draft)
    assert "điểm cao hơn; sau đó dự đoán gần đúng hơn; sau đó làm bài nhanh hơn." in text
    assert "hai người cùng hạng 2 thì người tiếp theo hạng 4" in text


def test_pinned_items_and_excluded_people_are_not_named(work: Work, commune: Commune) -> None:
    with work() as w:
        draft = _draft(w, commune)
        items = w.session.scalars(select(Item.id).order_by(Item.id)).all()[:2]
        services.change_round(
            w,
            draft.id,
            replace(terms_of(w.session, draft), pinned_item_ids=tuple(items), note="Dòng một.\n\nDòng hai."),
        )
        w.session.add(
            Exclusion(contest_id=draft.contest_id, member_id=commune.stranger.id, reason="người nhà", created_at=w.now)
        )
        w.session.flush()
        services.publish_round(w, draft.id)
        text = _text(w, draft)
    assert "Trong đó 2 câu có mặt trong mọi đề." in text
    assert "cây xanh ven đê" not in text
    assert commune.stranger.full_name not in text
    assert "Dòng một.\nDòng hai." in text


def test_an_extension_for_all_is_told_with_the_hour_it_leads_to(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        draft = _draft(w, commune)
        draft.extension_s = 45 * 60
        text = _text(w, draft)
    assert "thêm 45 phút: đợt thi đóng lúc 09:45 ngày 02/12/2026." in text


def _renew(w: Unit, round_: Round, note: str) -> None:
    services.change_round(w, round_.id, replace(terms_of(w.session, round_), note=note))


def test_the_page_before_the_start_shows_the_version_in_force(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root, note="Mang theo thẻ.")
        stored = queries.rules(w.session, opened.round)
        assert stored is not None
        sentences = [line for section in stored.sections for line in section["sentences"]]
    page = browse.as_(commune.member).page(f"/dot-thi/{opened.round.id}")
    assert "Bản 1, công bố lúc" in page.text
    assert [line for line in sentences if line not in page.text] == []
    assert f"/dot-thi/{opened.round.id}/the-le/1" in page.hrefs()


def test_a_member_reads_his_own_facts_apart_from_the_rules(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root, attempts_per_day=1)
        who = {"round_id": opened.round.id, "member_id": commune.member.id}
        w.session.add(Accommodation(**who, extra_time_s=600, reason="mắt kém"))
        w.session.add(
            Exclusion(contest_id=opened.contest.id, member_id=commune.member.id, reason="người nhà", created_at=w.now)
        )
        w.session.add(
            RoundNotice(
                round_id=opened.round.id, unit_id=commune.first.id, text="Mất điện.", extension_s=1800, created_at=w.now
            )
        )
        opened.round.longest_extension_s = 1800
    page = browse.as_(commune.member).page(f"/dot-thi/{opened.round.id}")
    facts = " ".join(page.texts(".//dl"))
    assert "2 trong đợt; 1 trong hôm nay" in facts
    assert "cộng thêm 10 phút" in facts
    assert "đóng với đơn vị của đồng chí lúc 09:30 ngày 02/12/2026" in facts
    assert "ngoài xếp hạng" in facts
    other = " ".join(browse.other().as_(commune.stranger).page(f"/dot-thi/{opened.round.id}").texts(".//dl"))
    assert "Thời gian bù" not in other
    assert "Gia hạn" not in other
    assert "Xếp hạng" not in other


def test_rules_that_changed_meanwhile_lead_back_to_the_new_text(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
    member = browse.as_(commune.member)
    start = f"/dot-thi/{opened.round.id}/bat-dau"
    with work() as w:
        _renew(w, w.session.get_one(Round, opened.round.id), "Câu mới trong thể lệ.")
    refused = member.post(start, {"the_le": "1"}, status=409, as_json=True)
    assert refused.json["error"] == "RulesChanged"
    led = member.post(start, {"the_le": "1"})
    assert led.location.startswith(f"/dot-thi/{opened.round.id}")
    page = member.follow(led)
    assert "Mời đồng chí đọc lại thể lệ mới" in page.text
    assert "Câu mới trong thể lệ." in page.text
    member.submit(f"/dot-thi/{opened.round.id}", {}, action="/bat-dau")
    with work() as w:
        assert w.session.scalars(select(Attempt.rules_number)).one() == 2


def test_every_version_has_its_page_and_the_result_leads_to_the_accepted_one(
    browse: Browse, work: Work, commune: Commune
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.first)
    member = browse.as_(commune.member)
    played = member.submit(f"/dot-thi/{opened.round.id}", {}, action="/bat-dau")
    with work() as w:
        _renew(w, w.session.get_one(Round, opened.round.id), "Chỉ có ở bản 2.")
    done = member.submit((played.location or "") + "/nop", {}, action="/nop")
    accepted = f"/dot-thi/{opened.round.id}/the-le/1"
    result = member.follow(done)
    assert "Đồng chí đã chấp nhận thể lệ bản 1" in result.text
    assert accepted in result.hrefs()
    first = member.page(accepted)
    assert "Chỉ có ở bản 2." not in first.text
    assert "Bản đang áp dụng là bản 2" in first.text
    assert "Chỉ có ở bản 2." in member.page(f"/dot-thi/{opened.round.id}/the-le/2").text
    member.get(f"/dot-thi/{opened.round.id}/the-le/3", status=404)
    stranger = browse.other().as_(commune.stranger)
    stranger.get(accepted, status=404)
    browse.other().as_(commune.organiser).page(accepted)


def test_renewing_without_a_change_makes_no_version(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        publishing.renew_rules(w, opened.round)
        assert opened.round.rules_number == 1
        assert len(queries.rules_versions(w.session, opened.round.id)) == 1


def test_organisers_read_the_rules_of_a_draft_with_its_doubts(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        draft = _draft(w, commune)
    page = browse.as_(commune.organiser).page(f"/to-chuc/dot/{draft.id}/the-le")
    assert "Bản nháp" in page.text
    assert "Kho chỉ có 12 câu cho đề 6 câu" in page.text
    assert "Mỗi lượt có 20 phút" in page.text


def test_a_stage_by_another_name_makes_a_version(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
        stage = services.add_stage(w, opened.contest.id, "Tháng 12")
        arrange_stages(w, opened.contest.id, [], {opened.round.id: stage.id})
        assert opened.round.rules_number == 2
        assert "Đợt thi thuộc giai đoạn “Tháng 12”." in _text(w, opened.round)
        arrange_stages(w, opened.contest.id, [StagePlan(stage.id, "Tháng 12")], {})
        assert opened.round.rules_number == 2
        arrange_stages(w, opened.contest.id, [StagePlan(stage.id, "Vòng loại")], {})
        assert opened.round.rules_number == 3
