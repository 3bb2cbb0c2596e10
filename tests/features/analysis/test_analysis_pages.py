"""The pages of what answers tell: who sees what, which keys go on record, and the way to a correction."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from quiz_app.analysis import computing
from quiz_app.authoring import sealing
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Item, ItemSet, ItemVersion
from quiz_app.contests.models import PoolItem, Round, Shown
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.jobs import Job
from tests.features.analysis.build import PAPERS, learned_round
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

LETTER = "Phương án C được nhóm giỏi chọn nhiều hơn đáp án: kiểm tra lại đáp án."
NAMELESS = "Một phương án sai được nhóm giỏi chọn nhiều hơn đáp án: kiểm tra lại đáp án."


@pytest.fixture
def learned(work: Work, commune: Commune, banks: None) -> tuple[Round, list[int]]:
    with work() as w:
        contest.publish_sample_bank(w)
    return learned_round(work, commune)


def _url(round_: Round, rest: str = "") -> str:
    return f"/to-chuc/dot/{round_.id}/thong-ke{rest}"


def _looks(work: Work) -> list[dict[str, object]]:
    with work() as w:
        query = select(AuditEntry.facts).where(AuditEntry.action == "analysis.keys_viewed")
        return list(w.session.scalars(query))


def test_a_round_says_what_it_rests_on_and_names_what_is_suspicious(
    browse: Browse, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    round_, _ = learned
    text = browse.as_(commune.organiser).page(_url(round_)).text
    assert f"{PAPERS} lượt" in text
    assert "Không tính 3 lượt của người không xếp hạng, 2 lượt đã hủy, 4 lượt khác của người đã tính" in text
    assert "1 câu có số liệu bất thường" in text
    assert NAMELESS in text
    assert "Phương án" not in text  # which option it is would tell which one is not the key
    assert "Câu 1" in text
    for order in ("so-luot", "do-kho", "phan-biet", "hieu-suat", "thoi-gian", "la"):
        browse.get(_url(round_, f"?xep={order}&chieu=giam"))


def test_options_are_shown_on_record_alone_until_members_read_the_keys(
    browse: Browse, work: Work, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    round_, versions = learned
    item = _url(round_, f"/cau/{versions[0]}")
    page = browse.as_(commune.author).page(item)
    assert NAMELESS in page.text
    assert "(đáp án)" not in page.text
    assert "Đề nghị điều chỉnh" not in page.text  # an author has no hand in results
    assert _looks(work) == []
    answered = browse.submit(item, action="?luot=tinh-diem", status=200)
    assert LETTER in answered.text
    assert "(đáp án)" in answered.text
    assert _looks(work) == [{"items": [versions[0]]}]
    with work() as w:
        kept = w.session.get_one(Round, round_.id)
        kept.show_keys = Shown.AFTER_CLOSING.value
    assert LETTER in browse.as_(commune.organiser).page(item).text
    assert len(_looks(work)) == 1


def test_a_set_sealed_for_the_next_round_keeps_its_keys(
    browse: Browse, work: Work, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    round_, versions = learned
    item = _url(round_, f"/cau/{versions[0]}")
    with work() as w:
        slug = w.session.scalars(
            select(ItemSet.slug)
            .join(Item, Item.set_id == ItemSet.id)
            .join(ItemVersion, ItemVersion.item_id == Item.id)
            .where(ItemVersion.id == versions[0])
        ).one()
        w.session.merge(PoolItem(round_id=round_.id, item_version_id=versions[0]))
    with work(actor=commune.organiser) as w:
        sealing.seal(w, slug)
    assert "(đáp án)" not in browse.as_(commune.organiser).page(item).text
    browse.post(item, {"luot": "tinh-diem"}, status=403)
    sent = browse.post(_url(round_, "/xuat"), status=200)
    assert "Phương án" not in load_workbook(io.BytesIO(sent.response.data)).sheetnames
    assert _looks(work) == []


def test_one_click_leads_to_the_trial_of_a_correction(
    browse: Browse, work: Work, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    round_, versions = learned
    page = browse.as_(commune.organiser).page(_url(round_, f"/cau/{versions[0]}"))
    assert f"/to-chuc/dot/{round_.id}/sua-ket-qua/cau-hoi/{versions[0]}" in page.hrefs()


def test_who_does_not_keep_the_bank_sees_no_options(
    browse: Browse, work: Work, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    """An organiser of one unit runs its contest, and the bank is the whole house's."""
    round_, versions = learned
    with work() as w:
        from_root = w.session.get_one(Round, round_.id)
        from_root.contest.unit_id = commune.committee.id
    item = _url(round_, f"/cau/{versions[0]}")
    page = browse.as_(commune.organiser_elsewhere).page(item)
    assert NAMELESS in page.text
    browse.post(item, status=403)
    assert _looks(work) == []


def test_the_workbook_holds_keys_for_those_who_may_see_them(
    browse: Browse, work: Work, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    round_, versions = learned
    answer = browse.as_(commune.organiser).submit(_url(round_), action="/xuat?luot=tinh-diem", status=200)
    book = load_workbook(io.BytesIO(answer.response.get_data()))
    assert book.sheetnames == ["Bài thi", "Câu hỏi", "Phương án"]
    rows = list(book["Câu hỏi"].iter_rows(values_only=True))
    assert LETTER in str(next(row for row in rows if row[0] == 1)[-1])
    with work() as w:
        facts = w.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "analysis.exported")).one()
        assert facts == {"sample": "counted", "items": 3, "with_keys": True}
        assert len(catalogue.key_of(w.session, versions)) == 3


def test_computing_is_asked_for_and_followed(
    browse: Browse, work: Work, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    round_, _ = learned
    url = _url(round_, "?luot=tat-ca")
    assert "Chưa có số liệu này" in browse.as_(commune.organiser).page(url).text
    assert browse.submit(url, action=url).location == url
    with work() as w:
        assert w.session.scalars(select(Job.payload).where(Job.kind == computing.KIND)).one() == {
            "round_id": round_.id, "sample": "all",
        }  # fmt: skip
    assert "Đang chờ" in browse.page(url).text
    told = browse.get(_url(round_, ".json?luot=tat-ca"), as_json=True).json
    assert (told["state"], told["url"]) == ("running", None)


def test_an_open_round_tells_nothing(browse: Browse, work: Work, commune: Commune, clock: object) -> None:
    del clock
    with work() as w:
        opened = contest.open_round(w, commune.first, closes_at=w.now + timedelta(days=1))
    page = browse.as_(commune.organiser).page(_url(opened.round))
    assert "Chưa thống kê được" in page.text
    browse.post(_url(opened.round), status=302)
    assert "Chưa thống kê được: đợt thi chưa đóng" in browse.page(_url(opened.round)).text
    browse.post(_url(opened.round, "/xuat"), status=404)
    browse.as_(commune.member).get(_url(opened.round), status=403)


def test_the_list_of_rounds_is_for_those_who_may_learn(
    browse: Browse, commune: Commune, learned: tuple[Round, list[int]]
) -> None:
    round_, _ = learned
    for who in (commune.organiser, commune.author, commune.reviewer):
        assert round_.title in browse.as_(who).page("/to-chuc/thong-ke").text
    assert round_.title not in browse.as_(commune.organiser_elsewhere).page("/to-chuc/thong-ke").text
