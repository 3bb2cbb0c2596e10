"""What a secretary sets about mails that go out by themselves."""

from __future__ import annotations

from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from quiz_app.reminders.models import Occasion, ReminderPlan
from quiz_app.reminders.services import MOST_HOURS
from quiz_app.web.forms import Form

USUAL_HOURS = 24


class PlanForm(Form):
    opening = BooleanField("Gửi thư một lần khi đợt thi mở")
    closing = BooleanField("Gửi thư một lần trước khi đợt thi đóng, cho người chưa thi")
    hours = IntegerField(
        "Trước khi đóng (giờ)", default=USUAL_HOURS, validators=[InputRequired(), NumberRange(1, MOST_HOURS)]
    )

    def wanted(self) -> dict[Occasion, int | None]:
        """For each occasion how many hours before, or None where no mail shall go out."""
        return {
            Occasion.OPENING: 0 if self.opening.data else None,
            Occasion.CLOSING: self.hours.data if self.closing.data else None,
        }


def plan_form(plans: dict[str, ReminderPlan]) -> PlanForm:
    closing = plans.get(Occasion.CLOSING.value)
    return PlanForm(
        formdata=None,
        opening=Occasion.OPENING.value in plans,
        closing=closing is not None,
        hours=USUAL_HOURS if closing is None else closing.hours_before,
    )
