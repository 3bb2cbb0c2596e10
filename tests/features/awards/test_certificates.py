"""Certificates: whom they are for, their numbers, what their code tells, revoking and making anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from quiz_app.awards import certificates, occasions
from quiz_app.awards.errors import AlreadyRevoked, SeriesClosed, SeriesThere
from quiz_app.awards.models import Certificate, CertificateSeries
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import Member
from quiz_app.people import merging
from quiz_app.study.models import LessonProgress
from tests.features.awards.build import WORDS, opened
from tests.features.results.build import closed_round
from tests.features.results.scene import Scene
from tests.support.build import Commune
from tests.support.works import View, Work


def names(r_entitled: list[occasions.Holder]) -> set[str]:
    return {one.name for one in r_entitled}


def test_who_took_part_is_entitled_by_the_unit_he_sat_for(
    view: View, scene: Scene, series: CertificateSeries, commune: Commune
) -> None:
    with view(actor=commune.organiser) as r:
        found = occasions.entitled(r, series)
        assert names(found) == {
            one.full_name
            for one in (
                commune.colleague,
                commune.member,
                commune.probationer,
                commune.stranger,
                commune.inner_member,
                commune.secretary,
                commune.author,
            )
        }
        assert occasions.counts(r, series) == {commune.first.id: 4, commune.second.id: 2, commune.inner.id: 1}
        assert names(occasions.entitled(r, series, member_id=commune.exempt.id)) == set()


def test_nothing_is_handed_out_for_a_round_that_is_not_final(work: Work, view: View, commune: Commune) -> None:
    round_ = closed_round(work, commune.root)
    with view(actor=commune.organiser) as r:
        assert all(not one.subject.startswith(("round", "contest")) for one in occasions.offered(r))
    with pytest.raises(Missing):
        opened(work, commune.organiser, f"round:{round_.id}", commune.root)


def test_a_module_is_finished_with_its_last_lesson(work: Work, view: View, commune: Commune, banks: None) -> None:
    with work() as w:
        module = w.session.scalars(select(StudyModule).order_by(StudyModule.id)).first()
        assert module is not None
        lessons = w.session.scalars(select(Lesson).where(Lesson.module_id == module.id)).all()
        w.session.add_all(
            LessonProgress(member_id=commune.member.id, lesson_id=one.id, opened_at=w.now, finished_at=w.now)
            for one in lessons
        )
        w.session.add(LessonProgress(member_id=commune.colleague.id, lesson_id=lessons[0].id, opened_at=w.now))
        w.session.add_all(
            LessonProgress(member_id=commune.inner_member.id, lesson_id=one.id, opened_at=w.now, finished_at=w.now)
            for one in lessons
        )
    series = opened(work, commune.organiser_elsewhere, f"module:{module.id}", commune.committee)
    whole = opened(work, commune.organiser, f"module:{module.id}", commune.root)
    with view(actor=commune.organiser) as r:
        assert names(occasions.entitled(r, series)) == {commune.inner_member.full_name}
        assert names(occasions.entitled(r, whole)) == {commune.member.full_name, commune.inner_member.full_name}
    with view(actor=commune.member) as r:
        assert [one.id for one in certificates.waiting(r)] == [whole.id]
    with pytest.raises(Missing), work(actor=commune.member) as w:
        certificates.take_own(w, series.id)


def test_each_kind_is_numbered_without_gaps_whoever_takes_at_once(
    work: Work, view: View, scene: Scene, series: CertificateSeries, commune: Commune
) -> None:
    """Members take theirs while the unit is handed out: everybody has one, every number stands once."""
    members = [commune.member, commune.colleague, commune.probationer, commune.secretary, commune.stranger]
    together = Barrier(len(members) + 1)

    def take(member: Member) -> None:
        together.wait()
        with work(actor=member) as w:
            certificates.take_own(w, series.id)

    def hand_out() -> None:
        together.wait()
        with work(actor=commune.organiser) as w:
            certificates.issue(w, series.id, commune.first.id)

    with ThreadPoolExecutor(len(members) + 1) as pool:
        for done in [*(pool.submit(take, one) for one in members), pool.submit(hand_out)]:
            done.result()
    with view() as r:
        rows = r.session.scalars(select(Certificate).order_by(Certificate.number)).all()
        assert [row.number for row in rows] == [1, 2, 3, 4, 5]
        assert {row.member_id for row in rows} == {one.id for one in members}
        assert len({row.code for row in rows}) == 5


def test_taken_twice_it_is_the_same_one(work: Work, series: CertificateSeries, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        (first,) = certificates.take_own(w, series.id)
    with work(actor=commune.member) as w:
        (second,) = certificates.take_own(w, series.id)
    assert (first.id, first.code) == (second.id, second.code)


def test_what_was_revoked_is_not_taken_again(work: Work, series: CertificateSeries, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        (taken,) = certificates.take_own(w, series.id)
    with work(actor=commune.organiser) as w:
        certificates.revoke(w, taken.id, "Cấp nhầm")
    with work(actor=commune.member) as w:
        assert certificates.take_own(w, series.id) == []
    with work(actor=commune.organiser) as w:
        assert commune.member.id not in {one.member_id for one in certificates.issue(w, series.id, commune.first.id)}
    with pytest.raises(AlreadyRevoked), work(actor=commune.organiser) as w:
        certificates.revoke(w, taken.id, "Lần nữa")


def test_a_corrected_name_makes_another_certificate(
    work: Work, view: View, series: CertificateSeries, commune: Commune
) -> None:
    with work(actor=commune.member) as w:
        (taken,) = certificates.take_own(w, series.id)
    with work() as w:
        w.session.get_one(Member, commune.member.id).full_name = "Nguyễn Văn Ân"
    with view(actor=commune.member) as r:
        assert certificates.outdated_names(r, certificates.own(r)) == {taken.id: "Nguyễn Văn Ân"}
        assert certificates.own(r)[0].name == "Nguyễn Văn An"
    with work(actor=commune.organiser) as w:
        made = certificates.reissue(w, taken.id, "Sửa họ tên")
        assert (made.name, made.number, made.replaces_id) == ("Nguyễn Văn Ân", taken.number + 1, taken.id)
        before = w.session.get_one(Certificate, taken.id)
        assert (before.revoke_reason, before.name) == ("Sửa họ tên", "Nguyễn Văn An")
    with pytest.raises(AlreadyRevoked), work(actor=commune.organiser) as w:
        certificates.reissue(w, taken.id, "Lần nữa")


def test_words_of_what_is_handed_out_do_not_change(work: Work, series: CertificateSeries, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        (taken,) = certificates.take_own(w, series.id)
    with work(actor=commune.organiser) as w:
        certificates.change_words(
            w, series.id, certificates.Words("", "Đảng ủy", "Lời khác", "Hà Nội", "", "Bí thư", "Ai")
        )
        assert w.session.get_one(Certificate, taken.id).signer == WORDS.signer
    with work(actor=commune.colleague) as w:
        (other,) = certificates.take_own(w, series.id)
        assert (other.issuer, other.signer) == ("Đảng ủy", "Ai")


def test_strangers_find_nothing(work: Work, series: CertificateSeries, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        (taken,) = certificates.take_own(w, series.id)
    with work(actor=commune.organiser_elsewhere) as w:
        with pytest.raises(Missing):
            certificates.revoke(w, taken.id, "Thử")
        with pytest.raises(Missing):
            certificates.issue(w, series.id, commune.first.id)
        with pytest.raises(Missing):
            certificates.own_certificate(w, taken.id)
    with pytest.raises(Missing), work(actor=commune.exempt) as w:
        certificates.take_own(w, series.id)
    with pytest.raises(SeriesThere):
        opened(work, commune.organiser, series.subject, commune.root)


def test_a_closed_series_hands_out_nothing_more(work: Work, series: CertificateSeries, commune: Commune) -> None:
    with work(actor=commune.organiser) as w:
        certificates.set_closed(w, series.id, is_closed=True)
    with pytest.raises(SeriesClosed), work(actor=commune.member) as w:
        certificates.take_own(w, series.id)


def test_certificates_go_along_when_two_rows_are_one_person(
    work: Work, view: View, series: CertificateSeries, commune: Commune
) -> None:
    with work(actor=commune.member) as w:
        (taken,) = certificates.take_own(w, series.id)
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.exempt.id, commune.member.id, reason="Một người, hai dòng.")
    with view(actor=commune.exempt) as r:
        assert [one.id for one in certificates.own(r)] == [taken.id]
