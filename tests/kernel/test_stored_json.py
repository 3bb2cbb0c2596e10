"""What Python has written into a JSON column is read, also what the quicker library does not take."""

from __future__ import annotations

import json

import pytest

from quiz_app.kernel.stored_json import read_json


@pytest.mark.parametrize("value", [[1, 2, 3], {"số": "đồng chí"}, "\ud83d", {"x": ["\udc00"]}, 2**70, None])
def test_what_was_written_is_read(value: object) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value).encode()) == value


def test_what_is_no_json_is_told() -> None:
    with pytest.raises(ValueError, match=r"Expecting|unexpected"):
        read_json("{")
