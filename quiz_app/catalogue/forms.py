"""Shapes of what is posted to this feature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField

from quiz_app.catalogue.labels import VALIDITIES
from quiz_app.catalogue.library_queries import Wanted, year_of
from quiz_app.catalogue.models import Document
from quiz_app.kernel.text import title_key
from quiz_app.web.forms import Form, choices

IN_ADDRESS = {"csrf": False}
EVERYTHING = ("", "Tất cả")


class DocumentFilter(Form):
    """What the library is narrowed to, as the address spells it."""

    loai = SelectField("Loại văn bản", default="")
    co_quan = SelectField("Cơ quan ban hành", name="co-quan", default="")
    nam = SelectField("Năm", default="")
    hieu_luc = SelectField("Hiệu lực", name="hieu-luc", default="")

    def offer(self, documents: Iterable[Document]) -> None:
        """Offer what the library holds."""
        rows = list(documents)
        self.loai.choices = _among({one.kind for one in rows})
        self.co_quan.choices = _among({one.issuer for one in rows})
        self.nam.choices = _among({year_of(one) for one in rows}, newest_first=True)
        validities = [(value.value, words) for value, words in VALIDITIES.items()]
        self.hieu_luc.choices = choices([EVERYTHING, *validities])

    def wanted(self) -> Wanted:
        return Wanted(
            kind=self.loai.data or "",
            issuer=self.co_quan.data or "",
            year=self.nam.data or "",
            validity=self.hieu_luc.data or "",
        )


def _among(values: set[str], *, newest_first: bool = False) -> list[Any]:
    known = sorted((value for value in values if value), key=title_key, reverse=newest_first)
    return choices([EVERYTHING, *((value, value) for value in known)])


class RemoveForm(Form):
    """Only the token: the act has no fields."""


class PublishForm(Form):
    """Only the token: the act has no fields."""
