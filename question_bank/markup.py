"""Markdown of authors to HTML that is safe to put on a page as it stands.

Two walls: the parser takes no HTML, and what it wrote is cleaned again against an allow-list. Nothing is ever loaded
from another host, and a link cannot leave the site without saying so (`//host` looks like a path and is not one).
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_INLINE_TAGS = {"a", "br", "code", "em", "strong"}
_PHRASE_TAGS = _INLINE_TAGS | {"img", "span"}
_TOKENS_OF_A_PARAGRAPH = 3  # open, inline, close
_BLOCK_TAGS = _INLINE_TAGS | {
    "blockquote", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "span": {"class", "role"},
}  # fmt: skip
_LINK = re.compile(r"(?:https?://[^/]|mailto:[^/]|/(?!/)|#)", re.IGNORECASE)
_LOCAL = re.compile(r"/(?!/)")
# Browsers drop these inside an address and read a backslash as a slash, so "/\t/host" and "/\host" name a host.
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060\ufeff]")


def render(source: str) -> str:
    """HTML of a whole text: its highest heading becomes h2, so that the page's own h1 stays alone.

    Remote images are replaced by their alternative text, links other than http(s), mailto, "/path" and "#anchor" stay
    plain text.
    """
    tokens = _BLOCKS.parse(source)
    _shift_headings(tokens)
    html = _BLOCKS.renderer.render(tokens, _BLOCKS.options, {})
    return _clean(html, _BLOCK_TAGS)


def render_phrase(source: str) -> str:
    """HTML of a stem or an option, which may stand in a heading, a legend or a label: there, no block is allowed.

    So paragraphs and lists become spans with the role of what they are; emphasis, links and local images stay.
    Headings, tables and quotations are plain text, and a single line is never a list ("2025. Năm bản lề").
    """
    if "\n" not in source:
        return _clean(_PHRASE.renderInline(source), _PHRASE_TAGS)
    tokens = _PHRASE.parse(source)
    paragraphs = [token for token in tokens if token.type == "paragraph_open" and not token.hidden]
    for token in tokens:
        _as_span(token, is_alone=len(paragraphs) == 1 and len(tokens) == _TOKENS_OF_A_PARAGRAPH)
    return _clean(_PHRASE.renderer.render(tokens, _PHRASE.options, {}), _PHRASE_TAGS).replace("\n", " ")


def images_in(source: str) -> list[str]:
    """The addresses of the local images that a text shows, in order."""
    found = []
    for token in _BLOCKS.parse(source):
        for child in token.children or []:
            address = str(child.attrGet("src") or "")
            if child.type == "image" and _is_local(address):
                found.append(address)
    return found


_SPANS = {
    "paragraph": ("phrase-block", ""),
    "bullet_list": ("phrase-list", "list"),
    "ordered_list": ("phrase-list phrase-list--numbered", "list"),
    "list_item": ("phrase-item", "listitem"),
}


def _as_span(token: Token, *, is_alone: bool) -> None:
    name, _, end = token.type.rpartition("_")
    if end not in ("open", "close") or name not in _SPANS:
        return
    if is_alone:
        token.hidden = True
        return
    token.tag, token.block = "span", False
    if end == "open":
        style, role = _SPANS[name]
        token.attrs = {"class": style, "role": role} if role else {"class": style}


def _shift_headings(tokens: Sequence[Token]) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    levels = sorted({token.tag for token in headings})
    shifted = {tag: f"h{min(2 + rank, 6)}" for rank, tag in enumerate(levels)}
    for token in headings:
        token.tag = shifted[token.tag]


def _as_read_by_browsers(address: str) -> str:
    return _IGNORED_BY_BROWSERS.sub("", address).replace("\\", "/")


def _may_link(address: str) -> bool:
    return _LINK.match(_as_read_by_browsers(address)) is not None


def _is_local(address: str) -> bool:
    return _LOCAL.match(_as_read_by_browsers(address)) is not None


def _render_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: Any,  # the signature is markdown-it's own, which leaves it open
    env: MutableMapping[str, Any],
) -> str:
    if _is_local(str(tokens[index].attrGet("src") or "")):
        return renderer.image(tokens, index, options, env)
    return escape(renderer.renderInlineAsText(tokens[index].children or [], options, env))


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    if tag == "a" and attribute == "href" and not _may_link(value):
        return None
    if tag == "img" and attribute == "src" and not _is_local(value):
        return None
    return value


def _clean(html: str, tags: set[str]) -> str:
    return nh3.clean(
        html,
        tags=tags,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    ).strip()


class _Parser(MarkdownIt):
    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.enable("table")
        self.add_render_rule("image", _render_image)

    def validateLink(self, url: str) -> bool:  # noqa: N802  # markdown-it's name for the hook
        return _may_link(url)


_BLOCKS = _Parser()
_PHRASE = _Parser().disable(["heading", "lheading", "table", "blockquote", "code", "fence", "hr", "html_block"])
