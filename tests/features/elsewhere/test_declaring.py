"""Saying that one sat elsewhere, and the secretary's answer: who sees what, and which of two acts counts."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from quiz_app.elsewhere import policy, queries, services
from quiz_app.elsewhere.errors import AlreadyConfirmed, DecidedMeanwhile, OwnDeclaration
from quiz_app.elsewhere.models import OutsideContest, OutsideProof, OutsideRecord, State
from quiz_app.elsewhere.services import PROOF_KEPT, Terms, Told
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from quiz_app.web.pictures import redrawn
from tests.features.elsewhere.build import TERMS, TODAY, city_contest, confirmed, declared, picture
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work, actor_of


@pytest.fixture
def city(work: Work, commune: Commune) -> OutsideContest:
    return city_contest(work, commune.organiser, commune.root)


def test_a_declaration_waits_until_the_own_secretary_confirms_it(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    record = declared(work, city, commune.member)
    assert (record.state, record.revision, record.unit_id) == (State.DECLARED.value, 1, commune.first.id)
    with view(actor=commune.secretary) as r:
        assert queries.waiting_for(r) == 1
        assert queries.people_by_unit(r.session, queries.desk(r, city.id, commune.first.id).scope) == {}
    with work(actor=commune.secretary) as w:
        services.confirm(w, record.id, 1)
    with view(actor=commune.secretary) as r:
        assert queries.waiting_for(r) == 0
        assert queries.people_by_unit(r.session, queries.desk(r, city.id, commune.first.id).scope) == {
            commune.first.id: 1
        }
        actions = r.session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"outside_record:{record.id}")
        )
        assert list(actions) == ["elsewhere.declared", "elsewhere.confirmed"]


@pytest.mark.parametrize("who", ["secretary_elsewhere", "overseer", "organiser", "member", "colleague"])
def test_nobody_else_answers_it(work: Work, commune: Commune, city: OutsideContest, who: str) -> None:
    record = declared(work, city, commune.member)
    for act in (services.confirm, lambda w, record_id, revision: services.refuse(w, record_id, revision, "Mờ.")):
        with pytest.raises(Missing), work(actor=getattr(commune, who)) as w:
            act(w, record.id, 1)


def test_nobody_confirms_himself(work: Work, commune: Commune, city: OutsideContest) -> None:
    record = declared(work, city, commune.secretary)
    with pytest.raises(OwnDeclaration), work(actor=commune.secretary) as w:
        services.confirm(w, record.id, 1)


def test_a_refusal_gives_its_reason_and_leaves_the_way_open(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    record = declared(work, city, commune.member)
    with pytest.raises(BadInput), work(actor=commune.secretary) as w:
        services.refuse(w, record.id, 1, " ")
    with work(actor=commune.secretary) as w:
        services.refuse(w, record.id, 1, "Ảnh mờ, không đọc được tên.")
    again = declared(work, city, commune.member, colour="blue")
    assert (again.id, again.state, again.revision, again.reason) == (record.id, State.DECLARED.value, 2, "")
    with pytest.raises(DecidedMeanwhile), work(actor=commune.secretary) as w:
        services.confirm(w, record.id, 1)  # the page showed the first picture
    with work(actor=commune.secretary) as w:
        services.confirm(w, record.id, 2)
    with pytest.raises(AlreadyConfirmed):
        declared(work, city, commune.member)
    with work(actor=commune.secretary) as w:  # what was confirmed by mistake is taken back
        assert services.refuse(w, record.id, 2, "Ghi nhầm người.").state == State.REFUSED.value
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(OutsideRecord)) == 1


@pytest.mark.parametrize("day", [TERMS.starts_on - timedelta(days=1), TODAY + timedelta(days=1)])
def test_the_day_lies_within_the_contest_and_not_ahead(
    work: Work, commune: Commune, city: OutsideContest, day: object
) -> None:
    with pytest.raises(BadInput), work(actor=commune.member) as w:
        services.declare(w, city.id, Told(None, None, day), redrawn(picture()))  # type: ignore[arg-type] # a date, as the table below has it


def test_a_contest_of_another_subtree_is_not_there(work: Work, commune: Commune) -> None:
    inner = city_contest(work, commune.organiser_elsewhere, commune.committee)
    with pytest.raises(Missing):
        declared(work, inner, commune.member)
    declared(work, inner, commune.inner_member)
    with pytest.raises(Missing):
        city_contest(work, commune.organiser_elsewhere, commune.root)
    whole = city_contest(work, commune.organiser, commune.root)
    with pytest.raises(Missing), work(actor=commune.organiser_elsewhere) as w:
        services.change_contest(w, whole.id, TERMS)


def test_a_contest_does_not_end_before_it_begins(work: Work, commune: Commune) -> None:
    with pytest.raises(BadInput):
        city_contest(
            work, commune.organiser, commune.root, Terms("Cuộc thi", "Thành phố", "", TODAY, TODAY - timedelta(days=1))
        )


def test_the_picture_is_seen_by_its_owner_and_his_secretary_alone(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    record = declared(work, city, commune.member)
    seen = set()
    for who in (
        "member",
        "colleague",
        "stranger",
        "secretary",
        "secretary_elsewhere",
        "overseer",
        "organiser",
        "operator",
    ):
        with view(actor=getattr(commune, who)) as r:
            may = policy.sees_proof(r.actor, record)
            in_sql = r.session.scalars(select(OutsideRecord.id).where(policy.proofs_seen(r.actor))).all()
            assert (record.id in in_sql) is may
            if may:
                assert Image.open(io.BytesIO(queries.proof(r, record.id).content)).size == (60, 40)
                seen.add(who)
            else:
                with pytest.raises(Missing):
                    queries.proof(r, record.id)
    assert seen == {"member", "secretary"}


def test_the_picture_goes_thirty_days_after_the_answer(
    db: Database, work: Work, view: View, commune: Commune, city: OutsideContest, clock: Clock
) -> None:
    waiting = declared(work, city, commune.colleague)
    decided = confirmed(work, city, commune.member, commune.secretary)
    clock.set(NOW + PROOF_KEPT - timedelta(minutes=1))
    assert services.forget_proofs(db) == 0
    clock.set(NOW + PROOF_KEPT + timedelta(minutes=1))
    assert services.forget_proofs(db) == 1
    assert services.forget_proofs(db) == 0
    with view() as r:
        assert r.session.scalars(select(OutsideProof.record_id)).all() == [waiting.id]
        assert r.session.get_one(OutsideRecord, decided.id).state == State.CONFIRMED.value


def test_sent_twice_at_once_it_is_one_declaration(
    db: Database, view: View, commune: Commune, city: OutsideContest
) -> None:
    with view() as r:
        actor = actor_of(r.session, r.session.get_one(Member, commune.member.id))
    barrier = threading.Barrier(2)
    kept = redrawn(picture())
    failed: list[BaseException] = []

    def send() -> None:
        try:
            barrier.wait()
            with working(db, actor=actor) as w:
                services.declare(w, city.id, Told(1800, None, TODAY), kept)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with view() as r:
        record = r.session.scalars(select(OutsideRecord)).one()
        assert record.revision == 2
        assert r.session.scalar(select(func.count()).select_from(OutsideProof)) == 1


def test_sums_by_unit_stay_with_the_unit_at_the_time(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    confirmed(work, city, commune.member, commune.secretary)
    declared(work, city, commune.colleague)
    confirmed(work, city, commune.stranger, commune.secretary_elsewhere)
    with work() as w:
        w.session.get_one(Member, commune.member.id).unit_id = commune.inner.id
    with view(actor=commune.overseer) as r:
        total, lines = queries.unit_sums(r.session, queries.desk(r, city.id, commune.root.id))
        assert (total.people, total.waiting) == (2, 1)
        assert {line.unit_id: (line.people, line.waiting) for line in lines} == {
            commune.first.id: (1, 1),
            commune.second.id: (1, 0),
            commune.committee.id: (0, 0),
        }
        assert total.members == sum(line.members for line in lines) == 16
        sat = r.session.scalars(select(Member.id).where(queries.has_taken_part(Member.id)).order_by(Member.id)).all()
        assert sat == [commune.member.id, commune.stranger.id]
    with work(actor=commune.organiser) as w:  # over, and hidden from the desks
        services.change_contest(
            w, city.id, Terms(TERMS.title, TERMS.organiser, TERMS.link, TERMS.starts_on, TERMS.ends_on, is_hidden=True)
        )
    with view(actor=commune.overseer) as r:
        desk = queries.desk(r, city.id, commune.root.id)
        assert queries.people_by_unit(r.session, desk.scope) == {}
        assert queries.unit_sums(r.session, desk)[0].people == 2
