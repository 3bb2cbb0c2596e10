"""The description of what scripts are answered is of this application, and leaves none out."""

from __future__ import annotations

import inspect

import pytest
from flask import Flask

from docs import describe_json

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
HANDLERS = {"members_notices"}  # answers a refusal, which is described once for all


def test_the_file_is_of_this_application(app: Flask) -> None:
    assert describe_json.FILE.read_text(encoding="utf-8") == describe_json.written(app), "python -m docs.describe_json"


def test_every_blueprint_that_answers_scripts_is_in_it(app: Flask) -> None:
    answering = {
        endpoint.partition(".")[0]
        for endpoint, view in app.view_functions.items()
        if "jsonify(" in inspect.getsource(inspect.getmodule(view))  # type: ignore[arg-type] # every view lies in a module
    }
    described = {endpoint.partition(".")[0] for endpoint in describe_json.ANSWERS}
    assert answering - HANDLERS == described
    assert describe_json.ANSWERS.keys() <= app.view_functions.keys()
