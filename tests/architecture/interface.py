"""Asks for what scripts are answered, plainly or by schemathesis, and holds the answers against their description."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.core.result import Err
from schemathesis.transport.serialization import Binary
from werkzeug.routing import BuildError
from werkzeug.test import TestResponse

from docs import describe_json
from tests.architecture.callers import NOBODY, Row
from tests.architecture.matrix import ROWS
from tests.support.browse import Browse


class World(Protocol):
    """What is asked of the house of the permission matrix."""

    @property
    def app(self) -> Flask: ...
    @property
    def world(self) -> dict[str, str | int]: ...
    @property
    def tokens(self) -> dict[str, str]: ...

    def settle(self) -> None: ...


class Interface:
    """The description and who asks by it; `failures` has what was answered otherwise."""

    def __init__(self, house: World, browse: Browse) -> None:
        self._house, self._browse = house, browse
        self.failures: dict[str, str] = {}
        self.statuses: Counter[int] = Counter()
        self._described = describe_json.describe(house.app)
        self._refused = self._described["components"]["schemas"]["Refused"]

    def ask_once(self) -> None:
        """Each operation as the matrix asks for it."""
        for operations in self._described["paths"].values():
            for method, operation in operations.items():
                row = ROWS[operation["operationId"]]
                self._send(operation, method.upper(), self._values(row), _callers(row)[0], row.data)

    def ask_often(self, cases: int) -> None:
        """So many requests as the description allows them, and as many as it does not, to each of its operations."""
        for found in schemathesis.openapi.from_dict(self._described).get_all_operations():
            if isinstance(found, Err):
                raise found.err()
            operation = found.ok()
            for turn, mode in enumerate((GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
                self._ask(operation, mode, cases, turn)
            self._house.settle()

    def _ask(self, operation: Any, mode: GenerationMode, cases: int, turn: int) -> None:
        described = operation.definition.raw
        row = ROWS[described["operationId"]]
        if mode is GenerationMode.NEGATIVE and not (operation.path_parameters or operation.body):
            return  # nothing is sent, so nothing can be wrong
        made = operation.as_strategy(generation_mode=mode)

        @settings(
            max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @seed(turn)
        @given(case=made, caller=st.sampled_from(_callers(row)), is_there=st.integers(0, 3))
        def ask(case: Any, caller: str, is_there: int) -> None:
            values = self._values(row) if is_there else dict(case.path_parameters or {})
            self._send(described, operation.method.upper(), values, caller, case.body)

        ask()

    def _values(self, row: Row) -> dict[str, Any]:
        return {name: self._house.world[part] for name, part in row.values.items()}

    def _send(self, operation: dict[str, Any], method: str, values: dict[str, Any], caller: str, body: Any) -> None:
        endpoint = operation["operationId"]
        try:
            with self._house.app.test_request_context():
                url = self._house.app.url_for(endpoint, **values)
        except (BuildError, ValueError, TypeError):
            return  # no address can be made of this
        self._browse.as_nobody()
        if caller != NOBODY:
            self._browse.use_sign_in_token(self._house.tokens[caller])
        answer = self._browse.knock(method, url.partition("?")[0], _fields(body), as_json=True)
        self.statuses[answer.status_code] += 1
        wrong = self._wrong(answer, operation["responses"])
        if wrong:
            self.failures.setdefault(f"{endpoint} {wrong[:120]}", f"{method} {url} {caller} {body!r}: {wrong}")

    def _wrong(self, answer: TestResponse, responses: dict[str, Any]) -> str:
        """What the description does not say; nothing where the answer is as described."""
        if answer.status_code >= 500 and str(answer.status_code) not in responses:
            return f"failed with {answer.status_code}: {answer.get_data(as_text=True)[:300]}"
        if answer.mimetype != "application/json":
            return f"answered {answer.status_code} as {answer.mimetype}"
        described = responses.get(str(answer.status_code))
        schema = self._refused if described is None else described["content"]["application/json"]["schema"]
        problems = [problem.message for problem in Draft202012Validator(schema).iter_errors(answer.get_json())]
        return "; ".join(problems)


def _callers(row: Row) -> list[str]:
    return sorted(row.inside - {NOBODY}) or [NOBODY]


def _fields(body: Any) -> dict[str, Any] | None:
    """What a form can hold of it: texts, several of a name, a file for what is binary."""
    if not isinstance(body, Mapping):
        return None
    return {str(name): _field(value) for name, value in body.items() if name and name != "csrf_token"}


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, Binary):
        return io.BytesIO(value.data), "hinh.png"
    return str(value).encode("utf-8", "replace").decode()
