"""Shapes of what is posted to this feature."""

from __future__ import annotations

import string

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectMultipleField

from quiz_app.catalogue.labels import LEVELS
from quiz_app.kernel.errors import BadInput
from quiz_app.practice import labels
from quiz_app.practice.models import Kind
from quiz_app.practice.services import Scope
from quiz_app.web.forms import Form

MOST = 1_000_000_000  # far beyond what counts up in a sitting, and within what both engines hold


class MarkForm(Form):
    """Only the token: the act has no fields."""


class StartForm(Form):
    """What to practise, as the buttons of the first page say it."""

    kind = HiddenField()
    module = HiddenField()
    level = HiddenField()

    def scope(self) -> Scope:
        """Raises BadInput for what no button of ours sends."""
        kind, level = self.kind.data or "", self.level.data or ""
        if kind not in {one.value for one in Kind if one is not Kind.MOCK}:
            raise BadInput({"kind": [labels.UNKNOWN_KIND]})
        if kind != Kind.LEVEL.value:
            return Scope(Kind(kind), self.module.data or "")
        if level not in {str(one) for one in LEVELS}:
            raise BadInput({"level": [labels.UNKNOWN_KIND]})
        return Scope(Kind.LEVEL, level=int(level))


class AnswerForm(Form):
    """Letters as shown on the page. Which letters there are is for the service to say."""

    choice = SelectMultipleField("Phương án", choices=[], validate_choice=False)


class MockForm(Form):
    """By which rules to sit."""

    rules = HiddenField()


def read_save(sent: MultiDict[str, str]) -> tuple[list[str], int | None]:
    """What was chosen at a place of a mock round, and the revision that a script counts. Raises BadInput.

    The fields are those of a real sitting, so that its page can be used as it is.
    """
    letters = sorted(set(sent.getlist("phuong_an")))
    if any(len(letter) != 1 or letter not in string.ascii_uppercase for letter in letters):
        raise BadInput({"phuong_an": [labels.NO_SUCH_LETTER]})
    revision = sent.get("revision") or ""
    if not revision:
        return letters, None
    if not (revision.isascii() and revision.isdigit() and 0 < int(revision[:12]) < MOST):
        raise BadInput({"revision": [labels.NOT_COUNTED]})
    return letters, int(revision[:12])
