"""Awards: proposed from a published table, approved by another, published; never changed behind anybody's back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from quiz_app.attempts.errors import SamePerson
from quiz_app.awards import certificates, proposals, queries
from quiz_app.awards.errors import AwardsOutdated, AwardsSettled, NotYetFinal, TooManyPrizes
from quiz_app.awards.models import Award, AwardList
from quiz_app.awards.proposals import Special
from quiz_app.contests.models import Contest, PrizeScope, Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import Consent, Member, Purpose
from quiz_app.reports import winning
from quiz_app.units.models import Unit
from tests.features.awards.build import opened
from tests.features.leaderboard.build import attempt, roster
from tests.features.results.build import SAT, closed_round, finalise, give
from tests.features.results.scene import Scene, set_scene
from tests.features.results.test_units import rank_units
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work

OLDEST = Special(None, None, "Giải Người dự thi cao tuổi", "Cao tuổi nhất trong số người dự thi.")


def propose(scene: Scene, who: Member) -> AwardList:
    with scene.work(actor=who) as w:
        return proposals.propose(w, PrizeScope.ROUND, scene.round.id)


def approve(scene: Scene, who: Member, list_id: int) -> None:
    with scene.work(actor=who) as w:
        proposals.approve(w, list_id, proposals.fingerprint(proposals.awards_of(w.session, list_id)))


def published(scene: Scene) -> AwardList:
    found = propose(scene, scene.commune.organiser)
    approve(scene, scene.second, found.id)
    with scene.work(actor=scene.commune.organiser) as w:
        return proposals.publish(w, found.id)


def special(member: Member) -> Special:
    return Special(member.id, None, OLDEST.title, OLDEST.reason)


def test_a_list_holds_the_winners_of_its_table(view: View, scene: Scene, commune: Commune) -> None:
    found = propose(scene, commune.organiser)
    lucky = scene.lucky(commune.member, commune.probationer, commune.stranger)[:2]
    with view() as r:
        awards = proposals.awards_of(r.session, found.id)
    assert (awards[0].title, awards[0].member_id) == ("Giải Nhất", commune.colleague.id)
    assert {one.member_id for one in awards[1:]} == set(lucky)
    assert {one.title for one in awards[1:]} == {"Giải Nhì"}


def test_without_a_published_table_nothing_is_proposed(work: Work, commune: Commune) -> None:
    round_ = closed_round(work, commune.root)
    with pytest.raises(NotYetFinal), work(actor=commune.organiser) as w:
        proposals.propose(w, PrizeScope.ROUND, round_.id)


def test_two_people_decide_what_was_read(scene: Scene, commune: Commune) -> None:
    found = propose(scene, commune.organiser)
    with pytest.raises(SamePerson):
        approve(scene, commune.organiser, found.id)
    with scene.work(actor=scene.second) as w:
        read = proposals.fingerprint(proposals.awards_of(w.session, found.id))
        proposals.add_special(w, found.id, special(commune.secretary))
    with pytest.raises(SamePerson):  # who added to it is no second person either
        approve(scene, scene.second, found.id)
    with scene.work(actor=scene.second) as w:
        award_id = w.session.scalars(select(Award.id).where(Award.added_by.is_not(None))).one()
        proposals.remove_special(w, award_id)
    with scene.work(actor=commune.organiser) as w:
        proposals.add_special(w, found.id, special(commune.secretary))
    with pytest.raises(AwardsSettled), scene.work(actor=scene.second) as w:
        proposals.approve(w, found.id, read)
    approve(scene, scene.second, found.id)
    with pytest.raises(AwardsSettled), scene.work(actor=commune.organiser) as w:
        proposals.add_special(w, found.id, special(commune.inner_member))
    with pytest.raises(AwardsSettled):
        approve(scene, scene.second, found.id)


def test_special_prizes_are_for_who_took_part_within_the_cap(scene: Scene, commune: Commune) -> None:
    found = propose(scene, commune.organiser)
    with scene.work() as w:
        w.session.get_one(Contest, scene.round.contest_id).most_prizes = 1
    with pytest.raises(TooManyPrizes), scene.work(actor=commune.organiser) as w:
        proposals.add_special(w, found.id, special(commune.colleague))
    with pytest.raises(Missing), scene.work(actor=commune.organiser) as w:
        proposals.add_special(w, found.id, special(commune.exempt))
    with scene.work(actor=commune.organiser) as w:
        proposals.add_special(w, found.id, special(commune.secretary))
        proposals.add_special(w, found.id, Special(None, commune.first.id, "Tập thể tiêu biểu", "Tham gia đông nhất."))
    with pytest.raises(Missing), scene.work(actor=commune.organiser_elsewhere) as w:
        proposals.add_special(w, found.id, special(commune.author))


def test_the_cap_holds_over_lists_that_were_open_together(scene: Scene, commune: Commune) -> None:
    """When a special prize was put on one list the other was not out yet: whichever is published second is refused."""
    with scene.work() as w:
        contest = w.session.get_one(Contest, scene.round.contest_id)
        contest.most_prizes = 1
    later = closed_round(scene.work, commune.root, title="Tuần 2", contest=contest)
    with scene.work() as w:
        roster(w, later, [commune.secretary])
        attempt(w, later, commune.secretary, 19, 30, started=SAT)
    finalise(scene.work, PrizeScope.ROUND, later.id, commune.organiser, scene.second)
    found = propose(scene, commune.organiser)
    with scene.work(actor=commune.organiser) as w:
        proposals.add_special(w, found.id, special(commune.secretary))
        other = proposals.propose(w, PrizeScope.ROUND, later.id)
    approve(scene, scene.second, found.id)
    approve(scene, scene.second, other.id)
    with scene.work(actor=commune.organiser) as w:
        proposals.publish(w, found.id)
    with pytest.raises(TooManyPrizes) as refused, scene.work(actor=commune.organiser) as w:
        proposals.publish(w, other.id)
    assert refused.value.facts == {"most": 1, "names": commune.secretary.full_name}


def test_a_later_table_asks_for_a_new_decision(scene: Scene, view: View, commune: Commune) -> None:
    found = published(scene)
    scene.annul(commune.colleague)
    table = scene.finalise("Hủy lượt thi hộ")
    with view() as r:
        held = r.session.get_one(AwardList, found.id)
        told = proposals.changes(r.session, held)
        assert told is not None
        assert told.version == table.version
        assert (commune.colleague.id, commune.first.id, "Giải Nhất") in told.gone
        assert any(member_id is not None and title == "Giải Nhất" for member_id, _, title in told.new)
        assert commune.colleague.id in {one.member_id for one in proposals.awards_of(r.session, found.id)}
    anew = propose(scene, commune.organiser)
    with view() as r:
        assert r.session.get_one(AwardList, found.id).published_at is not None
        assert commune.colleague.id not in {one.member_id for one in proposals.awards_of(r.session, anew.id)}
        assert [one.id for one, _ in queries.in_force(r.session)] == [found.id]
    approve(scene, scene.second, anew.id)
    with scene.work(actor=commune.organiser) as w:
        proposals.publish(w, anew.id)
    with view() as r:
        assert [one.id for one, _ in queries.in_force(r.session)] == [anew.id]


def test_what_rests_on_an_older_table_is_not_approved(scene: Scene, commune: Commune) -> None:
    found = propose(scene, commune.organiser)
    scene.annul(commune.colleague)
    scene.finalise("Hủy lượt thi hộ")
    with pytest.raises(AwardsOutdated):
        approve(scene, scene.second, found.id)


def test_everybody_reads_names_of_who_agreed(browse: Browse, scene: Scene, commune: Commune) -> None:
    found = published(scene)
    with scene.work() as w:
        w.session.query(Consent).filter(Consent.purpose == Purpose.PUBLISH_NAME.value).delete()
    browse.as_nobody()
    answer = browse.get(f"/khen-thuong/{found.id}")
    assert "Đ/c Đ.T.B, Chi bộ thôn Giang Cao" in answer.text
    assert "Đỗ Thị Bình" not in answer.text
    assert "noindex" in answer.response.headers["X-Robots-Tag"]
    with scene.work() as w:
        w.session.add(
            Consent(
                member_id=commune.colleague.id, purpose=Purpose.PUBLISH_NAME.value, text_version="1", given_at=w.now
            )
        )
    assert "Đỗ Thị Bình" in browse.page(f"/khen-thuong/{found.id}").text
    assert "Tuần 1" in browse.page("/khen-thuong/").text


def test_a_unit_is_told_with_the_group_it_was_ranked_in(
    db: Database, work: Work, commune: Commune, browse: Browse
) -> None:
    ranked = set_scene(db, work, commune)
    rank_units(ranked, {"turnout": 1}, classes="kind")
    give(work, ranked.round, PrizeScope.ROUND, ("Cờ đầu", 1), for_units=True)
    ranked.finalise()
    url = f"/khen-thuong/{published(ranked).id}"
    assert "Nhóm: chi bộ" in browse.as_nobody().page(url).text


def test_the_desk_leads_from_the_table_to_the_certificate(browse: Browse, scene: Scene, commune: Commune) -> None:
    url = f"/to-chuc/khen-thuong/cuoc-thi/{scene.round.contest_id}"
    browse.as_(commune.organiser)
    assert "Chưa lập" in browse.page(url).text
    listed = browse.post(f"/to-chuc/khen-thuong/lap/dot/{scene.round.id}").location
    assert "không tự duyệt" in browse.page(listed).text
    search = f"{listed}/giai-dac-biet?tim=lan"
    typed = {"holder": f"member:{commune.secretary.id}", "title": "Giải Tiêu biểu", "reason": "Chuyên cần"}
    browse.submit(search, typed, action="dac-biet?tim=lan")
    browse.get(f"/khen-thuong/{listed.rpartition('/')[2]}", status=404)
    browse.as_(scene.second)
    browse.submit(listed, action=f"{listed}/duyet")
    browse.submit(listed, action=f"{listed}/cong-bo")
    assert "Giải Tiêu biểu" in browse.as_nobody().page(f"/khen-thuong/{listed.rpartition('/')[2]}").text
    series = opened(scene.work, commune.organiser, f"prize:round:{scene.round.id}", commune.root)
    with scene.work(actor=commune.colleague) as w:
        (made,) = certificates.take_own(w, series.id)
    assert (made.merit, made.name) == ("Giải Nhất", "Đỗ Thị Bình")


def test_special_prizes_stand_in_reports_once_they_are_published(view: View, scene: Scene, commune: Commune) -> None:
    found = propose(scene, commune.organiser)
    with scene.work(actor=commune.organiser) as w:
        proposals.add_special(w, found.id, special(commune.secretary))
        proposals.add_special(w, found.id, Special(None, commune.first.id, "Tập thể tiêu biểu", "Tham gia đông nhất."))

    def told(unit: Unit) -> list[tuple[str, str, int]]:
        with view() as r:
            round_ = r.session.get_one(Round, scene.round.id)
            lines = winning.prizes(r.session, r.session.get_one(Unit, unit.id), [round_])
            return [
                (one.title, one.winner, one.count) for one in lines if one.title in {OLDEST.title, "Tập thể tiêu biểu"}
            ]

    assert told(commune.root) == []
    approve(scene, scene.second, found.id)
    with scene.work(actor=commune.organiser) as w:
        proposals.publish(w, found.id)
    assert told(commune.root) == [("Tập thể tiêu biểu", commune.first.name, 1), (OLDEST.title, "", 1)]
    assert told(commune.second) == []
