"""Who was asked and does not agree to take part starts nothing; everything else stays open to him."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from quiz_app.attempts import services
from quiz_app.attempts.errors import Barred
from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.members import queries
from quiz_app.members import services as members
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Consent, Purpose
from quiz_app.rules.eligibility import Bar
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.build import member as build_member
from tests.support.sitting import at, open_round, publish_shipped
from tests.support.works import View, Work


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    with work(now=at(-60)) as w:
        return open_round(w, commune.root, publish_shipped(w))


def test_who_refuses_to_take_part_is_only_kept_from_starting(
    work: Work, browse: Browse, commune: Commune, round_: Round
) -> None:
    with work(actor=commune.member, now=at(0)) as w:
        members.answer_notices(w, {Purpose.PUBLISH_NAME}, "1")
    with work(actor=commune.member, now=at(0)) as w, pytest.raises(Barred) as barred:
        services.start(w, round_.id, is_demonstration_site=True)
    assert barred.value.bars == (Bar.CONSENT_MISSING,)
    with work() as w:
        w.session.execute(update(Account).values(notices_version=CONSENT_VERSION))
    page = browse.as_(commune.member).page(f"/dot-thi/{round_.id}")
    assert "không đồng ý tham gia thi" in page.text
    with work(actor=commune.member, now=at(1)) as w:
        members.answer_notices(w, {Purpose.TAKE_PART}, "1")
        attempt_id = services.start(w, round_.id, is_demonstration_site=True)
    with work(actor=commune.member, now=at(2)) as w:
        members.revoke_consent(w, Purpose.TAKE_PART)
        assert services.start(w, round_.id, is_demonstration_site=True) == attempt_id  # what is begun goes on


def test_who_was_never_asked_has_refused_nothing(work: Work, commune: Commune, round_: Round) -> None:
    with work() as w:
        w.session.execute(delete(Consent).where(Consent.member_id == commune.member.id))
        w.session.execute(update(Account).where(Account.member_id == commune.member.id).values(notices_version=None))
    with work(actor=commune.member, now=at(0)) as w:
        assert services.start(w, round_.id, is_demonstration_site=True)


def test_who_was_never_asked_is_asked_before_he_begins(
    work: Work, view: View, commune: Commune, round_: Round, browse: Browse
) -> None:
    with work() as w:
        unknown = build_member(w, commune.first, "Người Chưa Có Tài Khoản", with_account=False)
    device = browse.as_(commune.secretary)
    url = f"/ho-tro-thi/{round_.id}/{unknown.id}"
    (box,) = device.page(url).all(".//input[@name='take_part']")
    assert box.get("checked") is None
    refused = device.submit(url, {"reason": "chua-quen"}, action=url, status=422)
    assert "chưa từng được hỏi" in refused.text
    device.submit(url, {"reason": "chua-quen", "take_part": "y"}, action=url)
    with view() as r:
        consents = queries.consents_of(r.session, unknown.id)
        assert {purpose: kept.text_version for purpose, kept in consents.items()} == {
            Purpose.TAKE_PART: CONSENT_VERSION
        }
        entry = r.session.scalars(select(AuditEntry).where(AuditEntry.action == "members.consent_given")).one()
        assert (entry.actor_member_id, entry.subject) == (commune.secretary.id, f"member:{unknown.id}")
        assert queries.owes_answer(r.session, unknown.id, CONSENT_VERSION), "the notices are his own to read"
    assert browse.as_(commune.organiser).page(url).all(".//input[@name='take_part']") == [], "asked once"
    assert browse.page(f"/ho-tro-thi/{round_.id}/{commune.member.id}").all(".//input[@name='take_part']") == []
