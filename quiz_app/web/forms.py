"""The form every feature's forms inherit: its messages are Vietnamese, its texts come stripped and composed (NFC)."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField, IntegerField, PasswordField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs describe an older version

LARGEST = 2**63 - 1
_MESSAGES = {
    "This field is required.": "Đồng chí chưa điền mục này.",
    "Not a valid choice.": "Lựa chọn này không có trong danh sách.",
    "Invalid Choice: could not coerce.": "Lựa chọn này không có trong danh sách.",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Có lựa chọn không nằm trong danh sách.",
    "'%(value)s' is not a valid choice for this field.": "Lựa chọn “%(value)s” không có trong danh sách.",
    "'%(value)s' are not valid choices for this field.": "Các lựa chọn “%(value)s” không có trong danh sách.",
    "Not a valid date value.": "Ngày chưa đúng.",
    "Not a valid datetime value.": "Ngày giờ chưa đúng.",
    "Not a valid time value.": "Giờ chưa đúng.",
    "Not a valid integer value.": "Mục này cần một số nguyên.",
    "Not a valid decimal value.": "Mục này cần một số.",
    "Not a valid float value.": "Mục này cần một số.",
    "Number must be at least %(min)s.": "Số nhỏ nhất là %(min)s.",
    "Number must be at most %(max)s.": "Số lớn nhất là %(max)s.",
    "Number must be between %(min)s and %(max)s.": "Số phải từ %(min)s đến %(max)s.",
    "Field must be at least %(min)d character long.": "Cần ít nhất %(min)d ký tự.",
    "Field cannot be longer than %(max)d character.": "Dài nhất %(max)d ký tự.",
    "Field must be exactly %(max)d character long.": "Cần đúng %(max)d ký tự.",
    "Field must be between %(min)d and %(max)d characters long.": "Cần từ %(min)d đến %(max)d ký tự.",
    "Field must be equal to %(other_name)s.": "Hai mục phải giống nhau.",
    "Invalid email address.": "Địa chỉ email chưa đúng.",
    "Invalid URL.": "Địa chỉ trang chưa đúng.",
    "Invalid input.": "Mục này chưa đúng.",
    "Invalid value, must be one of: %(values)s.": "Giá trị phải là một trong: %(values)s.",
    "Invalid value, can't be any of: %(values)s.": "Giá trị không được là: %(values)s.",
    "Date must be at least %(min)s.": "Ngày sớm nhất là %(min)s.",
    "Date must be at most %(max)s.": "Ngày muộn nhất là %(max)s.",
    "Date must be between %(min)s and %(max)s.": "Ngày phải từ %(min)s đến %(max)s.",
    "File does not have an approved extension.": "Loại tệp này không nhận được.",
    "This field is disabled and cannot have a value.": "Mục này đang khóa.",
    "This field cannot be edited.": "Mục này không sửa được.",
}


def choices(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """What a select, radio or checkbox group offers: pairs of value and label."""
    return [SelectChoice(value, label) for value, label in pairs]


class Words:
    """The library's own messages in Vietnamese; what is not known here is left as written in the form."""

    def gettext(self, text: str) -> str:
        """The message in Vietnamese."""
        return _MESSAGES.get(text, text)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The same: Vietnamese has no plural."""
        del count
        return _MESSAGES.get(singular) or _MESSAGES.get(plural, plural)


def tidy(value: Any) -> Any:
    """Text in composed form, whatever keyboard it was typed on, without what cannot be seen or blanks around it."""
    if not isinstance(value, str):
        return value
    # PostgreSQL refuses NUL, and no person types the others; lines and tabs of a longer text stay. Marks of format turn
    # a line's direction around or make two titles look alike, and Vietnamese needs none of them. The two that are no
    # characters at all stand in no .docx or .xlsx.
    kept = "".join(letter for letter in value if letter in "\n\r\t" or _is_seen(letter))
    return unicodedata.normalize("NFC", kept.strip())


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf") and letter not in "\ufffe\uffff"


def composed(value: Any) -> Any:
    """Text in composed form, its blanks kept: a secret is taken as typed."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def storable(value: Any) -> Any:
    """A whole number that a row can hold. Raises ValueError for any other, which the engine would fail at."""
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ValueError(_MESSAGES["Not a valid integer value."])
    return value


class Form(FlaskForm):  # type: ignore[misc]  # the library ships no types
    """Inherit every form from this one."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # the library's class is untyped
        """How fields are bound and messages found."""

        csrf = False  # CSRFProtect checks the token of every post before any view; templates put it in by `csrf()`

        def get_translations(self, form: FlaskForm) -> Words:
            """The Vietnamese messages."""
            del form
            return Words()

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """What was posted. A file sent under the name of a text is dropped, and JSON is no form.

            Either would bring values to fields and views that count on texts.
            """
            if formdata is not _Auto:
                return formdata
            taking = {field.name for field in form if isinstance(field, FileField)}
            files = MultiDict((name, file) for name, file in request.files.items(multi=True) if name in taking)
            is_sent = request.method == "POST" and (request.form or files)
            return CombinedMultiDict((files, request.form)) if is_sent else None

        def bind_field(self, form: FlaskForm, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Bind a field; texts get the filter that tidies them, before the field's own."""
            own = unbound_field.kwargs.get("filters", ())
            if issubclass(unbound_field.field_class, PasswordField):
                options["filters"] = (composed, *own)
            elif issubclass(unbound_field.field_class, StringField):
                options["filters"] = (tidy, *own)
            elif issubclass(unbound_field.field_class, IntegerField):
                options["filters"] = (storable, *own)
            return unbound_field.bind(form=form, **options)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether everything may be taken. Of what could not even be read, nothing else is said than that."""
        is_valid: bool = super().validate(extra_validators)
        for field in self:
            if field.errors and field.process_errors:  # what may stay blank says nothing of a blank
                field.errors = list(field.process_errors)
        return is_valid
