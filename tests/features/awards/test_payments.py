"""Paying prizes: seen by who is named for it, each look on record, gone when it was paid or in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from quiz_app.awards import payments, proposals
from quiz_app.awards.errors import PaymentSettled
from quiz_app.awards.models import PaymentWay, PrizePayment
from quiz_app.awards.payments import Details
from quiz_app.awards.policy import Action
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from tests.features.awards.test_awards import approve, propose, published
from tests.features.results.scene import Scene
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import View

BY_BANK = Details(PaymentWay.BANK, "001080001234", 500_000, "Agribank", "1500205123456", "DO THI BINH")
KEYS = ("khoa-moi-" + "x" * 32, "khoa-cu-" + "y" * 32)
SECRETS = (BY_BANK.identity, BY_BANK.account, BY_BANK.payee)


@pytest.fixture
def award_id(scene: Scene) -> int:
    """The first prize of a published list; the organiser is named to pay it."""
    found = published(scene)
    with scene.work(actor=scene.second) as w:
        payments.name_handler(w, scene.round.contest_id, scene.commune.organiser.id)
        return proposals.awards_of(w.session, found.id)[0].id


def test_only_who_is_named_finds_anything(scene: Scene, award_id: int, commune: Commune) -> None:
    for who in (scene.second, commune.organiser_elsewhere, commune.operator, commune.colleague):
        with scene.work(actor=who) as w, pytest.raises(Missing):
            payments.look(w, award_id, KEYS)
        with scene.work(actor=who) as w, pytest.raises(Missing):
            payments.enter(w, award_id, BY_BANK, KEYS)
    with scene.work(actor=scene.second) as w:
        with pytest.raises(Missing):  # no organiser of this contest
            payments.name_handler(w, scene.round.contest_id, commune.operator.id)
        payments.remove_handler(w, scene.round.contest_id, commune.organiser.id)
    with scene.work(actor=commune.organiser) as w, pytest.raises(Missing):
        payments.look(w, award_id, KEYS)


def test_each_look_is_on_record_and_no_secret_is(scene: Scene, view: View, award_id: int, commune: Commune) -> None:
    with scene.work(actor=commune.organiser) as w:
        payments.enter(w, award_id, BY_BANK, KEYS)
    for _ in range(2):
        with scene.work(actor=commune.organiser) as w:
            seen = payments.look(w, award_id, KEYS)
            assert seen is not None
            assert seen.details == BY_BANK
    with view() as r:
        looks = select(func.count()).where(AuditEntry.action == Action.PAYMENT_SEEN.code)
        assert r.session.scalar(looks) == 2
        told = " ".join(str(facts) for facts in r.session.scalars(select(AuditEntry.facts)))
        assert not any(secret in told for secret in SECRETS)


def test_no_secret_lies_open_in_the_database(scene: Scene, view: View, award_id: int, commune: Commune) -> None:
    """Whoever takes a copy of the database reads nothing; a key that was replaced still opens what it sealed."""
    with scene.work(actor=commune.organiser) as w:
        payments.enter(w, award_id, BY_BANK, KEYS[1:])
    with view() as r:
        raw = " ".join(map(str, r.session.execute(text("SELECT * FROM prize_payment")).one()))
        assert not any(secret in raw for secret in SECRETS)
        if r.session.get_bind().dialect.name == "sqlite":
            path = Path(str(r.session.get_bind().engine.url.database))
            kept = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
            assert str(award_id).encode() in kept
            assert not any(secret.encode() in kept for secret in SECRETS)
    for keys, expected in ((KEYS, BY_BANK), (KEYS[:1], None)):
        with scene.work(actor=commune.organiser) as w:
            seen = payments.look(w, award_id, keys)
            assert seen is not None
            assert seen.details == expected


def test_what_was_paid_is_forgotten(scene: Scene, award_id: int, commune: Commune) -> None:
    with scene.work(actor=commune.organiser) as w:
        payments.enter(w, award_id, BY_BANK, KEYS)
    with scene.work(actor=commune.organiser) as w:
        with pytest.raises(BadInput):
            payments.pay(w, award_id, w.now.date() + timedelta(days=2), "Ký tại hội nghị")
        paid = payments.pay(w, award_id, w.now.date(), "Ký tại hội nghị")
        assert paid.sealed == ""
        assert (paid.way, paid.amount, paid.receipt) == ("bank", 500_000, "Ký tại hội nghị")
    with pytest.raises(PaymentSettled), scene.work(actor=commune.organiser) as w:
        payments.enter(w, award_id, BY_BANK, KEYS)


def test_what_is_not_paid_is_forgotten_in_time(
    scene: Scene, db: Database, view: View, clock: Clock, award_id: int, commune: Commune
) -> None:
    with scene.work(actor=commune.organiser) as w:
        payments.enter(w, award_id, BY_BANK, KEYS)
    assert payments.forget_details(db) == 0
    clock.move(seconds=(payments.KEPT_FOR + timedelta(hours=1)).total_seconds())
    assert payments.forget_details(db) == 1
    assert payments.forget_details(db) == 0
    with view() as r:
        kept = r.session.get_one(PrizePayment, award_id)
        assert (kept.sealed, kept.paid_at) == ("", None)


def test_nobody_is_paid_twice_after_a_new_decision(scene: Scene, view: View, award_id: int, commune: Commune) -> None:
    """The drawn ones keep their prize: what was done about paying it goes along to the new list."""
    with scene.work(actor=commune.organiser) as w:
        payments.enter(w, award_id, BY_BANK, KEYS)
        payments.pay(w, award_id, w.now.date(), "Ký tại hội nghị")
    scene.annul(commune.secretary)
    scene.finalise("Hủy lượt thi hộ")
    anew = propose(scene, commune.organiser)
    approve(scene, scene.second, anew.id)
    with scene.work(actor=commune.organiser) as w:
        proposals.publish(w, anew.id)
    with view() as r:
        ids = [one.id for one in proposals.awards_of(r.session, anew.id)]
        assert payments.states(r.session, ids) == {ids[0]: "paid"}


def test_the_pages_of_who_pays(browse: Browse, scene: Scene, award_id: int, commune: Commune) -> None:
    url = f"/to-chuc/trao-giai/{award_id}"
    contest_url = f"/to-chuc/trao-giai/cuoc-thi/{scene.round.contest_id}"
    browse.as_(scene.second).get(url, status=404)
    assert "Tạ Quang Huy" in browse.page(contest_url).text
    browse.as_(commune.organiser)
    browse.post(url, {"identity": "001080001234", "way": "bank"}, status=422)
    browse.submit(url, {"identity": "001 080 001 234", "way": "cash", "amount": "500.000"}, action=url)
    kept = {one.get("name"): one.get("value") for one in browse.page(url).tree.iter() if one.get("name")}
    assert (kept["identity"], kept["amount"]) == ("001080001234", "500.000")
    answer = browse.submit(url, {"received_on": "2026-12-01", "receipt": "Người nhận ký"}, action=f"{url}/da-trao")
    assert "Đã trao" in browse.follow(answer).text
    assert "001080001234" not in browse.page(url).text
