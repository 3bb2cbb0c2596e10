"""The form of an item: what it offers, and the item that somebody wrote into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs describe an older version
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput, TextInput

from question_bank import model as bank
from question_bank import normalise
from question_bank.differences import KIND_LABELS
from quiz_app.authoring import labels
from quiz_app.authoring.models import Intent
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.kernel.errors import BadInput
from quiz_app.rules.drawing import letter
from quiz_app.web.forms import Form, choices

MOST_OPTIONS, FEWEST_OPTIONS = 8, 2
FRESH_OPTIONS = 4
OPTION_ACTS = ("them", "bo", "len", "xuong")
BLANK = "__ID__"  # the row that scripts copy for a new option
_LONG, _SHORT = Length(max=6000), Length(max=2000)
_DAY = "Ngày phải viết dạng ngày/tháng/năm, ví dụ 05/02/2026."
_MARKDOWN = {"data-markdown": "", "rows": 3}
_OPTION = {"data-markdown": "", "rows": 1}


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from. `fresh` are ids that no option of the item ever bore, in their order."""

    topics: Sequence[tuple[str, str]]
    lessons: Sequence[tuple[str, str]] | None
    sections: Mapping[str, Sequence[tuple[str, str]]]
    intents: Sequence[Intent]
    known_ids: frozenset[str]
    fresh: Sequence[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One option as the form shows it."""

    id: str
    letter: str
    field: Any  # the library ships no types for a bound field
    is_key: bool
    is_pinned: bool


class Day(DateField):
    """A day as it is written in Vietnam: browsers show their own picker in the order of another country."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_DAY) from None


class ImageForm(Form):
    """An image, and what it shows for those who cannot see it."""

    image = FileField("Tệp hình", [FileRequired("Đồng chí chưa chọn tệp.")])
    alt = StringField("Mô tả hình", [InputRequired("Đồng chí chưa mô tả hình."), Length(max=300)])


class ItemForm(Form):
    """All parts but the options, the choice of what is offered, and the keys."""

    revision = IntegerField(validators=[InputRequired()], widget=HiddenInput())
    kind = RadioField("Loại câu", choices=choices((kind.value, words) for kind, words in KIND_LABELS.items()))
    stem = TextAreaField("Câu dẫn", [_LONG], render_kw=_MARKDOWN)
    truth = RadioField(
        "Nhận định này",
        [Optional()],
        choices=choices((word, word) for word in bank.TRUTH_WORDS),
        validate_choice=False,
    )
    rationale = TextAreaField(
        "Giải thích",
        [_LONG],
        description="Hiện cho người dự thi sau khi đợt thi kết thúc.",
        render_kw=_MARKDOWN,
    )
    level = RadioField(
        "Mức độ", choices=choices((str(level), words) for level, words in catalogue_labels.LEVELS.items())
    )
    quote = TextAreaField("Trích dẫn nguyên văn", [_LONG, Optional()], render_kw={"rows": 2})
    valid_from = Day("Có hiệu lực từ", [Optional()], format="%d/%m/%Y", render_kw={"placeholder": "ngày/tháng/năm"})
    valid_until = Day("Đến hết ngày", [Optional()], format="%d/%m/%Y", render_kw={"placeholder": "ngày/tháng/năm"})
    note = TextAreaField(
        "Lời nhắn cho người thẩm định",
        [_SHORT, Optional()],
        description="Người dự thi không bao giờ thấy mục này.",
        render_kw={"rows": 2},
    )
    image = FileField("Tệp hình", description="PNG, JPEG hoặc WebP, không quá 5 MB.")
    alt = StringField(
        "Mô tả hình", [Length(max=300)], description="Đọc cho người không nhìn được hình, ví dụ: Bản đồ xã Bát Tràng."
    )


def item_form(item: bank.Item, offer: Offer, intent: Intent, revision: int, option_ids: Sequence[str]) -> Form:
    """The form over an item; posted values, where there are any, take the place of its own."""
    fields: dict[str, Any] = {
        "topic": SelectField("Chuyên đề", choices=choices(_with("", "Chưa chọn", item.topic, offer.topics))),
        "section": SelectField("Văn bản và mục", choices=_sections(offer, item.source)),
    }
    if offer.lessons is not None:
        fields["lesson"] = SelectField(
            "Bài học", choices=choices(_with("", "Chưa chọn", item.lesson or "", offer.lessons))
        )
    if len(offer.intents) > 1:
        fields["intent"] = RadioField(
            "Lần sửa này là", choices=choices((one.value, labels.INTENTS[one]) for one in offer.intents)
        )
    texts = {option.id: option.text for option in item.options}
    for place, option_id in enumerate([*option_ids, BLANK]):
        name = f"Phương án {letter(place) if option_id != BLANK else ''}".strip()
        fields[f"text_{option_id}"] = TextAreaField(name, [_SHORT], default=texts.get(option_id, ""), render_kw=_OPTION)
    form: Form = type("BoundItemForm", (ItemForm,), fields)(
        data={
            "revision": revision,
            "kind": item.kind.value,
            "stem": item.stem,
            "truth": next((option.text for option in item.keys), None),
            "rationale": item.rationale,
            "topic": item.topic,
            "level": str(item.level),
            "lesson": item.lesson or "",
            "section": str(item.source) if item.source else "",
            "quote": item.source.quote,
            "valid_from": item.source.valid_from,
            "valid_until": item.source.valid_until,
            "note": item.note,
            "intent": intent.value,
        }
    )
    return form


def shown_ids(item: bank.Item, offer: Offer) -> list[str]:
    """The options to show as rows: those of the item, or empty ones while it has only "Đúng" and "Sai"."""
    if item.kind is bank.Kind.TRUE_FALSE:
        used = {option.id for option in item.options}
        return [one for one in offer.fresh if one not in used][:FRESH_OPTIONS]
    return [option.id for option in item.options]


def sent_ids(sent: MultiDict[str, str], offer: Offer) -> list[str]:
    """The options that were posted, in their order. Raises BadInput for one that the item does not have."""
    found = sent.getlist("row")
    strange = [one for one in found if one not in offer.known_ids and one not in offer.fresh]
    if strange or len(set(found)) < len(found):
        raise BadInput({"options": ["Có phương án không thuộc câu này. Mời đồng chí tải lại trang rồi sửa lại."]})
    if len(found) > MOST_OPTIONS:
        raise BadInput({"options": [f"Mỗi câu có nhiều nhất {MOST_OPTIONS} phương án."]})
    return found


def rows(form: Form, item: bank.Item, option_ids: Sequence[str]) -> list[Row]:
    """The options as the form shows them."""
    of = {option.id: option for option in item.options}
    blank = bank.Option("", "")
    return [
        Row(one, letter(place), form[f"text_{one}"], of.get(one, blank).is_key, of.get(one, blank).is_pinned)
        for place, one in enumerate(option_ids)
    ]


def blank_row(form: Form) -> Row:
    """The row that scripts copy for a new option."""
    return Row(BLANK, "", form[f"text_{BLANK}"], is_key=False, is_pinned=False)


def sent_item(form: Form, sent: MultiDict[str, str], item: bank.Item, offer: Offer, ids: Sequence[str]) -> bank.Item:
    """What was written over `item`, read from a form that was found valid."""
    kind = bank.Kind(form.kind.data)
    document, _, section = form.section.data.partition("#")
    written = replace(
        item,
        kind=kind,
        topic=form.topic.data,
        level=int(form.level.data),
        stem=form.stem.data or "",
        options=_truth(form.truth.data, item, offer) if kind is bank.Kind.TRUE_FALSE else sent_options(form, sent, ids),
        rationale=form.rationale.data or "",
        source=bank.Source(document, section, form.quote.data or "", form.valid_from.data, form.valid_until.data),
        lesson=(form.lesson.data or None) if "lesson" in form else item.lesson,
        note=form.note.data or "",
    )
    return normalise.item(written)


def acted(item: bank.Item, act: str, offer: Offer) -> bank.Item:
    """The item after a button of the form that changes its options: add, remove, move up or down."""
    name, _, option_id = act.partition(":")
    if item.kind is bank.Kind.TRUE_FALSE:
        return item
    options = list(item.options)
    place = next((place for place, option in enumerate(options) if option.id == option_id), None)
    if name == "them" and len(options) < MOST_OPTIONS:
        used = {option.id for option in options}
        options.append(bank.Option(next(one for one in offer.fresh if one not in used), ""))
    elif place is None:
        return item
    elif name == "bo" and len(options) > FEWEST_OPTIONS:
        del options[place]
    elif name in ("len", "xuong"):
        other = place - 1 if name == "len" else place + 1
        if other in range(len(options)):
            options[place], options[other] = options[other], options[place]
    return replace(item, options=tuple(options))


def sent_options(form: Form, sent: MultiDict[str, str], ids: Sequence[str]) -> tuple[bank.Option, ...]:
    keys, pinned = sent.getlist("key"), sent.getlist("pinned")
    return tuple(bank.Option(one, form[f"text_{one}"].data or "", one in keys, one in pinned) for one in ids)


def _truth(key: str | None, item: bank.Item, offer: Offer) -> tuple[bank.Option, ...]:
    """ "Đúng" and "Sai". They take no id of an option that says something else."""
    own = {option.text: option.id for option in item.options}
    used = {option.id for option in item.options}
    fresh = iter([one for one in offer.fresh if one not in used])
    return tuple(
        bank.Option(own.get(word) or next(fresh), word, is_key=word == key, is_pinned=True) for word in bank.TRUTH_WORDS
    )


def _with(empty: str, words: str, own: str, offered: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is offered, an empty choice first; what the item names and nobody knows stays as it is."""
    known = own == empty or own in {value for value, _ in offered}
    return [(empty, words), *offered, *(() if known else ((own, f"{own} (chưa khai báo)"),))]


def _sections(offer: Offer, own: bank.Source) -> list[Any]:
    listed = [
        SelectChoice(value, words, optgroup=title) for title, found in offer.sections.items() for value, words in found
    ]
    is_known = not own or str(own) in {choice.value for choice in listed}
    unknown = [] if is_known else [SelectChoice(str(own), f"{own} (không có trong thư viện)")]
    return [SelectChoice("", "Chưa chọn"), *unknown, *listed]
