"""Pages of packed pieces: any browser reads the same page, whichever pieces it was put together from."""

from __future__ import annotations

import gzip

import pytest

from quiz_app.web.pieces import LEVEL_AT_ONCE, STORED, joined, packed, stored

WORDS = "Đồng chí xếp hạng 1 trên 20 người. " * 200


def test_a_page_reads_the_same_packed_and_plain() -> None:
    pieces = [packed(WORDS), stored("đồng chí <b>"), packed(WORDS, LEVEL_AT_ONCE), stored(""), packed("")]
    for order in (pieces, pieces[::-1], pieces[1:2], []):
        whole = b"".join(piece.plain for piece in order)
        assert gzip.decompress(joined(order, packed=True)) == whole
        assert joined(order, packed=False) == whole
    assert len(packed(WORDS).deflated) < len(WORDS) / 20


def test_a_stored_piece_has_its_limit() -> None:
    stored("x" * STORED)
    with pytest.raises(ValueError, match="limit"):
        stored("x" * (STORED + 1))
