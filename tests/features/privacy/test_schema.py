"""Of every column it was said whether it is about a person, what it is for and how long it is kept."""

from __future__ import annotations

from quiz_app.privacy.schema import PERSONAL, PLAIN, SIGNED
from quiz_app.tables import metadata


def _names_member(table: str) -> set[str]:
    return {
        column.name
        for column in metadata.tables[table].columns
        if any(key.column.table.name == "member" for key in column.foreign_keys)
    }


def test_every_table_stands_in_one_place() -> None:
    named = [*PERSONAL, *SIGNED, *PLAIN]
    assert len(named) == len(set(named))
    assert set(metadata.tables) - set(named) == set(), "say in privacy/schema.py what is kept there about people"
    assert set(named) - set(metadata.tables) == set(), "no such table any more"


def test_every_column_of_a_personal_table_is_declared_once() -> None:
    for name, kept in PERSONAL.items():
        declared = [*kept.given, *kept.withheld, *kept.plain]
        assert sorted(declared) == sorted(metadata.tables[name].columns.keys()), name
        assert _names_member(name).isdisjoint(kept.plain), name


def test_no_other_table_names_a_member_unseen() -> None:
    assert {name: set(columns) for name, columns in SIGNED.items()} == {name: _names_member(name) for name in SIGNED}
    assert {name: found for name in PLAIN if (found := _names_member(name))} == {}


def test_no_secret_is_given() -> None:
    for name, kept in PERSONAL.items():
        secret = {
            column for column in kept.given if any(word in column for word in ("hash", "sha256", "secret", "mac"))
        }
        assert secret == set(), name
