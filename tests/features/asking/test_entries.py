"""Published answers: two people, one wording in public at a time, all of them in the history; and the counts."""

from __future__ import annotations

from datetime import date
from functools import partial
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from quiz_app.asking import entries, exports, queries
from quiz_app.asking.entries import Wanted, Wording
from quiz_app.asking.errors import NotAnswered, OwnProposal, ProposalSettled, ProposalWaits
from quiz_app.asking.models import Edition, Kind, State
from quiz_app.catalogue.models import StudyModule
from quiz_app.kernel.errors import BadInput, Missing, NotAllowed
from quiz_app.members.models import Member
from quiz_app.people import merging
from tests.features.asking.build import answered, row, sent
from tests.features.attempts.test_granting_races import after
from tests.features.attempts.test_races import together
from tests.support import contest
from tests.support.build import Commune, member
from tests.support.sitting import at
from tests.support.works import View, Work

WORDS = Wording("Có được thi lại không?", "Được, **trong hạn**.")


@pytest.fixture
def question_id(work: Work, commune: Commune) -> int:
    asked = sent(work, commune.member, "Tôi là An ở Giang Cao, có được thi lại không?")
    answered(work, commune.organiser, asked)
    return asked


def proposed(work: Work, who: Member, question_id: int, wording: Wording = WORDS) -> Edition:
    with work(actor=who, now=at(10)) as w:
        return entries.propose(w, question_id, wording)


def published(work: Work, who: Member, edition_id: int) -> None:
    with work(actor=who, now=at(11)) as w:
        entries.decide(w, edition_id, is_published=True)


def public(view: View, wanted: Wanted | None = None) -> list[str]:
    with view() as r:
        asked = wanted or Wanted()
        found = [edition.question for edition, _ in entries.published(r.session, asked, limit=9)]
        assert len(found) == entries.published_count(r.session, asked)
        return found


def test_one_proposes_another_publishes(work: Work, view: View, commune: Commune, question_id: int) -> None:
    edition = proposed(work, commune.organiser, question_id)
    assert public(view) == []
    with work(actor=commune.organiser) as w, pytest.raises(OwnProposal):
        entries.decide(w, edition.id, is_published=True)
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(NotAllowed):
        entries.decide(w, edition.id, is_published=True)
    with pytest.raises(ProposalWaits):
        proposed(work, commune.organiser, question_id)
    published(work, commune.reviewer, edition.id)
    assert public(view) == [WORDS.question]
    with work(actor=commune.reviewer) as w, pytest.raises(ProposalSettled):
        entries.decide(w, edition.id, is_published=False, reason="Nghĩ lại.")


def test_the_database_wants_two_people(work: Work, commune: Commune, question_id: int) -> None:
    edition = proposed(work, commune.organiser, question_id)
    for decider in (commune.organiser.id, None):
        with pytest.raises(IntegrityError), work() as w:
            w.session.execute(
                update(Edition).where(Edition.id == edition.id).values(state="published", decided_by=decider)
            )


def test_only_what_was_answered_and_by_who_may(work: Work, commune: Commune, question_id: int) -> None:
    waiting = sent(work, commune.colleague)
    with pytest.raises(NotAnswered):
        proposed(work, commune.organiser, waiting)
    for stranger in (commune.organiser_elsewhere, commune.reviewer):
        with pytest.raises(Missing):
            proposed(work, stranger, question_id)
    for wording in (Wording("", "a"), Wording("q", " "), Wording("q", "a", 999), Wording("q" * 501, "a")):
        with pytest.raises(BadInput):
            proposed(work, commune.organiser, question_id, wording)


def test_new_words_take_the_place_of_old_ones_and_all_stay(
    work: Work, view: View, commune: Commune, question_id: int
) -> None:
    first = proposed(work, commune.organiser, question_id)
    published(work, commune.reviewer, first.id)
    with work(actor=commune.reviewer, now=at(20)) as w:
        second = entries.propose_anew(w, first.entry_id, Wording("Thi lại mấy lần?", "Hai lần."))
    assert public(view) == [WORDS.question]
    with work(actor=commune.organiser, now=at(21)) as w:
        with pytest.raises(BadInput):
            entries.decide(w, second.id, is_published=False)
        entries.decide(w, second.id, is_published=True)
    assert public(view) == ["Thi lại mấy lần?"]
    with work(actor=commune.organiser, now=at(22)) as w:
        with pytest.raises(ProposalSettled):
            entries.take_down(w, first.id, "Cũ.")
        entries.take_down(w, second.id, "Thể lệ đổi.")
    assert public(view) == []
    with view(actor=commune.author) as r:
        history = [(one.edition.number, one.edition.state) for one in entries.editions(r, first.entry_id)]
        assert [one.edition.number for one in entries.listing(r)] == [2]
    assert history == [(2, "withdrawn"), (1, "superseded")]


def test_search_without_marks_and_by_module(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        contest.publish_sample_bank(w)
        module_id = w.session.scalars(select(StudyModule.id).where(StudyModule.slug == contest.MODULE_SLUG)).one()
    for wording in (WORDS, Wording("Mục tiêu của đề án là gì?", "Xem bài một.", module_id)):
        asked = sent(work, commune.member)
        answered(work, commune.organiser, asked)
        published(work, commune.reviewer, proposed(work, commune.organiser, asked, wording).id)
    assert public(view, Wanted("muc TIEU de an")) == ["Mục tiêu của đề án là gì?"]
    assert public(view, Wanted("trong hạn")) == [WORDS.question]
    assert public(view, Wanted("mục_tiêu")) == []
    assert public(view, Wanted("", module_id)) == ["Mục tiêu của đề án là gì?"]
    with view() as r:
        assert [one.id for one in entries.published_modules(r.session)] == [module_id]


def test_of_two_decisions_and_of_two_proposals_one_is_the_first(work: Work, commune: Commune) -> None:
    for number in range(6):
        asked = sent(work, commune.member, now=at(number * 120))
        answered(work, commune.organiser, asked, minute=number * 120 + 1)
        both = together([partial(after, number, partial(proposed, work, commune.organiser, asked))] * 2)
        assert [isinstance(one, ProposalWaits) for one in both].count(True) == 1
        edition = next(one for one in both if isinstance(one, Edition))

        def decline(edition_id: int = edition.id) -> None:
            with work(actor=commune.reviewer) as w:
                entries.decide(w, edition_id, is_published=False, reason="Chưa rõ.")

        told = together(
            [
                partial(after, number, partial(published, work, commune.reviewer, edition.id)),
                partial(after, number + 50, decline),
            ]
        )
        assert [isinstance(one, ProposalSettled) for one in told].count(True) == 1


def test_one_person_in_two_rows_stays_one(work: Work, commune: Commune, question_id: int) -> None:
    with work() as w:
        twin = member(w, commune.second, "Ta Quang Huy", with_account=False)
    own = sent(work, twin)
    edition = proposed(work, commune.organiser, question_id)
    with work() as w:
        w.session.get_one(Edition, edition.id).proposed_by = twin.id
        merging.merge(w, commune.organiser.id, twin.id, reason="Một người hai dòng")
    assert row(work, own).member_id == commune.organiser.id
    with work(actor=commune.organiser) as w, pytest.raises(OwnProposal):
        entries.decide(w, edition.id, is_published=True)


def test_counts_are_all_that_leaves_the_house(work: Work, view: View, commune: Commune, question_id: int) -> None:
    sent(work, commune.inner_member, "Bí mật của Châu.", kind=Kind.PROPOSE)
    sent(work, commune.colleague, "Ngoài kỳ.", now=at(-60 * 24 * 3))
    with view() as r:
        whole = queries.counts(r.session, commune.root.id, at(-1), at(1))
        below = queries.counts(r.session, commune.committee.id, at(-1), at(1))
        nothing = queries.counts(r.session, commune.root.id, at(0, 1), at(1))
    assert set(whole) == {(kind, state) for kind in Kind for state in State}
    assert {key: count for key, count in whole.items() if count} == {
        (Kind.ASK, State.ANSWERED): 1,
        (Kind.PROPOSE, State.NEW): 1,
    }
    assert sum(below.values()) == 1
    assert sum(nothing.values()) == 0
    content = exports.counts_file("Đảng bộ xã", date(2026, 12, 1), date(2026, 12, 31), whole, author="Hệ thống")
    cells = [
        cell for line in load_workbook(BytesIO(content)).worksheets[0].values for cell in line if cell not in (None, "")
    ]
    assert cells == [
        "CÂU HỎI, ĐỀ XUẤT, BÁO LỖI", "Đảng bộ xã", "Gửi từ 01/12/2026 đến hết 31/12/2026",
        "Loại", "Mới", "Đang xem", "Đã trả lời", "Đã gộp", "Đã rút", "Cộng",
        "Hỏi", 0, 0, 1, 0, 0, 1, "Đề xuất", 1, 0, 0, 0, 0, 1, "Báo lỗi", 0, 0, 0, 0, 0, 0,
    ]  # fmt: skip
