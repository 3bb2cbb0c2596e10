"""Whatever the bytes: `read` raises nothing, and every block that went in comes out in one of the three lists."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from question_bank import formats
from question_bank.formats import Format, Parsed
from tests.bank import nasty
from tests.bank.bad_files import zipped
from tests.support.sitting import shipped_bank

QUICK = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
SET = shipped_bank().sets[0]
SAMPLES = {
    format_: formats.write(SET.__class__(SET.slug, SET.title, SET.use, SET.items[:3]), format_) for format_ in Format
}
MARKS = [
    "::",
    "{",
    "}",
    "=",
    "~",
    "####",
    "//",
    "\n\n",
    "\n",
    "A. ",
    "ANSWER: A",
    "->",
    "%50%",
    "<quiz>",
    "</text>",
    "&x;",
    "[[items]]",
    "id = ",
]


def sound(name: str, content: bytes) -> Parsed:
    parsed = formats.read(name, content)
    assert parsed.blocks == len(parsed.items) + len(parsed.skipped) + len(parsed.errors) >= 1
    assert Parsed.from_json(parsed.to_json()) == parsed
    return parsed


@QUICK
@given(
    pieces=st.lists(st.one_of(st.sampled_from(MARKS), nasty.words), max_size=30),
    suffix=st.sampled_from([".txt", ".gift", ".toml", ".xml"]),
)
def test_any_text(pieces: list[str], suffix: str) -> None:
    sound(f"a{suffix}", "".join(pieces).encode())


@QUICK
@given(
    content=st.binary(max_size=400),
    start=st.sampled_from([b"", b"PK\x03\x04", b"<quiz>", b"\xff\xfe", b"\xef\xbb\xbf"]),
)
def test_any_bytes(content: bytes, start: bytes) -> None:
    sound("a.txt", start + content)


@pytest.mark.parametrize("format_", Format)
@QUICK
@given(chosen=st.data())
def test_any_damage(format_: Format, chosen: st.DataObject) -> None:
    content = SAMPLES[format_]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [(name, archive.read(name)) for name in archive.namelist()]
        spoilt = chosen.draw(st.integers(0, len(entries) - 1))
        entries[spoilt] = (entries[spoilt][0], damaged(entries[spoilt][1], chosen))
        sound(f"a{format_.suffix}", zipped(*entries))
    sound(f"a{format_.suffix}", damaged(content, chosen))


def damaged(content: bytes, chosen: st.DataObject) -> bytes:
    """The content with a piece of it gone, doubled or overwritten."""
    start = chosen.draw(st.integers(0, max(len(content) - 1, 0)))
    end = chosen.draw(st.integers(start, min(len(content), start + 60)))
    return (
        content[:start]
        + chosen.draw(st.sampled_from([b"", content[start:end] * 2, b"<", b"\xff", b"}"]))
        + content[end:]
    )
