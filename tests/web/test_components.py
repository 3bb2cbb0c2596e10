"""The other macros: what they draw is valid, right in its numbers, and readable without colour."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, render_template_string

from quiz_app.web import assets
from quiz_app.web.paging import slice_page

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawn(bare_app: Flask) -> Iterator[None]:
    with bare_app.test_request_context("/trang/cb?loc=a"):
        yield


def draw(source: str, **values: object) -> Element:
    """The fragment's tree; invalid HTML raises."""
    text = render_template_string(source, **values)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parseFragment(text)
    return tree


def words(tree: Element) -> str:
    return " ".join("".join(tree.itertext()).split())


def classes(tree: Element, kind: str) -> list[str]:
    return [element.get("class", "") for element in tree.iter(kind)]


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    ("value", "total", "text", "width"),
    [(18, 30, "18/30 · 60%", "60.0%"), (0, 0, "0/0 · 0%", "0.0%"), (31, 30, "31/30 · 103,3%", "100.0%")],
)
def test_a_bar_says_its_numbers_and_stays_in_its_track(value: int, total: int, text: str, width: str) -> None:
    source = '{% from "ui/bar.html" import bar %}{{ bar("Chi bộ 1", value, total) }}'
    tree = draw(source, value=value, total=total)
    assert text in words(tree)
    assert [rect.get("width") for rect in tree.iter(SVG + "rect")] == [width]


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("kind", ["columns", "line"])
def test_a_chart_has_its_numbers_in_a_table(kind: str) -> None:
    source = '{% from "ui/chart.html" import chart %}{{ chart(points, "Lượt thi", "Lượt", kind, "Ngày") }}'
    tree = draw(source, points=[("01/02", 0), ("02/02", 1200), ("03/02", 600)], kind=kind)
    assert [words(cell) for cell in tree.iter("td")] == ["0", "1.200", "600"]
    assert "Cao nhất: 1.200" in next(tree.iter(SVG + "svg")).get("aria-label", "")
    heights = [rect.get("height") for rect in tree.iter(SVG + "rect")]
    assert heights == (["0.00%", "100.00%", "50.00%"] if kind == "columns" else [])


@pytest.mark.usefixtures("drawn")
def test_a_chart_without_points_says_so() -> None:
    assert "Chưa có số liệu" in words(draw('{% from "ui/chart.html" import chart %}{{ chart([], "Lượt thi") }}'))


@pytest.mark.usefixtures("drawn")
def test_a_chart_of_nothing_but_zeros_stays_flat() -> None:
    tree = draw('{% from "ui/chart.html" import chart %}{{ chart([("a", 0), ("b", 0)], "Lượt thi") }}')
    assert {rect.get("height") for rect in tree.iter(SVG + "rect")} == {"0.00%"}


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    ("ms", "text"), [(754_000, "12:34"), (59_999, "00:59"), (3_600_000, "1:00:00"), (0, "00:00"), (-500, "00:00")]
)
def test_the_clock_reads_right_without_javascript(ms: int, text: str) -> None:
    tree = draw('{% from "ui/clock.html" import clock %}{{ clock(ms) }}', ms=ms)
    assert words(tree) == text
    assert next(tree.iter("div")).get("data-remaining-ms") == str(ms)


@pytest.mark.usefixtures("drawn")
def test_a_badge_never_speaks_by_colour_alone() -> None:
    for kind in ("success", "warning", "danger", "info"):
        tree = draw('{% from "ui/badge.html" import badge %}{{ badge("Đã nộp", kind) }}', kind=kind)
        assert words(tree) == "Đã nộp"
        assert classes(tree, SVG + "svg") == ["icon"]


@pytest.mark.usefixtures("drawn")
def test_the_pager_names_its_place_and_its_neighbours() -> None:
    source = '{% from "ui/pager.html" import pager %}{{ pager(page, "đảng viên") }}'
    tree = draw(source, page=slice_page(list(range(120)), 2))
    assert "51–100 trong 120 đảng viên" in words(tree)
    assert "Trang 2/3" in words(tree)
    assert [link.get("href") for link in tree.iter("a")] == ["/trang/cb?loc=a", "/trang/cb?loc=a&trang=3"]
    assert words(draw(source, page=slice_page([], 1))) == ""


@pytest.mark.usefixtures("drawn")
def test_an_act_by_a_button_is_a_post_with_its_token() -> None:
    source = '{% from "ui/button.html" import post_button %}{{ post_button("Hủy", "/huy", fields={"ly_do": "a\\"b"}) }}'
    tree = draw(source)
    form = next(tree.iter("form"))
    assert (form.get("method"), form.get("action")) == ("post", "/huy")
    hidden = {field.get("name"): field.get("value") for field in form.iter("input")}
    assert hidden["csrf_token"]
    assert hidden["ly_do"] == 'a"b'


@pytest.mark.usefixtures("drawn")
def test_a_question_before_an_act_offers_two_verbs() -> None:
    source = (
        '{% from "ui/confirm.html" import confirm %}'
        '{% call confirm("Nộp bài?", "/nop", "Nộp bài", "/thi") %}<p>Còn 2 câu.</p>{% endcall %}'
    )
    tree = draw(source)
    assert [words(title) for title in tree.iter("h1")] == ["Nộp bài?"]
    assert "Còn 2 câu." in words(tree)
    assert [words(button) for button in tree.iter("button")] == ["Nộp bài"]
    assert [link.get("href") for link in tree.iter("a")] == ["/thi"]


@pytest.mark.usefixtures("drawn")
def test_a_sorted_column_says_so_to_screen_readers() -> None:
    source = (
        '{% from "ui/table.html" import data_table, sort_heading %}{% call data_table("Danh sách") %}'
        '<thead><tr>{{ sort_heading("Điểm", "?xep=diem", "descending", num=True) }}</tr></thead>{% endcall %}'
    )
    tree = draw(source)
    assert [head.get("aria-sort") for head in tree.iter("th")] == ["descending"]
    assert words(next(tree.iter("caption"))) == "Danh sách"


@pytest.mark.usefixtures("drawn")
def test_the_mark_is_the_same_inline_and_as_a_file() -> None:
    inline = [path.get("d") for path in draw('{% from "ui/mark.html" import mark %}{{ mark() }}').iter(SVG + "path")]
    as_file = (assets.FOLDER / "img" / "mark.svg").read_text("utf-8")
    assert len(inline) == 2
    assert all(path and path in as_file for path in inline)
