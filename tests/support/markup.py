"""HTML as the standard reads it, and fast where a page is shaped like one that was read before.

What is wrong with a page, and what tree it makes, hangs on its tags and their order. The first page of a shape is read
by the standard's rules, in pure Python; where the quick parser made the same tree of it, that one reads the next.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import html5lib
from lxml import etree, html

_TAG = re.compile(r'<[^<>"]*(?:"[^"]*"[^<>"]*)*>')
_VALUE = re.compile(r'(?<!type)="[^"&]*"')
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d+);")
_TO_THE_LETTER = {"textarea", "pre"}
_ALONE = {
    "checked",
    "selected",
    "disabled",
    "required",
    "readonly",
    "hidden",
    "open",
    "multiple",
    "novalidate",
    "async",
}
_CASED = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
_read_alike: set[str] = set()


def read(text: str) -> tuple[Element, list[str]]:
    """The tree of a page, and where it is no HTML."""
    shape = _shape(text)
    if shape in _read_alike:
        return _quickly(text), []
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree: Element = parser.parse(text)
    errors = [f"line {at[0]}: {code} {values}" for at, code, values in parser.errors]
    if not errors and _are_alike(tree, _quickly(text)):
        _read_alike.add(shape)
    return tree, errors


def _shape(text: str) -> str:
    """The tags with the names of their attributes; and whatever else could be markup that went wrong."""
    plain = _ESCAPED.sub("", text)
    tags = "".join(_VALUE.sub("=", tag) for tag in _TAG.findall(plain))
    return tags + "".join(re.findall(r"[<>&\0].{0,9}", _TAG.sub("", plain)))


def _quickly(text: str) -> Element:
    parsed = html.document_fromstring(text.replace("\r\n", "\n"))
    tree = ET.fromstring(etree.tostring(parsed, encoding="unicode"))  # noqa: S314 - pages of our own
    for part in tree.iter():
        for name in _ALONE.intersection(part.attrib):
            part.attrib[name] = ""
        if part.tag in _TO_THE_LETTER and part.text:
            part.text = part.text.removeprefix("\n")
    for part in [part for drawing in tree.iter("svg") for part in drawing.iter()]:
        if not part.tag.startswith("{"):  # a drawing within a drawing was met before
            part.tag = f"{{http://www.w3.org/2000/svg}}{part.tag}"
            part.attrib.update({_CASED[name]: part.attrib.pop(name) for name in _CASED.keys() & part.attrib.keys()})
    return tree


def _are_alike(one: Element, other: Element) -> bool:
    pairs = zip_longest(one.iter(), other.iter())
    return all(a is not None and b is not None and _told(a) == _told(b) for a, b in pairs)


def _told(element: Element) -> tuple[object, ...]:
    words = element.text or ""
    return (
        element.tag,
        element.attrib,
        words if element.tag in _TO_THE_LETTER else words.split(),
        (element.tail or "").split(),
        len(element),
    )
