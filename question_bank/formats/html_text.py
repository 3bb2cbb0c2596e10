"""Between HTML and the Markdown of the bank. What is no text is dropped, and what could do harm is told as well."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from question_bank import normalise

_VOID = {"br", "img", "hr", "input", "col", "meta", "link", "wbr", "source", "track", "area", "base", "embed"}
_HARMFUL = {"script", "style", "iframe", "object", "embed", "applet", "form", "svg", "math", "video", "audio"}
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section", "table", "tr", "prompt"}
_STRONG, _EMPHASIS = {"b", "strong"}, {"i", "em"}
_CLOSED_BY_ITSELF = {"p": {"p"}, "li": {"li"}, "tr": {"tr", "td", "th"}, "td": {"td", "th"}, "th": {"td", "th"}}
_WITHOUT_INSIDE = {"title": "", "head": "", "br": "\\\n"}
_SMALL = {"sup": str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), "sub": str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")}
_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|(?<!\s)\*|\*(?!\s)|`|(?<=\])\(|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|(?<=\])\[", re.UNICODE
)
_OPENING = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|\d+(?=[.)](?:\s|$))|[-=_*~]{3,})", re.MULTILINE)
_LINK = re.compile(r"(?:https?://|mailto:)[^\s()<>]+", re.IGNORECASE)
_TAG = re.compile(
    r"<(?:/?(?:p|br|b|i|u|em|strong|div|span|ul|ol|li|img|a|sub|sup|table|script)\b[^>]*|!--.*?--)>", re.I
)
_MAX_DEPTH = 60

_WRITER = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table")

FindImage = Callable[[str, str], str]


@dataclass(slots=True)
class _Node:
    tag: str
    attributes: dict[str, str]
    inside: list[_Node | str] = field(default_factory=list)


def looks_like_html(text: str) -> bool:
    """Whether a text of no stated kind has the tags of HTML."""
    return _TAG.search(text) is not None


def to_markdown(html: str, find_image: FindImage, warn: Callable[[str], None]) -> str:
    """The text as Markdown. `find_image` gives the address for (src, alt), or "" where the picture is not to be had."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    writer = _Writer(find_image, warn)
    text = normalise.text(writer.blocks(tree.root))
    if tree.has_handlers:
        warn("Mã chạy theo sự kiện (onclick, onerror…) trong câu hỏi đã bị bỏ.")
    return text


def to_xhtml(markdown: str) -> str:
    """The text as XHTML; a text of one paragraph is not wrapped in one."""
    return str(_WRITER.render(markdown)).strip() if "\n" in markdown else str(_WRITER.renderInline(markdown))


def escaped(text: str) -> str:
    """Plain text as Markdown that shows the very same characters."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def escaped_openings(text: str) -> str:
    """The text with every line kept from opening a list, a heading or a quotation."""
    return _OPENING.sub(
        lambda found: f"{found[1]}{found[2]}\\" if found[2].isdecimal() else f"{found[1]}\\{found[2]}", text
    )


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("", {})
        self._open = [self.root]
        self.has_handlers = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.rpartition(":")[2]
        self.has_handlers |= any(name.startswith("on") for name, _ in attrs)
        if self._open[-1].tag in _CLOSED_BY_ITSELF.get(tag, ()):
            self._open.pop()
        node = _Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(node)
        if tag not in _VOID and len(self._open) < _MAX_DEPTH:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        for position in range(len(self._open) - 1, 0, -1):
            if self._open[position].tag == tag:
                del self._open[position:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


class _Writer:
    def __init__(self, find_image: FindImage, warn: Callable[[str], None]) -> None:
        self.find_image, self.warn = find_image, warn

    def blocks(self, node: _Node, indent: str = "") -> str:
        """The text of a node, its paragraphs parted by empty lines."""
        parts: list[str] = []
        line = ""
        for one in node.inside:
            if isinstance(one, _Node) and (one.tag in _BLOCKS or one.tag in ("ul", "ol") or self._holds_blocks(one)):
                parts += [self._paragraph(line), self._block(one, indent)]
                line = ""
            else:
                line += self.inline(one)
        parts.append(self._paragraph(line))
        return "\n\n".join(part for part in parts if part.strip())

    def inline(self, node: _Node | str) -> str:
        """The text of a node as part of a line."""
        if isinstance(node, str):
            return escaped(re.sub(r"\s+", " ", node))
        if node.tag in _HARMFUL:
            self.warn(f"Thẻ <{node.tag}> trong câu hỏi đã bị bỏ.")
            return ""
        if node.tag == "img":
            alt = normalise.line(node.attributes.get("alt", ""))
            address = self.find_image(node.attributes.get("src", ""), alt)
            return f"![{escaped(alt)}]({address})" if address else escaped(alt)
        return _WITHOUT_INSIDE[node.tag] if node.tag in _WITHOUT_INSIDE else self._styled(node)

    def _styled(self, node: _Node) -> str:
        inside = "".join(self.inline(one) for one in node.inside)
        if node.tag in _STRONG:
            return _wrapped(inside, "**")
        if node.tag in _EMPHASIS:
            return _wrapped(inside, "*")
        if node.tag in _SMALL:
            return inside.translate(_SMALL[node.tag])
        if node.tag == "a" and inside.strip() and _LINK.fullmatch(node.attributes.get("href", "")):
            return f"[{inside.strip()}]({node.attributes['href']})"
        return f"{inside} " if node.tag in ("td", "th") else inside

    def _holds_blocks(self, node: _Node) -> bool:
        return any(
            isinstance(one, _Node) and (one.tag in _BLOCKS or one.tag in ("ul", "ol") or self._holds_blocks(one))
            for one in node.inside
            if node.tag not in _HARMFUL
        )

    def _block(self, node: _Node, indent: str) -> str:
        if node.tag not in ("ul", "ol"):
            return self.blocks(node, indent)
        lines = []
        for number, item in enumerate((one for one in node.inside if isinstance(one, _Node)), start=1):
            mark = f"{number}. " if node.tag == "ol" else "- "
            text = re.sub(r"\n{2,}", "\n", self.blocks(item))
            lines.append(mark + text.replace("\n", "\n" + " " * len(mark)))
        return "\n".join(lines)

    @staticmethod
    def _paragraph(line: str) -> str:
        stripped = re.sub(r"(?:\\\n\s*)+$", "", re.sub(r"^(?:\\\n\s*)+", "", line.strip())).strip()
        return escaped_openings(stripped)


def _wrapped(text: str, mark: str) -> str:
    inner = text.strip()
    if not inner or "\n" in inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{inner}{mark}{after}"
