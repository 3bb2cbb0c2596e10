"""Fields, error summaries and layouts as a reader, a screen reader and a form post see them."""

import io
from collections.abc import Iterator
from types import SimpleNamespace
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from quiz_app.web.forms import Form, choices

PAGE = """{% extends "layouts/page.html" %}{% from "ui/field.html" import field %}
{% from "ui/error_summary.html" import error_summary %}{% from "ui/csrf.html" import csrf %}
{% block title %}Thử{% endblock %}
{% block content %}<h1>Thử</h1>{{ error_summary(form) }}
<form method="post">{{ csrf() }}
{% for f in form if f.name != "csrf_token" %}{{ field(f) }}{% endfor %}</form>{% endblock %}
{% block actions %}{{ actions }}{% endblock %}"""


class Sample(Form):
    """One field of each kind."""

    full_name = StringField("Họ và tên", [InputRequired()], description="Như trong danh sách")
    pin = PasswordField("Mã PIN", [InputRequired(), Length(min=6)])
    unit = SelectField("Chi bộ", choices=choices([("1", "Chi bộ 1"), ("2", "Chi bộ 2")]))
    category = RadioField("Loại", choices=choices([("a", "Chính thức"), ("b", "Dự bị")]), validators=[InputRequired()])
    topics = SelectMultipleField(
        "Nội dung", choices=choices([("x", "Năm quan điểm")]), option_widget=CheckboxInput(), widget=ListWidget()
    )
    is_shared = BooleanField("Máy dùng chung")
    note = StringField("Ghi chú", [Optional()])
    roster = FileField("Tệp")
    age = IntegerField("Tuổi", [Optional(), NumberRange(14, 99)])


@pytest.fixture
def context(bare_app: Flask) -> Iterator[Flask]:
    with bare_app.test_request_context():
        yield bare_app


def posted(**values: str) -> Sample:
    form = Sample(formdata=MultiDict(values), meta={"csrf": False})
    form.validate()
    return form


def test_what_cannot_be_seen_is_not_kept(context: Flask) -> None:
    form = posted(full_name="\u202e\u2066An\u2069 \u200bTh\u00adị\ufeff\u0000", note="\u200d")
    assert (form.full_name.data, form.note.data) == ("An Thị", "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [("mười", "Mục này cần một số nguyên."), ("15,5", "Mục này cần một số nguyên."), ("13", "Số phải từ 14 đến 99.")],
)
def test_what_cannot_be_read_is_told_once(context: Flask, typed: str, words: str) -> None:
    assert list(posted(full_name="An", age=typed).age.errors) == [words]


def parsed(text: str) -> Element:
    tree: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return tree


def test_a_blank_number_that_may_stay_blank_is_no_mistake(context: Flask) -> None:
    form = posted(full_name="", age="")
    assert form.full_name.errors
    assert not form.age.errors


def test_a_page_is_valid_and_every_control_has_a_label(context: Flask) -> None:
    tree = parsed(render_template_string(PAGE, form=posted(pin="12")))
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in tree.iter("label")}
    controls = [e for kind in ("input", "select", "textarea") for e in tree.iter(kind) if e.get("type") != "hidden"]
    assert len(controls) >= 8
    assert {control.get("id") for control in controls} <= labelled
    for element in tree.iter():
        for target in (element.get("aria-describedby") or "").split():
            assert target in ids
        assert element.get("style") is None


def test_errors_stand_at_their_field_and_in_the_summary(context: Flask) -> None:
    tree = parsed(render_template_string(PAGE, form=posted(pin="12", unit="1")))
    pin = next(e for e in tree.iter("input") if e.get("id") == "pin")
    assert pin.get("aria-invalid") == "true"
    assert pin.get("aria-describedby") == "pin-error"
    summary = next(e for e in tree.iter("div") if e.get("id") == "loi")
    links = {link.get("href"): "".join(link.itertext()) for link in summary.iter("a")}
    assert links["#pin"] == "Mã PIN: Cần ít nhất 6 ký tự."
    assert links["#full_name"] == "Họ và tên: Đồng chí chưa điền mục này."
    assert "#note" not in links


def test_without_errors_there_is_no_summary(context: Flask) -> None:
    text = render_template_string(PAGE, form=Sample(formdata=None, meta={"csrf": False}))
    assert 'id="loi"' not in text
    assert "aria-invalid" not in text


def test_a_secret_is_never_sent_back(context: Flask) -> None:
    assert "123456" not in render_template_string(PAGE, form=posted(pin="123456"))


def test_what_people_typed_is_escaped(context: Flask) -> None:
    text = render_template_string(PAGE, form=posted(full_name='"><script>alert(1)</script>'))
    assert "<script>alert" not in text


def test_texts_come_stripped_and_composed_and_secrets_as_typed(context: Flask) -> None:
    form = posted(full_name="  Hoa\u0300 ", pin=" 12a\u0300 ")
    assert form.full_name.data == "Hoà"
    assert form.pin.data == " 12à "


def test_messages_of_the_library_are_vietnamese(context: Flask) -> None:
    form = posted(unit="9", category="z")
    assert form.errors["unit"] == ["Lựa chọn này không có trong danh sách."]
    assert not any("valid" in message or "required" in message for found in form.errors.values() for message in found)


def test_an_empty_bar_of_actions_leaves_no_frame(context: Flask) -> None:
    form = Sample(formdata=None, meta={"csrf": False})
    assert 'class="actions' not in render_template_string(PAGE, form=form, actions="")
    assert 'class="actions' in render_template_string(PAGE, form=form, actions="Nộp")


def test_navigation_shows_five_and_folds_the_rest(context: Flask) -> None:
    items = [SimpleNamespace(label=f"Mục {n}", url=f"/{n}", is_current=n == 1, icon="home") for n in range(7)]
    form = Sample(formdata=None, meta={"csrf": False})
    tree = parsed(render_template_string(PAGE, form=form, navigation=items))
    nav = next(e for e in tree.iter("nav"))
    bar = next(nav.iter("ul"))
    assert len(list(bar)) == 5
    assert [link.get("href") for link in nav.iter("a")] == [f"/{n}" for n in range(7)]
    assert [link.get("href") for link in nav.iter("a") if link.get("aria-current")] == ["/1"]


def test_help_is_one_tap_away(context: Flask) -> None:
    form = Sample(formdata=None, meta={"csrf": False})
    contact = SimpleNamespace(unit_name="Chi bộ 1", helper_name="Trần Văn Hòa", helper_phone="0912 345 678")
    text = render_template_string(PAGE, form=form, contact=contact)
    assert 'href="tel:0912345678"' in text
    assert "Trần Văn Hòa" in text


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 418, 422, 429, 500, 503])
def test_error_pages_say_what_stands_in_the_way(context: Flask, status: int) -> None:
    text = render_template_string(
        '{% include "layouts/error.html" %}', status=status, message="Mời thử lại.", fields={"x": ["Thiếu tên."]}
    )
    tree = parsed(text)
    assert len(list(tree.iter("h1"))) == 1
    assert "Mời thử lại." in text
    assert "Thiếu tên." in text


@pytest.mark.parametrize("name", ["full_name", "pin", "unit", "age", "csrf_token"])
def test_a_file_in_place_of_a_text_is_no_text(app: Flask, name: str) -> None:
    data = {"pin": "1234567", name: (io.BytesIO(b"x"), "x.txt")}
    with app.test_request_context("/", method="POST", data=data):
        form = Sample()
        assert not form.validate()
        assert all(isinstance(value, str | int | bool | list | None) for value in form.data.values())


def test_json_is_no_form(app: Flask) -> None:
    for body in (["x"], {"full_name": 1}, 5):
        with app.test_request_context("/", method="POST", json=body):
            assert not Sample().validate()


@pytest.mark.parametrize(("typed", "kept"), [("9223372036854775807", True), ("9223372036854775808", False)])
def test_a_number_that_no_row_can_hold_is_no_number(app: Flask, typed: str, kept: bool) -> None:
    class Counted(Form):
        number = IntegerField("Số")

    with app.test_request_context("/", method="POST", data={"number": typed}):
        form = Counted()
        assert form.validate() is kept
        assert list(form.number.errors) == ([] if kept else ["Mục này cần một số nguyên."])
