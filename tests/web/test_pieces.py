"""Pages of packed pieces: any browser reads the same page, whichever pieces it was put together from."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from quiz_app.web.pieces import LEVEL_AT_ONCE, STORED, packed, page, stored

WORDS = "Đồng chí xếp hạng 1 trên 20 người. " * 200


def test_a_page_reads_the_same_packed_and_plain() -> None:
    app = Flask(__name__)
    pieces = [packed(WORDS), stored("đồng chí <b>"), packed(WORDS, LEVEL_AT_ONCE), stored(""), packed("")]
    for order in (pieces, pieces[::-1], pieces[1:2], []):
        whole = b"".join(piece.plain for piece in order)
        with app.test_request_context(headers={"Accept-Encoding": "gzip, br"}):
            answer = page(order)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.get_data()) == whole
        for refusal in ("", "gzip;q=0", "identity"):
            with app.test_request_context(headers={"Accept-Encoding": refusal}):
                answer = page(order)
            assert "Content-Encoding" not in answer.headers
            assert answer.get_data() == whole
            assert "Accept-Encoding" in answer.vary
    assert len(packed(WORDS).deflated) < len(WORDS) / 20


def test_a_stored_piece_has_its_limit() -> None:
    stored("x" * STORED)
    with pytest.raises(ValueError, match="limit"):
        stored("x" * (STORED + 1))
