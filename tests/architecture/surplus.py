"""Posts each form twice, once with fields that it does not have: what reaches the database must be the same."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from flask import Flask, url_for
from sqlalchemy import event
from wtforms import BooleanField, DateField, DateTimeField, Field, FileField, IntegerField, PasswordField, TimeField
from wtforms import Form as AnyForm

from quiz_app.kernel.db import Base, Database
from quiz_app.web.guard import SAFE_METHODS
from tests.architecture import hostile
from tests.architecture.callers import NOBODY, Row
from tests.architecture.matrix import ROWS
from tests.architecture.stored import FIRST
from tests.architecture.world import House
from tests.support import prints
from tests.support.browse import Browse
from tests.support.build import PASSWORD
from tests.support.clock import NOW

# What is not a field of any of these forms: every column that the database has, and what frameworks like to take.
SURPLUS = frozenset(column.name for table in Base.metadata.tables.values() for column in table.columns) | {
    "admin", "is_admin", "is_active", "is_staff", "is_superuser", "user_id", "chi_bo_id", "deadline", "roles",
    "permissions", "grants", "now", "actor", "score_ms",
}  # fmt: skip
# Where what a person would write cannot be guessed from the kind of a field.
WRITTEN: dict[str, dict[str, str]] = {
    "announcements.write": {"starts_on": "2026-12-01", "ends_on": "2026-12-09"},
    "meetings_manage.plan": {"unit": "2"},
    "members.change_password": {"current": PASSWORD, "new": "mua-he-do-lua-2027", "again": "mua-he-do-lua-2027"},
    "people_members.change_category": {"category": "probationary"},
    "people_members.change_standing": {"standing": "exempt"},
    "people_units.rename": {"name": "Chi bộ thôn khác"},
    "registering.in_unit": {
        "full_name": "Nguyễn Thị Mai", "born": "05/02/1960", "phone": "0912345678", "new": "482915",
        "again": "482915", "take_part": "y",
    },
}  # fmt: skip
Written = tuple[int, str | None, list[tuple[str, str]]]


class Surplus:
    """`wrote`: the endpoints whose form was good enough for something to be written. `taken`: where more was taken."""

    def __init__(self, house: House, app: Flask, db: Database, browse: Browse) -> None:
        self._house, self._app, self._db, self._browse = house, app, db, browse
        self._writes: list[tuple[str, str]] = []
        self._chance = random.Random()  # noqa: S311 - that it can be foretold is what it is for
        self.wrote: set[str] = set()
        self.taken: dict[str, str] = {}

    def ask(self, *endpoints: str) -> None:
        """Of these, or of everything that changes something."""
        with self._same_again() as watch:
            for endpoint, row in sorted(ROWS.items()):
                methods = {method for rule in self._app.url_map.iter_rules(endpoint) for method in rule.methods or ()}
                if methods - SAFE_METHODS and (not endpoints or endpoint in endpoints):
                    self._ask(endpoint, row, watch)

    def _ask(self, endpoint: str, row: Row, watch: Watch) -> None:
        inside = row.inside - {NOBODY} or row.inside or {"organiser"}
        caller = next((one for one in FIRST if one in inside), min(inside))
        with self._app.test_request_context():
            url = url_for(endpoint, **{name: self._house.world[part] for name, part in row.values.items()})  # type: ignore[arg-type] # plain url values
        watch.begin()
        told = dict(row.data)
        plain = self._post(url, caller, told)
        filled = watch.filled(told) | WRITTEN.get(endpoint, {})
        if filled and (watch.fields or not plain[2]):
            told |= filled
            plain = self._post(url, caller, told)
        if not plain[2]:
            return
        self.wrote.add(endpoint)
        surplus = dict.fromkeys(SURPLUS - told.keys() - watch.asked.names, "1")
        more = self._post(url, caller, surplus | told)
        if more != plain:  # what is asked first draws on chance more often than what is asked again
            plain = self._post(url, caller, told)
        if more != plain:
            pairs = zip(more[2], plain[2], strict=False)
            self.taken[endpoint] = next((f"{a}, not {b}" for a, b in pairs if a != b), f"{more[:2]}")

    def _post(self, url: str, caller: str, data: Mapping[str, str]) -> Written:
        """What is answered and written, from the same state of the house and by the same chance."""
        self._house.settle()
        self._chance.seed(7)
        self._writes.clear()
        self._browse.as_nobody()
        if caller != NOBODY:
            self._browse.use_sign_in_token(self._house.tokens[caller])
        answer = self._browse.knock("POST", url, data)
        return answer.status_code, answer.headers.get("Location"), list(self._writes)

    @contextmanager
    def _same_again(self) -> Iterator[Watch]:
        """Time stands still and chance repeats itself; pages are not drawn, for nobody looks at them."""

        def executed(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}:
                self._writes.append((statement, repr(parameters)))

        event.listen(self._db.engine, "before_cursor_execute", executed)
        with ExitStack() as stack:
            stack.callback(event.remove, self._db.engine, "before_cursor_execute", executed)
            stack.enter_context(prints.pages_for_paper())
            for of in ("os.urandom", "random._urandom"):
                stack.enter_context(mock.patch(of, self._chance.randbytes))
            for name in ("now", "adjusted"):
                stack.enter_context(mock.patch.object(Database, name, lambda *_: NOW))
            stack.enter_context(mock.patch("flask.templating._render", lambda *_: ""))
            stack.enter_context(mock.patch.object(self._app.jinja_env, "get_or_select_template", lambda *_: None))
            yield Watch(stack.enter_context(hostile.watching(self._app, self._db)), stack)


class Watch:
    """What the forms of one endpoint are made of, and what the view looks up besides."""

    def __init__(self, asking: hostile.Watch, stack: ExitStack) -> None:
        self._asking = asking
        self.fields: dict[str, Field] = {}
        process = AnyForm.process

        def processed(form: Any, *args: Any, **kwargs: Any) -> None:
            process(form, *args, **kwargs)
            self.fields |= {field.name: field for field in form}

        stack.enter_context(mock.patch.object(AnyForm, "process", processed))

    @property
    def asked(self) -> hostile.Asked:
        return self._asking.asked

    def begin(self) -> None:
        self._asking.asked = hostile.Asked()
        self.fields.clear()

    def filled(self, known: Mapping[str, str]) -> dict[str, str]:
        """What a person might write into the fields that are not `known` yet."""
        filled = {name: value for name, field in self.fields.items() if (value := _plausible(field)) is not None}
        others = {name: (self.asked.right.get(name) or ["1"])[0] for name in self.asked.names - self.fields.keys()}
        return {name: value for name, value in (others | filled).items() if name not in known}


def _plausible(field: Any) -> str | None:
    if isinstance(field, FileField):
        return None
    if hasattr(field, "iter_choices"):
        return next((str(choice[0]) for choice in field.iter_choices() if choice[0]), None)
    if isinstance(field.data, (str, int)) and field.data and not isinstance(field, PasswordField):
        return str(field.data)
    if isinstance(field, DateTimeField):
        return "2026-12-05T08:00"
    for kind, value in ((DateField, "2026-12-01"), (TimeField, "08:00"), (IntegerField, "1"), (BooleanField, "y")):
        if isinstance(field, kind):
            return value
    return "Chữ thường"
