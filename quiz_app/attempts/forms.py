"""Shapes of what a sitting sends."""

from __future__ import annotations

import string
from typing import Any

from wtforms import Field, IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from quiz_app.attempts.services import Choice
from quiz_app.web.forms import Form


class LettersField(Field):
    """Letters of options as drawn, sent once each in any order; kept in order and joined: "BD"."""

    data: str

    def process_formdata(self, valuelist: list[Any]) -> None:
        letters = sorted(set(valuelist))
        if any(letter not in string.ascii_uppercase or len(letter) != 1 for letter in letters):
            raise ValueError("Phương án gửi lên không hợp lệ.")
        self.data = "".join(letters)


MOST = 1_000_000_000  # far beyond what counts up in a sitting, and within what both engines hold


class ResponseForm(Form):
    phuong_an = LettersField("Phương án")
    epoch = IntegerField("Lần mở", [InputRequired(), NumberRange(1, MOST)])
    revision = IntegerField("Lần lưu", [Optional(), NumberRange(1, MOST)])

    def to_choice(self) -> Choice:
        return Choice(self.phuong_an.data or "", self.epoch.data or 0, self.revision.data)


class SubmitForm(Form):
    epoch = IntegerField("Lần mở", [InputRequired(), NumberRange(1, MOST)])
