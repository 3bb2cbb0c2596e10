"""Who sees the boards of a contest: the rule, and the same in SQL."""

from __future__ import annotations

from sqlalchemy import select

from quiz_app.contests.models import Contest
from quiz_app.kernel.access import Actor, Grant, Role
from quiz_app.kernel.db import Database
from quiz_app.leaderboard import policy
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.units import queries as units
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune, grant, member
from tests.support.works import View, Work


def test_the_rule_and_its_sql_agree(work: Work, view: View, commune: Commune) -> None:
    homes = [commune.root, commune.first, commune.second, commune.committee, commune.inner]
    with work() as w:
        contests = {home.id: open_round(w, home).contest_id for home in homes}
    with view() as r:
        for home in homes:
            grants = [(), *((Grant(role, unit.id),) for role in Role for unit in homes)]
            for held in grants:
                actor = Actor(member_id=1, unit_id=home.id, grants=held)
                seen = set(r.session.scalars(select(Contest.id).where(policy.seen(actor))))
                for place in homes:
                    path = units.path_ids(r.session, place.id)
                    below = set(r.session.scalars(units.subtree_ids(place.id)))
                    assert policy.sees_boards(actor, path, below) is (contests[place.id] in seen), (home, held, place)


def test_overseers_and_organisers_look_on(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    """Those who answer for the contest's unit, for one above it or for one inside it; with no place of their own."""
    with work() as w:
        narrow = open_round(w, commune.committee)
        roster(w, narrow, [commune.inner_member])
        attempt(w, narrow, commune.inner_member, 17)
        inside = member(w, commune.second, "Cao Văn Trong", roles=[(Role.OVERSEER, commune.inner)])
        beside = member(w, commune.second, "Cao Văn Ngoài", roles=[(Role.OVERSEER, commune.first)])
        secretary = member(w, commune.second, "Cao Thị Thư", roles=[(Role.SECRETARY, commune.inner)])
    refresh_tallies(db)
    for reader in (commune.overseer, commune.organiser, inside):
        browse.as_(reader)
        assert browse.get("/bang-xep-hang/", status=302).location == f"/bang-xep-hang/{narrow.id}/cac-chi-bo"
        page = browse.page(f"/bang-xep-hang/{narrow.id}/cac-chi-bo")
        assert "Trong chi bộ" not in page.text
        assert "Toàn bộ" in page.text
        browse.page(f"/bang-xep-hang/{narrow.id}/toan-xa")
        browse.page(f"/bang-xep-hang/{narrow.id}/trinh-chieu")
        browse.page(f"/bang-xep-hang/{narrow.id}/chi-bo", status=404)
        browse.page(f"/bang-xep-hang/cuoc-thi/{narrow.contest_id}/chang-duong", status=404)
    for reader in (beside, secretary, commune.member):
        browse.as_(reader)
        for board in ("cac-chi-bo", "toan-xa", "trinh-chieu", "chi-bo"):
            browse.page(f"/bang-xep-hang/{narrow.id}/{board}", status=404)
            browse.page(f"/bang-xep-hang/cuoc-thi/{narrow.contest_id}/{board}", status=404)


def test_a_role_that_was_taken_back_opens_nothing(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        narrow = open_round(w, commune.committee)
        held = grant(w, commune.stranger, Role.ORGANISER, commune.committee)
    browse.as_(commune.stranger).page(f"/bang-xep-hang/{narrow.id}/cac-chi-bo")
    with work() as w:
        w.session.merge(held).revoked_at = w.now
    browse.as_(commune.stranger).page(f"/bang-xep-hang/{narrow.id}/cac-chi-bo", status=404)
