"""Items made to break a format: every sign that some format needs for itself, in every text."""

from __future__ import annotations

import unicodedata
from datetime import date

from hypothesis import strategies as st

from question_bank import normalise
from question_bank.model import TRUTH_WORDS, Item, ItemSet, Kind, Option, Source, Use

_PIECES = [
    "Đảng bộ", "nghị quyết", "Hà Nội", "Điều 5", "“trích”", '"thẳng"', "'nháy'", "{ngoặc}", "}", "{", "=", "~", "#",
    "####", "\\", "\\n", ":", "::", "//", "->", "[html]", "[markdown]", "%50%", "**đậm**", "*nghiêng*", "_", "`mã`",
    "A.", "b)", "1.", "Câu 1:", "Đáp án: B", "Nguồn: x", "ANSWER: B", "=1+1", "+84", "-3", "@cmd", "🙂", "👩‍👩‍👧",
    "<b>", "</text>", "&", "&amp;", "<script>alert(1)</script>", "]]>", "<!--", "ð", "Ð", "\u00a0", "\u200b", "\t",
    unicodedata.normalize("NFD", "Đường lối đổi mới"), "\u201c", "|", "$CATEGORY: x", "[x](/y)", "![hình](/hinh/a.png)",
    "_x000D_", "{{7*7}}", "[[items]]", "'''", "\u2028", "100 %", "T", "F", "- một", "> trích", "https://x.vn/?a=1&b=2",
]  # fmt: skip

words = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map(" ".join)
lines = st.lists(words, min_size=1, max_size=3).map("\n".join)
paragraphs = st.lists(words, min_size=1, max_size=3).map("\n\n".join)
_slugs = st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
_days = st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2090, 1, 1)))


def _said(text: str) -> bool:
    return bool(normalise.text(text))


def texts(*, is_one_line: bool) -> st.SearchStrategy[str]:
    """A text that says something."""
    return (words.map(normalise.line) if is_one_line else st.one_of(words, lines, paragraphs)).filter(_said)


@st.composite
def items(draw: st.DrawFn, *, is_one_line: bool = False, kinds: tuple[Kind, ...] = tuple(Kind)) -> Item:
    kind = draw(st.sampled_from(kinds))
    if kind is Kind.TRUE_FALSE:
        right = draw(st.integers(0, 1))
        options = [Option("ab"[index], word, index == right, True) for index, word in enumerate(TRUTH_WORDS)]
    else:
        unique = st.lists(texts(is_one_line=is_one_line), min_size=2, max_size=5, unique_by=normalise.same)
        written = draw(unique.filter(lambda found: tuple(map(normalise.text, found)) != TRUTH_WORDS))
        ids = draw(st.permutations(["a", "b", "c", "d", "e", "o27"]))[: len(written)]
        most = 1 if kind is Kind.SINGLE else len(written)
        keys = draw(st.sets(st.integers(0, len(written) - 1), min_size=1, max_size=most))
        pinned = draw(st.sets(st.integers(0, len(written) - 1), max_size=2))
        options = [Option(ids[index], text, index in keys, index in pinned) for index, text in enumerate(written)]
    has_source = draw(st.booleans())
    source = Source(
        draw(_slugs) if has_source else "",
        draw(_slugs) if has_source else "",
        draw(st.one_of(st.just(""), texts(is_one_line=is_one_line))),
        draw(_days),
        draw(_days),
    )
    return Item(
        id=draw(_slugs),
        kind=kind,
        topic=draw(st.sampled_from(["II.1.1", "II.2-IV", "x"])),
        level=draw(st.integers(1, 3)),
        stem=draw(texts(is_one_line=is_one_line)),
        options=tuple(options),
        rationale=draw(st.one_of(st.just(""), texts(is_one_line=is_one_line))),
        source=source,
        lesson=draw(st.one_of(st.none(), st.just("xay-dung-dang/bai-1"))),
        points=draw(st.one_of(st.none(), st.integers(1, 100))),
        note=draw(st.one_of(st.just(""), texts(is_one_line=is_one_line))),
    )


def sets(**how: bool | tuple[Kind, ...]) -> st.SearchStrategy[ItemSet]:
    """A set of one to four such items."""
    some = st.lists(items(**how), min_size=1, max_size=4, unique_by=lambda item: item.id)  # type: ignore[arg-type]  # both keywords pass through
    return some.map(lambda found: ItemSet("bo-thu", "Bộ thử", Use.PRACTICE, tuple(found)))
