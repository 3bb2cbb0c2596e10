"""The blueprint's page: any topic, any level, points, pinned items, the proof at once, and options left loose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from question_bank import model as bank
from question_bank.wording import speaks_of_the_others
from quiz_app.catalogue import published
from quiz_app.catalogue import services as publishing
from quiz_app.catalogue.models import Item, ItemVersion, Topic
from quiz_app.contests import services
from quiz_app.contests.models import BlueprintCell, PinnedItem, Round
from quiz_app.kernel.db import Database
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

EMPTY = {"o_muc-tieu_1": "", "o_muc-tieu_2": "", "o_giai-phap_1": "", "o_giai-phap_2": ""}


@pytest.fixture
def draft(work: Work, commune: Commune) -> Round:
    with work() as w:
        set_id = contest.publish_sample_bank(w)
        made = services.create_contest(w, title="Cuộc thi", unit_id=commune.root.id, is_demonstration=False)
        return services.create_round(w, made.id, contest.terms(w.now, set_id))


def _matrix(round_: Round) -> str:
    return f"/to-chuc/dot/{round_.id}/ma-tran"


def _cells(db: Database, round_: Round) -> list[tuple[str | None, int | None, int, int]]:
    with db.reading() as session:
        rows = session.scalars(
            select(BlueprintCell).where(BlueprintCell.round_id == round_.id).order_by(BlueprintCell.position)
        )
        return [(cell.topic, cell.level, cell.count, cell.points) for cell in rows]


def _item_id(db: Database, code: str) -> int:
    with db.reading() as session:
        return session.scalars(select(Item.id).where(Item.code == code)).one()


def _pinned(db: Database, round_: Round) -> list[int]:
    with db.reading() as session:
        return list(session.scalars(select(PinnedItem.item_id).where(PinnedItem.round_id == round_.id)))


def test_cells_of_any_topic_and_level_with_points(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    organiser = browse.as_(commune.organiser)
    wanted = {"o_muc-tieu_1": "2", "o_muc-tieu_x": "1", "o__2": "1", "o__x": "2", "diem_1": "1", "diem_2": "3"}
    saved = organiser.submit(_matrix(draft), {**wanted, "diem_x": "2"}, action="/ma-tran")
    assert _cells(db, draft) == [
        ("muc-tieu", 1, 2, 1),
        ("muc-tieu", None, 1, 2),
        (None, 2, 1, 3),
        (None, None, 2, 2),
    ]
    page = organiser.follow(saved)
    assert "Mỗi đề có 6 câu, tối đa 11 điểm." in page.text
    assert "ô nào cũng đủ câu" in page.text
    organiser.submit(_matrix(draft), {}, action="/ma-tran")
    assert len(_cells(db, draft)) == 4, "saving the page as it came changes nothing"
    told = organiser.page(f"/to-chuc/dot/{draft.id}").text
    assert "11 điểm tối đa" in told


def test_the_short_cell_is_named_at_once(browse: Browse, commune: Commune, draft: Round) -> None:
    organiser = browse.as_(commune.organiser)
    saved = organiser.submit(_matrix(draft), {"o_muc-tieu_1": "5", "o_giai-phap_2": "1"}, action="/ma-tran")
    page = organiser.follow(saved)
    assert "chuyên đề “Mục tiêu”, mức nhận biết: cần 5, có 3" in page.text
    assert "có 3, thiếu 2" in page.text
    assert "ô nào cũng đủ câu" not in page.text
    assert "Xem thử đề" not in page.text


def test_cells_short_only_together_are_named(browse: Browse, commune: Commune, draft: Round) -> None:
    organiser = browse.as_(commune.organiser)
    saved = organiser.submit(_matrix(draft), {"o_muc-tieu_1": "3", "o_muc-tieu_2": "3", "o__x": "7"}, action="/ma-tran")
    assert "cùng lấy từ một nguồn: cần 13, có 12" in organiser.follow(saved).text


def test_pinned_items_stand_where_they_fit(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    organiser = browse.as_(commune.organiser)
    fits, lost = _item_id(db, "cau-1"), _item_id(db, "cau-8")  # muc-tieu level 1, giai-phap level 2
    saved = organiser.submit(
        _matrix(draft), {"o_muc-tieu_1": "2", "pinned_item_ids": [str(fits), str(lost)]}, action="/ma-tran"
    )
    assert _pinned(db, draft) == [fits, lost]
    page = organiser.follow(saved)
    assert "có 3, gồm 1 câu bắt buộc" in page.text
    assert page.text.count("(chưa có ô nào trong ma trận nhận câu này)") == 1
    assert "1 câu bắt buộc không có chỗ trong ma trận đề" in page.text
    assert "chưa rút được đề" in organiser.page(f"/to-chuc/dot/{draft.id}/xem-thu").text
    saved = organiser.submit(_matrix(draft), {"pinned_item_ids": [str(fits)]}, action="/ma-tran")
    assert "ô nào cũng đủ câu" in organiser.follow(saved).text
    for sample in range(1, 4):
        assert "cây xanh ven đê" in organiser.page(f"/to-chuc/dot/{draft.id}/xem-thu?de={sample}").text.lower()


def test_an_item_of_another_set_cannot_be_pinned(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    organiser = browse.as_(commune.organiser)
    with db.reading() as session:
        foreign = session.scalars(select(Item.id).where(Item.code == "kiem-tra-1")).one()
    organiser.submit(
        _matrix(draft), {"o_muc-tieu_1": "1", "pinned_item_ids": [str(foreign)]}, action="/ma-tran", status=422
    )
    assert (_pinned(db, draft), _cells(db, draft)) == ([], [])


def test_cells_and_pins_of_a_published_round_change_together(
    browse: Browse, commune: Commune, work: Work, db: Database
) -> None:
    with work() as w:
        round_ = contest.open_round(w, commune.root).round
    organiser = browse.as_(commune.organiser)
    needed = _item_id(db, "cau-1")
    moved = {**EMPTY, "o_muc-tieu_1": "1", "pinned_item_ids": [str(needed)]}
    saved = organiser.submit(_matrix(round_), moved, action="/ma-tran")
    assert "bản số 2" in organiser.follow(saved).text
    short = organiser.submit(_matrix(round_), {"o_muc-tieu_1": "9"}, action="/ma-tran", status=422)
    assert "cần 9, có 3" in short.text
    assert _cells(db, round_) == [("muc-tieu", 1, 1, 1)]


def test_a_locked_blueprint_is_read_only(browse: Browse, commune: Commune, work: Work, db: Database) -> None:
    with work() as w:
        round_ = contest.open_round(w, commune.root).round
    organiser = browse.as_(commune.organiser)
    opened = organiser.page(_matrix(round_)).form("/ma-tran").values
    with work() as w:
        services.note_first_attempt(w, round_.id)
    before = _cells(db, round_)
    page = organiser.page(_matrix(round_))
    assert "Không đổi được nữa: đã có người vào thi" in page.text
    assert not page.all(".//input[@name='o_muc-tieu_1']")
    refused = organiser.post(_matrix(round_), {**opened, "o_muc-tieu_1": "1"}, status=422)
    assert "Chưa lưu ma trận đề, vì không đổi được nữa" in refused.text
    assert _cells(db, round_) == before


def test_two_organisers_and_one_blueprint(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    one, other = browse.as_(commune.organiser), browse.other().as_(commune.organiser)
    first, second = (who.page(_matrix(draft)).form("/ma-tran").values for who in (one, other))
    one.post(_matrix(draft), {**first, "o_muc-tieu_1": "2"})
    told = other.post(_matrix(draft), {**second, "o_giai-phap_1": "1"}, status=422)
    assert "Một đồng chí khác vừa đổi ma trận" in told.text
    assert _cells(db, draft) == [("muc-tieu", 1, 2, 1)]
    assert told.page is not None
    other.post(_matrix(draft), told.page.form("/ma-tran").values)
    assert _cells(db, draft) == [("giai-phap", 1, 1, 1)]


def test_a_cell_whose_topic_left_the_sets_stays_in_sight(
    browse: Browse, commune: Commune, draft: Round, work: Work
) -> None:
    with work() as w:
        w.session.add(Topic(code="da-bo", title="Chuyên đề đã bỏ", position=9))
        w.session.flush()
        w.session.add(BlueprintCell(round_id=draft.id, position=1, topic="da-bo", level=1, count=2, points=1))
    text = browse.as_(commune.organiser).page(_matrix(draft)).text
    assert "chuyên đề “Chuyên đề đã bỏ”, mức nhận biết: cần 2, có 0" in text


@pytest.mark.parametrize(
    "text",
    [
        "Tất cả các ý trên", "Tất cả các phương án trên.", "Cả ba ý trên", "Cả 3 phương án đều đúng", "Cả A và B",
        "A, B, C đều đúng", "Tất cả đều đúng", "Các ý trên đều đúng", "Không có đáp án nào đúng",
        "CẢ HAI PHƯƠNG ÁN TRÊN", "Cả hai đều sai",
    ],
)  # fmt: skip
def test_options_about_the_others_are_known(text: str) -> None:
    assert speaks_of_the_others(text)


@pytest.mark.parametrize(
    "text",
    [
        "Tất cả đảng viên chính thức", "Cả nước", "Cả hai giới", "Tất cả các xã, phường", "12, 3", "Năm 2025",
        "Cả hệ thống chính trị", "Không có nội dung nào được giữ bí mật", "Cả ba thôn cùng làm",
    ],
)  # fmt: skip
def test_other_options_are_left_alone(text: str) -> None:
    assert not speaks_of_the_others(text)


def with_last_option(number: int, *, is_pinned: bool) -> bank.Item:
    """An item of the contest set, one of whose wrong options speaks of the others."""
    item = next(one for one in contest.sample_bank().sets[0].items if one.id == f"cau-{number}")
    wrong = next(option for option in item.options if not option.is_key)
    told = replace(wrong, text="Cả ba ý trên", is_pinned=is_pinned)
    return replace(item, options=tuple(told if option.id == wrong.id else option for option in item.options))


def test_an_option_that_should_stand_last_is_warned_about(
    browse: Browse, commune: Commune, draft: Round, work: Work
) -> None:
    changed = contest.sample_bank()
    items = {item.id: item for item in changed.sets[0].items}
    items["cau-1"], items["cau-2"] = with_last_option(1, is_pinned=False), with_last_option(2, is_pinned=True)
    contest_set = replace(changed.sets[0], items=tuple(items.values()))
    with work() as w:
        answered_for = published.findings_of_set(w.session, contest_set)
        publishing.publish_set(w, contest_set, is_shipped=False, waived=answered_for)
    organiser = browse.as_(commune.organiser)
    for page in ("", "/ma-tran"):
        text = organiser.page(f"/to-chuc/dot/{draft.id}{page}").text
        assert "chưa được ghim cuối" in text
        assert text.count("phương án “Cả ba ý trên”") == 1
        assert "Về cây xanh ven đê, kế hoạch xác định điều gì? – phương án" in text


def test_nothing_is_said_where_all_is_well(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    with db.reading() as session:
        assert session.scalars(select(ItemVersion.id)).first() is not None
    assert "chưa được ghim cuối" not in browse.as_(commune.organiser).page(_matrix(draft)).text
