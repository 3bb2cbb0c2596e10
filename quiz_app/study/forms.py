"""Shapes of what is posted to this feature."""

from __future__ import annotations

from wtforms import HiddenField, IntegerField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange

from quiz_app.web.forms import Form


class MarkForm(Form):
    """Only the token: the act has no fields."""


class PlaceForm(Form):
    """The section of a lesson that is on screen; how many there are is for the service to say."""

    place = IntegerField(validators=[InputRequired(), NumberRange(min=0)])


class CheckForm(Form):
    """Letters as shown on the page. Which letters there are is for the service to say."""

    choice = SelectMultipleField("Phương án", choices=[], validate_choice=False)
    edition = HiddenField()
