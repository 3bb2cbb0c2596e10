"""Shapes of what is posted to this feature."""

from __future__ import annotations

from wtforms import HiddenField, SelectMultipleField

from quiz_app.web.forms import Form


class MarkForm(Form):
    """Only the token: the act has no fields."""


class CheckForm(Form):
    """Letters as shown on the page. Which letters there are is for the service to say."""

    choice = SelectMultipleField("Phương án", choices=[], validate_choice=False)
    edition = HiddenField()
