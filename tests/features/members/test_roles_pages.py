"""Who may do what where; giving and taking back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.kernel.access import SYSTEM, Actor, Grant, Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import Missing, NotAllowed
from quiz_app.members import labels, policy, queries, services
from quiz_app.members.errors import LastOperator, OwnRole, RoleOnClosedUnit
from quiz_app.members.models import Member, RoleGrant, Standing
from quiz_app.members.role_words import MEANS
from quiz_app.people import records
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit
from tests.support import build
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work, actor_of

URL = "/vai-tro"


def _grant_id(work: Work, member: Member) -> int:
    with work() as w:
        return w.session.scalars(
            select(RoleGrant.id).where(RoleGrant.member_id == member.id, RoleGrant.revoked_at.is_(None))
        ).one()


def _names(browse: Browse, who: Member, query: str = "") -> list[str]:
    return browse.as_(who).page(URL + query).texts(".//tbody/tr/th")


def test_governing_says_the_same_in_python_and_in_sql(commune: Commune, view: View) -> None:
    units = (commune.root, commune.first, commune.second, commune.committee, commune.inner)
    actors = [SYSTEM, Actor(), Actor(member_id=commune.member.id)]
    actors += [Actor(member_id=commune.member.id, grants=(Grant(role, unit.id),)) for role in Role for unit in units]
    seen = 0
    with view() as r:
        paths = {unit.id: units_queries.path_ids(r.session, unit.id) for unit in units}
        for actor in actors:
            by_sql = set(r.session.scalars(policy.governed_units(actor)))
            assert by_sql == {unit for unit in paths if policy.governs(actor, paths[unit], unit)}, actor
            seen += len(by_sql)
    assert seen == 5 + 2 * 10  # the system all; organisers and operators 5, 1, 1, 2, 1


def test_every_role_has_words() -> None:
    assert set(MEANS) == set(Role) - {Role.MEMBER} == set(labels.ROLES) - {Role.MEMBER}
    assert all(MEANS.values())


def test_an_operator_gives_every_role_and_an_organiser_all_but_his(commune: Commune, work: Work) -> None:
    with work(actor=commune.operator) as w:
        services.grant_role(w, commune.member.id, Role.OPERATOR, commune.root.id)
        services.grant_role(w, commune.colleague.id, Role.SECRETARY, commune.first.id)
        with pytest.raises(OwnRole):
            services.grant_role(w, commune.operator.id, Role.ORGANISER, commune.root.id)
    theirs = _grant_id(work, commune.operator)
    with work(actor=commune.organiser) as w:
        services.grant_role(w, commune.member.id, Role.AUTHOR, commune.root.id)
        with pytest.raises(NotAllowed):
            services.grant_role(w, commune.colleague.id, Role.OPERATOR, commune.root.id)
        with pytest.raises(NotAllowed):
            services.revoke_role(w, theirs)
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(Missing):
        services.grant_role(w, commune.member.id, Role.AUTHOR, commune.committee.id)


def test_nobody_takes_his_own_role_nor_the_last_operators(commune: Commune, work: Work) -> None:
    mine = _grant_id(work, commune.operator)
    with work(actor=commune.operator) as w, pytest.raises(OwnRole):
        services.revoke_role(w, mine)
    with work() as w, pytest.raises(LastOperator):
        services.revoke_role(w, mine)
    with work() as w:
        services.grant_role(w, commune.member.id, Role.OPERATOR, commune.root.id)
        services.revoke_role(w, mine)


def test_of_two_operators_who_take_from_each_other_one_stays(commune: Commune, work: Work, view: View) -> None:
    with work() as w:
        services.grant_role(w, commune.member.id, Role.OPERATOR, commune.root.id)
    with view() as r:  # both came in as operators
        mine, theirs = actor_of(r.session, commune.operator), actor_of(r.session, commune.member)
    pairs = [(mine, _grant_id(work, commune.member)), (theirs, _grant_id(work, commune.operator))]
    gate = threading.Barrier(2)

    def take(pair: tuple[Actor, int]) -> bool:
        gate.wait()
        try:
            with work(actor=pair[0]) as w:
                services.revoke_role(w, pair[1])
        except LastOperator:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, pairs)) == [False, True]
    with view() as r:
        assert queries.has_operator(r.session)


def test_the_page_answers_who_may_do_what_where(browse: Browse, work: Work, commune: Commune) -> None:
    everybody = {"Bùi Thị Lan", "Ngô Văn Kiên", "Đặng Thu Hà", "Phan Anh Tuấn", "Cao Thị Mai", "Lý Công Uyên",
                 "Tạ Quang Huy", "Mai Xuân Thủy", "Dương Văn Quý"}  # fmt: skip
    assert set(_names(browse, commune.operator)) == everybody
    assert set(_names(browse, commune.organiser)) == everybody
    # what is held above reaches down, but for the secretary of another unit
    assert set(_names(browse, commune.organiser_elsewhere)) == everybody - {"Bùi Thị Lan", "Ngô Văn Kiên"}
    of_first = _names(browse, commune.operator, f"?don-vi={commune.first.id}")
    assert set(of_first) == everybody - {"Ngô Văn Kiên", "Phan Anh Tuấn", "Mai Xuân Thủy"}
    assert _names(browse, commune.operator, "?vai-tro=secretary") == ["Ngô Văn Kiên", "Bùi Thị Lan"]
    assert _names(browse, commune.operator, "?ten=quy") == ["Dương Văn Quý"]
    page = browse.as_(commune.organiser_elsewhere).page(URL)
    assert "Soạn và sửa câu hỏi" in page.text
    assert f"{URL}/nguoi/{commune.overseer_elsewhere.id}" in page.hrefs()
    assert f"{URL}/nguoi/{commune.organiser.id}" not in page.hrefs()
    browse.get(f"{URL}?don-vi={commune.first.id}", status=404)


def test_a_role_is_given_and_taken_back_after_a_look_and_at_once(browse: Browse, work: Work, commune: Commune) -> None:
    theirs = browse.other().as_(commune.member)
    mine = browse.as_(commune.operator)
    found = mine.page(f"{URL}/nguoi?ten=nguyen van an")
    assert found.texts(".//tbody/tr/th") == ["Nguyễn Văn An"]
    own = f"{URL}/nguoi/{commune.member.id}"
    assert "Chưa giữ vai trò nào" in mine.page(own).text
    sure = f"{own}/giao?vai-tro=author&don-vi={commune.root.id}"
    assert "Người ấy sẽ được" in mine.page(sure).text
    page = mine.follow(mine.submit(sure, action=f"don-vi={commune.root.id}"))
    assert "Đã giao vai trò Biên soạn" in page.text
    theirs.get("/tai-khoan", status=302)  # his sessions have ended
    theirs.as_(commune.member).get("/bien-soan/tim-cau-hoi")
    [withdraw] = [href for href in page.hrefs() if href.endswith("/thu-hoi")]
    page = mine.follow(mine.submit(withdraw, action="/thu-hoi"))
    assert [row.split()[3] for row in page.texts(".//tbody/tr")] == ["Thu", "Giao"]
    assert "Dương Văn Quý" in page.text
    theirs.as_(commune.member).get("/bien-soan/tim-cau-hoi", status=403)


def test_pages_refuse_what_is_not_his(browse: Browse, work: Work, commune: Commune) -> None:
    mine = browse.as_(commune.organiser_elsewhere)
    mine.get(f"{URL}/nguoi/{commune.member.id}", status=404)
    own = f"{URL}/nguoi/{commune.inner_member.id}"
    mine.get(f"{own}/giao?vai-tro=author&don-vi={commune.root.id}", status=404)
    mine.get(f"{own}/giao?vai-tro=operator&don-vi={commune.inner.id}", status=403)
    mine.get(f"{own}/giao?vai-tro=vua&don-vi={commune.inner.id}", status=422)
    mine.post(f"{own}/giao", {"vai-tro": "operator", "don-vi": str(commune.inner.id)}, status=403)
    mine.post(f"{own}/giao", {"vai-tro": "author", "don-vi": str(commune.root.id)}, status=404)
    mine.post(f"{URL}/{_grant_id(work, commune.secretary)}/thu-hoi", status=404)
    with work() as w:
        build.grant(w, commune.inner_member, Role.AUTHOR, commune.root)
    assert "/thu-hoi" not in " ".join(mine.page(own).hrefs())


def test_on_a_closed_unit_no_role_is_given(browse: Browse, app: Flask, work: Work, commune: Commune) -> None:
    with work() as w:
        w.session.get_one(Unit, commune.inner.id).closed_at = w.now
    for actor in (commune.operator, SYSTEM):
        with work(actor=actor) as w, pytest.raises(RoleOnClosedUnit):
            services.grant_role(w, commune.member.id, Role.SECRETARY, commune.inner.id)
    mine = browse.as_(commune.operator)
    own = f"{URL}/nguoi/{commune.member.id}"
    offered = mine.page(own).all(".//select[@name='don-vi']/option")
    assert str(commune.committee.id) in {option.get("value") for option in offered}
    assert str(commune.inner.id) not in {option.get("value") for option in offered}
    asked = {"vai-tro": "secretary", "don-vi": str(commune.inner.id)}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    assert f"{commune.inner.name} đã đóng" in mine.page(f"{own}/giao?{query}", status=409).text
    assert f"{commune.inner.name} đã đóng" in mine.post(f"{own}/giao", asked, status=409).text
    arguments = ["members", "grant", build.username(commune.member), "secretary", "--unit", commune.inner.code]
    refused = app.test_cli_runner().invoke(args=arguments)
    assert refused.exit_code == 1
    assert "đã đóng" in refused.output


def test_only_the_sessions_of_whom_it_concerns_end_and_it_is_on_record(
    browse: Browse, work: Work, commune: Commune
) -> None:
    theirs, mine, others = browse.other(), browse.other(), browse.other()
    theirs.as_(commune.member), mine.as_(commune.operator), others.as_(commune.colleague)
    with work(actor=commune.operator) as w:
        granted = services.grant_role(w, commune.member.id, Role.AUTHOR, commune.root.id).id
    theirs.get("/tai-khoan", status=302)
    theirs.as_(commune.member).page("/tai-khoan")
    with work(actor=commune.operator) as w:
        services.revoke_role(w, granted)
    theirs.get("/tai-khoan", status=302)
    mine.page("/tai-khoan")
    others.page("/tai-khoan")
    with work() as w:
        rows = w.session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"member:{commune.member.id}").order_by(AuditEntry.id)
        ).all()
        told = [(row.action, row.actor_member_id, row.facts) for row in rows]
    facts = {"role": "author", "unit_id": commune.root.id}
    assert told == [
        ("members.role_granted", commune.operator.id, facts),
        ("members.role_revoked", commune.operator.id, facts),
    ]


def test_the_last_operator_is_not_struck_off_either(work: Work, view: View, commune: Commune) -> None:
    def strike_off() -> None:
        with work(actor=commune.organiser) as w:
            records.change_standing(w, commune.operator.id, Standing.LEFT, seen="active", reason="Theo biên bản họp")

    with pytest.raises(LastOperator):
        strike_off()
    with view() as r:
        assert queries.has_operator(r.session)
    with work() as w:
        services.grant_role(w, commune.member.id, Role.OPERATOR, commune.root.id)
    strike_off()
    with view() as r:
        assert queries.has_operator(r.session)
