"""Markdown of authors: what it may do, and a corpus of what it may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from question_bank.markup import images_in, render, render_phrase
from question_bank.reading import read_bank

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<b onmouseover=alert(1)>x</b>",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><button>x</button></form>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<!--><script>alert(1)</script>-->",
    "<math><mtext></p><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](//evil.example)",
    "[x](///evil.example)",
    "[x](\\\\evil.example)",
    "[x](/\\evil.example)",
    "[x](&#9;//evil.example)",
    "[x](/&#9;/evil.example)",
    "[x](http:evil.example)",
    "[x](file:///etc/passwd)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "[x][y]\n\n[y]: //evil.example",
    "<javascript:alert(1)>",
    '[x](https://a.example "\\" onmouseover=alert(1)")',
    "![x](https://evil.example/p.png)",
    "![x](//evil.example/p.png)",
    "![x](/\\evil.example/p.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](javascript:alert(1))",
    '![" onerror="alert(1)](https://evil.example/p.png)',
    "![<script>alert(1)</script>](https://evil.example/p.png)",
    "![&lt;script&gt;alert(1)&lt;/script&gt;](https://evil.example/p.png)",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
]
BLOCKS = {"blockquote", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
ALLOWED_TAGS = {"a", "br", "code", "em", "img", "span", "strong"} | BLOCKS | TABLES
ALLOWED_ATTRIBUTES = {
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "span": {"class", "role"},
}
SAFE_LINK = re.compile(r"https?://\w|mailto:\w|/(?![/\\])|#")


class Page(HTMLParser):
    """Reads a fragment the way a browser would and keeps its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("renderer", [render, render_phrase])
@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_hostile_comes_through(source: str, renderer: Callable[[str], str]) -> None:
    for tag, attributes in Page(renderer(source)).found:
        assert tag in ALLOWED_TAGS
        assert attributes.keys() <= ALLOWED_ATTRIBUTES.get(tag, set())
        if tag == "a" and "href" in attributes:
            assert SAFE_LINK.match(attributes["href"] or "")
        if tag == "img":
            assert re.match(r"/(?![/\\])", attributes.get("src") or "")
            assert "evil" not in (attributes.get("src") or "").replace("%5Cevil", "")


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**đậm** và *nghiêng*", "<p><strong>đậm</strong> và <em>nghiêng</em></p>"),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("[a](/van-ban/x#i)", '<p><a href="/van-ban/x#i" rel="noopener noreferrer">a</a></p>'),
        ("[a](#i)", '<p><a href="#i" rel="noopener noreferrer">a</a></p>'),
        ("[a](https://a.vn/b)", '<p><a href="https://a.vn/b" rel="noopener noreferrer">a</a></p>'),
        ("[a](//a.vn)", "<p>[a](//a.vn)</p>"),
        ("![a](/static/a.png)", '<p><img src="/static/a.png" alt="a"></p>'),
        ("trước ![chữ thay](https://a.vn/b.png) sau", "<p>trước chữ thay sau</p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("", ""),
    ],
)
def test_a_text_is_rendered(source: str, html: str) -> None:
    assert render(source) == html


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("# A\n## B\n# C", ["h2", "h3", "h2"]),
        ("## A\n### B", ["h2", "h3"]),
        ("### A", ["h2"]),
        ("# A\n#### B", ["h2", "h3"]),
        ("# 1\n## 2\n### 3\n#### 4\n##### 5\n###### 6", ["h2", "h3", "h4", "h5", "h6", "h6"]),
        ("A\n===\n\nB\n---", ["h2", "h3"]),
    ],
)
def test_headings_leave_the_first_level_to_the_page_and_skip_none(source: str, tags: list[str]) -> None:
    assert [tag for tag, _ in Page(render(source)).found] == tags


PHRASE_LIST = '<span class="phrase-list" role="list">'
PHRASE_ITEM = '<span class="phrase-item" role="listitem">'


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# *Số* `01` [a](/b)", '# <em>Số</em> <code>01</code> <a href="/b" rel="noopener noreferrer">a</a>'),
        ("2025. Năm bản lề", "2025. Năm bản lề"),
        ("- một", "- một"),
        ("![a](/static/a.png)", '<img src="/static/a.png" alt="a">'),
        ("a\nb", "a b"),
        ("a\n\nb", '<span class="phrase-block">a</span><span class="phrase-block">b</span>'),
        ("- a\n- *b*", f"{PHRASE_LIST}{PHRASE_ITEM}a</span>{PHRASE_ITEM}<em>b</em></span></span>"),
        ("# a\n> b", "# a &gt; b"),
        ("", ""),
    ],
)
def test_a_stem_is_rendered_without_blocks(source: str, html: str) -> None:
    assert render_phrase(source) == html


def test_local_images_are_listed_in_order() -> None:
    assert images_in("![x](/hinh/b.png) và\n\n- ![y](/hinh/a.png) ![z](https://a.vn/c.png)") == [
        "/hinh/b.png",
        "/hinh/a.png",
    ]


def test_shipped_lessons_use_nothing_the_renderer_drops() -> None:
    for module in read_bank().modules:
        for lesson in module.lessons:
            html = render(lesson.body)
            assert "<h2>" in html
            assert not re.search(r"\*\*|^#|\|", re.sub(r"<[^>]+>", "", html), re.MULTILINE)
