"""A page of a shape that is known is read as the first one was; what is wrong with it is still told."""

from __future__ import annotations

import pytest

from tests.support import markup

PAGE = """<!doctype html>
<html lang="vi"><head><title>{title}</title></head><body>
<svg class="icon" viewBox="0 0 24 24"><path d="M1 1"/></svg>
<form method="post"><input type="checkbox" name="{name}" checked><textarea name="b">\r\n
{title}</textarea></form></body></html>"""


def test_the_second_page_of_a_shape_makes_the_same_tree() -> None:
    first, errors = markup.read(PAGE.format(title="Một &amp; hai", name="a"))
    assert errors == []
    second, _ = markup.read(PAGE.format(title="Ba &lt;b&gt;", name="c"))
    assert [element.tag for element in first.iter()] == [element.tag for element in second.iter()]
    (drawing,) = [element for element in second.iter() if element.tag == "{http://www.w3.org/2000/svg}svg"]
    assert drawing.attrib == {"class": "icon", "viewBox": "0 0 24 24"}
    box, text = second.find(".//input"), second.find(".//textarea")
    assert box is not None
    assert text is not None
    assert box.attrib == {"type": "checkbox", "name": "c", "checked": ""}
    assert text.text == "\nBa <b>"


@pytest.mark.parametrize("words", ["Ba <b>", "Ba <b", "Ba &b;", "Ba <i></b></i>", "Ba </div>", "\0"])
def test_markup_that_slipped_into_a_known_page_is_told(words: str) -> None:
    page = PAGE.replace("<form", "<p>{title}</p><form")
    assert markup.read(page.format(title="Một", name="a"))[1] == []
    assert markup.read(page.format(title=words, name="a"))[1] != []


@pytest.mark.parametrize("name", ['a" name="b', 'a"b', "a&b;"])
def test_an_attribute_that_breaks_out_is_told(name: str) -> None:
    assert markup.read(PAGE.format(title="Một", name="a"))[1] == []
    assert markup.read(PAGE.format(title="Một", name=name))[1] != []
