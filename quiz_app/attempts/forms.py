"""Shapes of what a sitting sends: three plain values, read by hand, for they come by the hundred in a second.

WTForms would take a tenth of the time of a save; nothing of it is shown, since the paper's own page draws the choices.
"""

from __future__ import annotations

import string
from datetime import timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import StringField

from quiz_app.attempts.services import Choice, Saved
from quiz_app.kernel.errors import BadInput
from quiz_app.web.filters import format_time_seconds
from quiz_app.web.forms import Form

MOST = 1_000_000_000  # far beyond what counts up in a sitting, and within what both engines hold
NOT_OFFERED = "Phương án gửi lên không hợp lệ."
NOT_COUNTED = "Số thứ tự gửi lên không hợp lệ. Mời đồng chí tải lại trang."


def read_choice(sent: MultiDict[str, str]) -> Choice:
    """What was put at a place: `phuong_an` once per letter in any order (none takes the answer back), `epoch`, and from
    a script `revision`. Raises BadInput with each field that is not of that shape.
    """
    letters = sorted(set(sent.getlist("phuong_an")))
    errors: dict[str, list[str]] = {}
    if any(len(letter) != 1 or letter not in string.ascii_uppercase for letter in letters):
        errors["phuong_an"] = [NOT_OFFERED]
    epoch = _count(sent.get("epoch"))
    if epoch is None:
        errors["epoch"] = [NOT_COUNTED]
    revision = _count(sent.get("revision"))
    if revision is None and sent.get("revision"):
        errors["revision"] = [NOT_COUNTED]
    if epoch is None or errors:
        raise BadInput(errors)
    return Choice("".join(letters), epoch, revision)


def saved_words(saved: Saved) -> dict[str, Any]:
    """What a script is told of an answer that is kept."""
    return {
        "revision": saved.revision,
        "letters": saved.letters,
        "saved_at": format_time_seconds(saved.saved_at),
        "remaining_ms": max(0, saved.remaining // timedelta(milliseconds=1)),
    }


class PredictionForm(Form):
    """The field of a guess as the paper shows it; what is sent is read by `read_guess`."""

    du_doan = StringField("Dự đoán", id="so-du-doan")


def prediction_form(kept: str) -> PredictionForm:
    """The field with what is kept in it."""
    return PredictionForm(formdata=None, meta={"csrf": False}, du_doan=kept)


def read_guess(sent: MultiDict[str, str]) -> tuple[str, int, int | None]:
    """What was predicted, as written: `du_doan`, `epoch`, and from a script `revision`. Raises BadInput."""
    epoch, revision = _count(sent.get("epoch")), _count(sent.get("revision"))
    errors: dict[str, list[str]] = {}
    if epoch is None:
        errors["epoch"] = [NOT_COUNTED]
    if revision is None and sent.get("revision"):
        errors["revision"] = [NOT_COUNTED]
    if epoch is None or errors:
        raise BadInput(errors)
    return sent.get("du_doan", ""), epoch, revision


def read_epoch(sent: MultiDict[str, str]) -> int:
    """Which opening of the attempt submits. Raises BadInput."""
    epoch = _count(sent.get("epoch"))
    if epoch is None:
        raise BadInput({"epoch": [NOT_COUNTED]})
    return epoch


def read_rules_number(sent: MultiDict[str, str]) -> int:
    """Which version of the rules somebody who starts was shown and accepts. Raises BadInput."""
    number = _count(sent.get("the_le"))
    if number is None:
        raise BadInput({"the_le": [NOT_COUNTED]})
    return number


def _count(text: str | None) -> int | None:
    """A number from 1 up, or None for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(MOST)):
        return None
    return int(text) or None
