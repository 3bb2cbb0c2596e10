"""Every renewed password is seen by whoever answers for the unit, and by nobody else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from quiz_app.kernel.access import SYSTEM, Actor, Grant, Role
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.members import policy, queries, services
from quiz_app.members.models import Account, Member
from quiz_app.units import queries as units_queries
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.page import Page
from tests.support.works import View, Work

URL = "/thanh-vien/cap-lai"


def _renew(w: UnitOfWork, member: Member) -> None:
    account_id = w.session.scalars(select(Account.id).where(Account.member_id == member.id)).one()
    services.renew_password(w, account_id, new_hash="$argon2id$none")


def _renew_some(work: Work, commune: Commune) -> None:
    """One of `first` by its secretary, one of `inner` by the server's administrator, one of `second` by a secretary."""
    with work(actor=commune.secretary, now=NOW - timedelta(hours=3)) as w:
        _renew(w, commune.member)
    with work(now=NOW - timedelta(hours=2)) as w:
        _renew(w, commune.inner_member)
    with work(actor=commune.secretary_elsewhere, now=NOW - timedelta(hours=1)) as w:
        _renew(w, commune.stranger)


def _rows(page: Page) -> list[str]:
    return page.texts(".//tbody/tr")


def _owners(browse: Browse, who: Member, address: str = URL) -> list[str]:
    return browse.as_(who).page(address).texts(".//tbody/tr/th")


def test_seeing_renewals_says_the_same_in_python_and_in_sql(commune: Commune, view: View) -> None:
    units = (commune.root, commune.first, commune.second, commune.committee, commune.inner)
    actors = [SYSTEM, Actor(), Actor(member_id=commune.member.id)]
    actors += [Actor(member_id=commune.member.id, grants=(Grant(role, unit.id),)) for role in Role for unit in units]
    seen = 0
    with view() as r:
        paths = {unit.id: units_queries.path_ids(r.session, unit.id) for unit in units}
        for actor in actors:
            by_sql = set(r.session.scalars(policy.units_of_renewals(actor)))
            assert by_sql == {unit for unit in paths if policy.sees_renewals(actor, paths[unit], unit)}, actor
            seen += len(by_sql)
    # the system 5; on root, first, second, committee, inner: a secretary 1 each, overseers and organisers 5, 1, 1, 2, 1
    assert seen == 5 + 5 + 2 * 10


def test_whoever_answers_for_a_unit_sees_whose_password_was_renewed_when_and_by_whom(
    browse: Browse, work: Work, commune: Commune
) -> None:
    _renew_some(work, commune)
    everything = ["Phạm Quốc Đạt", "Hoàng Minh Châu", "Nguyễn Văn An"]
    assert _owners(browse, commune.overseer) == everything
    assert _owners(browse, commune.organiser) == everything
    assert _owners(browse, commune.overseer_elsewhere) == ["Hoàng Minh Châu"]
    assert _owners(browse, commune.organiser_elsewhere) == ["Hoàng Minh Châu"]
    assert _owners(browse, commune.secretary) == ["Nguyễn Văn An"]
    assert _owners(browse, commune.secretary_elsewhere) == ["Phạm Quốc Đạt"]
    rows = _rows(browse.as_(commune.overseer).page(URL))
    assert "Bùi Thị Lan, Chi bộ thôn Giang Cao" in rows[2]
    assert "06:00:00 ngày 01/12/2026" in rows[2]
    assert "người quản trị máy chủ" in rows[1]


def test_the_list_is_narrowed_to_a_unit_and_what_is_below(browse: Browse, work: Work, commune: Commune) -> None:
    _renew_some(work, commune)
    assert _owners(browse, commune.overseer, f"{URL}?don-vi={commune.committee.id}") == ["Hoàng Minh Châu"]
    assert _owners(browse, commune.overseer, f"{URL}?don-vi={commune.root.id}&trang=7") == _owners(
        browse, commune.overseer
    )
    browse.as_(commune.secretary).get(f"{URL}?don-vi={commune.second.id}", status=404)


def test_a_password_that_its_owner_changes_himself_is_no_renewal(browse: Browse, work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        seen = w.session.scalars(select(Account.password_hash).where(Account.member_id == commune.member.id)).one()
        services.change_password(w, seen_hash=seen, new_hash="$argon2id$none")
    page = browse.as_(commune.overseer).page(URL)
    assert _rows(page) == []
    assert "Chưa có mật khẩu nào được cấp lại" in page.text


def test_a_unit_without_renewals_says_so(browse: Browse, work: Work, commune: Commune) -> None:
    _renew_some(work, commune)
    with work() as w:
        w.session.get_one(Member, commune.inner_member.id).unit_id = commune.second.id
    page = browse.as_(commune.overseer).page(f"{URL}?don-vi={commune.inner.id}")
    assert "Đơn vị này chưa có mật khẩu nào được cấp lại" in page.text
    assert page.by_id("don-vi") is not None


def test_a_long_list_comes_in_pages(browse: Browse, work: Work, view: View, commune: Commune) -> None:
    for minutes in range(5):
        with work(now=NOW + timedelta(minutes=minutes)) as w:
            _renew(w, commune.member)
            _renew(w, commune.stranger)
    with view(actor=commune.overseer) as r:
        pages = [queries.renewals_seen(r, None, number, 4) for number in (1, 2, 3, 9)]
    assert [(page.number, len(page.rows), page.total, page.pages) for page in pages] == [
        (1, 4, 10, 3),
        (2, 4, 10, 3),
        (3, 2, 10, 3),
        (3, 2, 10, 3),
    ]
    instants = [row.at for page in pages[:3] for row in page.rows]
    assert instants == sorted(instants, reverse=True)
    with view(actor=commune.secretary) as r:
        assert queries.renewals_seen(r, None, 1).total == 5


def test_the_desk_leads_to_the_list(browse: Browse, commune: Commune) -> None:
    assert URL in browse.as_(commune.secretary).page("/tham-gia/").hrefs()
    assert URL in browse.as_(commune.organiser).page("/").hrefs()
