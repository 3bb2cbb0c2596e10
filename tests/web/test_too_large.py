"""More than a request may hold is refused before it is read, in words, where no proxy stands in front."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from quiz_app.factory import MAX_REQUEST_BYTES
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_of_one_byte_too_many_is_refused_in_words(app: Flask, db: Database, kind: str) -> None:
    answer = app.test_client().post("/dang-nhap", data=b"a" * (MAX_REQUEST_BYTES + 1), content_type=kind)
    assert answer.status_code == 413
    assert "quá lớn" in answer.get_data(as_text=True)
    with db.reading() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 0
