"""A page as a test reads it, and what must hold for every page of the product."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from xml.etree.ElementTree import Element

from tests.support import markup

FIELD_KINDS_WITHOUT_LABEL = {"hidden", "submit", "button", "reset", "image"}
ALLOWED_TERMS = (
    "Email", "QR", "PAR INDEX", "UNESCO", "SIPAS", "PAPI", "DTI", "DDCI", "iHanoi", "Zalo", "Excel", "Word", "PDF",
    "Internet", "Wi-Fi", "Chrome", "Safari", "Android", "iPhone", "OCOP", "Smart City", "online", "AI", "ESG", "VNeID",
    "Startup", "logistics", "Digital", "Hub", "Blockchain", "Big Data", "KPI", "GRDP", "FDI", "WHO", "ISO",
    "JavaScript",
)  # fmt: skip
_ALLOWED = re.compile(rf"\b(?:{'|'.join(map(re.escape, ALLOWED_TERMS))})\b", re.IGNORECASE)
# English words that are no Vietnamese syllable without its marks; what a library says by itself is made of them.
ENGLISH = re.compile(
    r"\b(and|for|with|your|you|are|this|that|these|from|have|has|was|were|will|not|must|should|please|required|field|"
    r"invalid|valid|value|choice|number|character|characters|length|submit|save|saved|search|user|username|password|"
    r"login|logout|sign|account|home|page|pages|error|errors|next|previous|back|continue|cancel|delete|edit|create|new|"
    r"file|download|upload|score|result|results|question|questions|answer|answers|time|date|start|stop|open|closed|"
    r"close|member|members|unit|contest|round|attempt|attempts|list|view|show|hide|loading|total|yes|forbidden|"
    r"unauthorized|internal|server|request|response|undefined|null|true|false|monday|january|first|last|name|title|"
    r"description|settings|menu|role|token|missing|session|expired|more|less|each|item|items|set|sets|draft|published)\b",
    re.IGNORECASE,
)
LEFTOVERS = re.compile(r"\bNone\b|\bUndefined\b|\{\{|\}\}|\{%|%\}|<function|object at 0x|datetime\.")


@dataclass
class Form:
    """A form as a browser would send it: where, how, and what its fields hold."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)


class Page:
    """An HTML answer, parsed once."""

    def __init__(self, html: str, *, url: str = "") -> None:
        self.html = html
        self.url = url
        self.tree, self._parser_errors = markup.read(html)

    @cached_property
    def text(self) -> str:
        """What a person reads on the page, white space folded."""
        return _folded(" ".join(_visible(self.tree)))

    @property
    def title(self) -> str:
        found = self.tree.find("./head/title")
        return _folded(found.text or "") if found is not None else ""

    def all(self, path: str) -> list[Element]:
        """Elements by ElementTree path below the root, as `.//h2` or `.//a[@class='x']`."""
        return self.tree.findall(path)

    def texts(self, path: str) -> list[str]:
        return [text_of(element) for element in self.all(path)]

    def by_id(self, identity: str) -> Element:
        for element in self.tree.iter():
            if element.get("id") == identity:
                return element
        raise AssertionError(f"{self.url}: no element has the id {identity!r}")

    def hrefs(self) -> list[str]:
        return [link.get("href", "") for link in self.all(".//a[@href]")]

    def form(self, action: str | None = None, *, method: str = "post") -> Form:
        """The one form of that method whose action ends in `action` (any, where None)."""
        found = [
            element
            for element in self.all(".//form")
            if element.get("method", "get").lower() == method
            and (action is None or element.get("action", self.url).endswith(action))
        ]
        if len(found) != 1:
            actions = [element.get("action") for element in self.all(".//form")]
            raise AssertionError(f"{self.url}: {len(found)} forms for {action!r} among {actions}")
        return _form(found[0], self.url)

    def problems(self) -> list[str]:
        """Everything that makes this page unfit to be shown, in words."""
        return [
            *self._parser_errors,
            *_head_problems(self),
            *_id_problems(self.tree),
            *_control_problems(self.tree),
            *_inline_problems(self.tree),
            *_word_problems(self),
        ]


def text_of(element: Element) -> str:
    return _folded(" ".join(_visible(element)))


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def elements(root: Element) -> Iterator[Element]:
    """Without comments."""
    for element in root.iter():
        if not _is_comment(element):
            yield element


def _is_comment(element: Element) -> bool:
    return callable(element.tag)  # ElementTree marks comments by a function in place of the tag


def _visible(element: Element) -> Iterator[str]:
    if _is_comment(element) or element.tag in {"script", "style", "template"}:
        return
    if element.text:
        yield element.text
    for child in element:
        yield from _visible(child)
        if child.tail:
            yield child.tail


def _form(element: Element, url: str) -> Form:
    form = Form(element.get("action") or url, element.get("method", "get").lower())
    inert = {id(control) for template in element.iter("template") for control in template.iter()}
    for control in elements(element):
        name = control.get("name")
        if id(control) in inert or name is None or control.get("disabled") is not None:
            continue
        for value in _sent(control):
            form.values.setdefault(name, []).append(value)
    return form


def _sent(control: Element) -> list[str]:
    if control.tag == "textarea":
        return [control.text or ""]
    if control.tag == "select":
        options = list(control.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and control.get("multiple") is None:
            chosen = options[:1]
        return [option.get("value", text_of(option)) for option in chosen]
    if control.tag != "input":
        return []
    kind = control.get("type", "text")
    if kind in {"checkbox", "radio"}:
        return [control.get("value", "on")] if control.get("checked") is not None else []
    return [] if kind in {"submit", "button", "reset", "image", "file"} else [control.get("value", "")]


def _head_problems(page: Page) -> Iterator[str]:
    if page.tree.get("lang") != "vi":
        yield "html has no lang=vi"
    if not page.title or page.title.startswith("–"):
        yield f"the title is missing: {page.title!r}"
    if len(page.all(".//h1")) != 1:
        yield f"{len(page.all('.//h1'))} h1 instead of one"
    if len(page.all(".//main")) != 1:
        yield f"{len(page.all('.//main'))} main instead of one"
    for image in page.all(".//img"):
        if image.get("alt") is None:
            yield f"img without alt: {image.get('src')}"


def _id_problems(tree: Element) -> Iterator[str]:
    ids = Counter(element.get("id") for element in elements(tree) if element.get("id") is not None)
    yield from (f"id {identity!r} stands {count} times" for identity, count in ids.items() if count > 1)
    for element in elements(tree):
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list"):
            for reference in (element.get(attribute) or "").split():
                if reference not in ids:
                    yield f"{element.tag} {attribute}={reference!r} leads nowhere"


def _control_problems(tree: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in tree.iter("label")}
    wrapped = {id(control) for label in tree.iter("label") for control in label.iter()}
    for control in elements(tree):
        named = control.get("aria-label") or control.get("aria-labelledby") or control.get("title")
        if control.tag in {"a", "button"}:
            if not named and not text_of(control):
                yield f"{control.tag} without words: {control.attrib}"
            continue
        if control.tag not in {"input", "select", "textarea"}:
            continue
        if control.get("type") in FIELD_KINDS_WITHOUT_LABEL:
            continue
        if not named and control.get("id") not in labelled and id(control) not in wrapped:
            yield f"{control.tag} without label: {control.attrib}"


def _inline_problems(tree: Element) -> Iterator[str]:
    for element in elements(tree):
        if element.tag == "style":
            yield "a style element"
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
            yield "an inline script"
        for name, value in element.attrib.items():
            if name == "style" or name.startswith("on"):
                yield f"{element.tag} carries {name}="
            if name in {"href", "src", "action"} and value.strip().lower().startswith(("javascript:", "http://", "//")):
                yield f"{element.tag} {name}={value!r}"


def _word_problems(page: Page) -> Iterator[str]:
    words = [page.text, page.title]
    for element in elements(page.tree):
        words += [element.get(name, "") for name in ("alt", "title", "placeholder", "aria-label")]
        if element.tag == "input" and element.get("type") in {"submit", "button"}:
            words.append(element.get("value", ""))
    text = " ".join(words)
    if unicodedata.normalize("NFC", text) != text:
        yield "text that is not NFC"
    for found in LEFTOVERS.finditer(text):
        yield f"left over: {_around(text, found)}"
    for command in page.texts(".//code"):  # what is typed at a prompt is not prose
        text = text.replace(command, " ", 1)
    for found in ENGLISH.finditer(_ALLOWED.sub(" ", text)):
        yield f"English: {_around(text, found)}"


def _around(text: str, found: re.Match[str]) -> str:
    return repr(text[max(0, found.start() - 25) : found.end() + 25])
