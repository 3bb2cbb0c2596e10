from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from quiz_app.kernel.access import SYSTEM, Actor, Grant, Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.units import policy, queries, services
from quiz_app.units.errors import UnitCodeTaken, UnitNotInScope
from quiz_app.units.models import Unit, UnitAncestor, UnitKind
from tests.support.works import View, Work


@pytest.fixture
def tree(work: Work) -> dict[str, int]:
    """A commune with two cells, one of them below a committee."""
    with work() as w:
        commune = services.create_unit(w, code="xa", name="Đảng bộ xã", kind=UnitKind.COMMUNE, parent_id=None)
        police = services.create_unit(
            w, code="CA", name="Đảng bộ Công an xã", kind=UnitKind.BASE_COMMITTEE, parent_id=commune.id
        )
        duty = services.create_unit(w, code="CA1", name="Chi bộ 10", kind=UnitKind.CELL, parent_id=police.id)
        second = services.create_unit(w, code="CA2", name="Chi bộ 2", kind=UnitKind.CELL, parent_id=police.id)
        village = services.create_unit(
            w, code="GC", name="Chi bộ thôn Giang Cao", kind=UnitKind.CELL, parent_id=commune.id
        )
        return {unit.code: unit.id for unit in (commune, police, duty, second, village)}


def actor(role: Role, unit_id: int) -> Actor:
    return Actor(member_id=1, grants=(Grant(role, unit_id),))


def test_every_ancestor_has_its_row(tree: dict[str, int], view: View) -> None:
    with view() as r:
        rows = r.session.execute(
            select(UnitAncestor.ancestor_id, UnitAncestor.distance).where(UnitAncestor.unit_id == tree["CA1"])
        ).all()
        assert set(map(tuple, rows)) == {(tree["CA1"], 0), (tree["CA"], 1), (tree["XA"], 2)}
        assert queries.path_ids(r.session, tree["CA1"]) == (tree["CA1"], tree["CA"], tree["XA"])
        assert [unit.code for unit in queries.path(r.session, tree["CA1"])] == ["XA", "CA", "CA1"]
        below = set(r.session.scalars(queries.subtree_ids(tree["CA"])))
        assert below == {tree["CA"], tree["CA1"], tree["CA2"]}


def test_units_stand_in_the_order_of_the_tree_and_of_names(tree: dict[str, int], view: View) -> None:
    with view() as r:
        rows = queries.units(r.session)
        assert [(row.code, row.depth) for row in rows] == [("XA", 0), ("GC", 1), ("CA", 1), ("CA2", 2), ("CA1", 2)]
        assert [unit.code for unit in queries.children(r.session, tree["CA"])] == ["CA2", "CA1"]
        scoped = queries.units(r.session, policy.covered_units(actor(Role.OVERSEER, tree["CA"])))
        assert [(row.code, row.depth) for row in scoped] == [("CA", 0), ("CA2", 1), ("CA1", 1)]


def test_the_rule_of_scope_says_the_same_in_python_and_in_sql(tree: dict[str, int], view: View) -> None:
    actors = [SYSTEM, Actor(member_id=1), *(actor(role, unit) for role in Role for unit in tree.values())]
    asked: list[tuple[Role, ...]] = [(), *((role,) for role in Role), (Role.SECRETARY, Role.OVERSEER)]
    with view() as r:
        paths = {unit_id: queries.path_ids(r.session, unit_id) for unit_id in tree.values()}
        for who, roles in itertools.product(actors, asked):
            by_sql = set(r.session.scalars(policy.covered_units(who, *roles)))
            by_hand = {unit for unit, path in paths.items() if policy.covers(who, path, unit, *roles)}
            assert by_sql == by_hand, (who.grants, roles)


def test_a_secretary_covers_his_unit_alone_and_an_overseer_all_below(tree: dict[str, int], view: View) -> None:
    with view() as r:
        assert not queries.does_cover(r.session, actor(Role.SECRETARY, tree["CA"]), tree["CA1"])
        assert queries.does_cover(r.session, actor(Role.SECRETARY, tree["CA1"]), tree["CA1"])
        assert queries.does_cover(r.session, actor(Role.OVERSEER, tree["CA"]), tree["CA1"])
        assert not queries.does_cover(r.session, actor(Role.OVERSEER, tree["CA"]), tree["GC"])
        assert not queries.does_cover(r.session, actor(Role.AUTHOR, tree["XA"]), tree["GC"])
        with pytest.raises(Missing):
            queries.covered_unit(r.session, actor(Role.SECRETARY, tree["GC"]), tree["CA1"])


def test_a_code_is_given_once(tree: dict[str, int], work: Work) -> None:
    with work() as w:
        with pytest.raises(UnitCodeTaken):
            services.create_unit(w, code="gc", name="Chi bộ khác", kind=UnitKind.CELL, parent_id=tree["XA"])
        kept = services.create_unit(w, code="GC2", name="Chi bộ khác", kind=UnitKind.CELL, parent_id=tree["XA"])
    with work() as w:
        assert w.session.get(Unit, kept.id) is not None


def test_an_organiser_founds_units_in_his_subtree_only(tree: dict[str, int], work: Work) -> None:
    organiser = actor(Role.ORGANISER, tree["CA"])
    with work(actor=organiser) as w:
        with pytest.raises(UnitNotInScope):
            services.create_unit(w, code="N", name="Chi bộ", kind=UnitKind.CELL, parent_id=tree["XA"])
        with pytest.raises(UnitNotInScope):
            services.create_unit(w, code="N", name="Đảng bộ", kind=UnitKind.COMMUNE, parent_id=None)
        with pytest.raises(Missing):
            services.rename_unit(w, tree["GC"], "Chi bộ mới")


@pytest.mark.parametrize(("code", "name"), [("", "Chi bộ"), ("A" * 41, "Chi bộ"), ("A", " \u200b "), ("A", "a" * 201)])
def test_a_unit_needs_a_code_and_a_name(code: str, name: str, work: Work) -> None:
    with work() as w, pytest.raises(BadInput):
        services.create_unit(w, code=code, name=name, kind=UnitKind.CELL, parent_id=None)


def test_renaming_moves_the_unit_in_lists_and_is_recorded(tree: dict[str, int], work: Work, view: View) -> None:
    with work() as w:
        services.rename_unit(w, tree["CA1"], "Chi bộ 1")
    with view() as r:
        assert [unit.code for unit in queries.children(r.session, tree["CA"])] == ["CA1", "CA2"]
        found = queries.units_named(r.session, "chi bo 1", within=tree["XA"])
        assert [unit.id for unit in found] == [tree["CA1"]]
        facts = r.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "unit.renamed")).one()
        assert facts == {"before": "Chi bộ 10", "after": "Chi bộ 1"}


def test_a_unit_without_helper_calls_the_one_above(tree: dict[str, int], work: Work, view: View) -> None:
    with view() as r:
        assert queries.around(r.session, tree["CA1"]).contact is None
    with work() as w:
        services.set_helper(w, tree["XA"], name="Đỗ Văn Hỗ", phone="024 3874 0000")
        services.set_helper(w, tree["CA"], name="Lê Thị Trợ", phone="0912 345 678")
    with view() as r:
        contact = queries.around(r.session, tree["CA1"]).contact
        assert contact is not None
        assert contact.helper_name == "Lê Thị Trợ"
    with work() as w:
        services.set_helper(w, tree["CA"], name="", phone="")
    with view() as r:
        assert queries.around(r.session, tree["CA1"]).contact == queries.Contact(
            "Đảng bộ xã", "Đỗ Văn Hỗ", "024 3874 0000"
        )


def test_names_are_sought_within_the_subtree_only(tree: dict[str, int], view: View) -> None:
    with view() as r:
        assert queries.units_named(r.session, "Chi bộ thôn Giang Cao", within=tree["CA"]) == []
        assert [unit.code for unit in queries.units_named(r.session, "gc", within=tree["XA"])] == ["GC"]
