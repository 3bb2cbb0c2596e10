"""Assisting a member on a shared device: asked first, then the device is his for this one attempt."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts import assisting, labels
from quiz_app.attempts.errors import Barred, ConsentNeeded
from quiz_app.attempts.page_forms import AssistForm
from quiz_app.attempts.policy import Permission
from quiz_app.attempts.views import is_demonstration_site
from quiz_app.contests import queries as contests
from quiz_app.contests.errors import RulesChanged
from quiz_app.members.sign_ins import sign_ins_of
from quiz_app.web.device import device, mark
from quiz_app.web.errors import words_for
from quiz_app.web.guard import forget_identity, reading, requires, work

bp = Blueprint("attempts_assist", __name__, url_prefix="/ho-tro-thi", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/<int:round_id>/<int:member_id>")
@requires(Permission.ATTEMPT_ASSIST)
def ask(round_id: int, member_id: int) -> ResponseReturnValue:
    """Who is assisted by whom, under which rules, and what it means, before anything starts."""
    return _page(round_id, member_id, AssistForm(formdata=None))


@bp.post("/<int:round_id>/<int:member_id>")
@requires(Permission.ATTEMPT_ASSIST)
def start(round_id: int, member_id: int) -> ResponseReturnValue:
    """Start, end the helper's own sign-in on this device, and hand it to the member for this attempt alone."""
    form = AssistForm()
    if not form.validate():
        return _page(round_id, member_id, form), UNPROCESSABLE
    try:
        with work() as w:
            opened = assisting.start(
                w,
                round_id,
                member_id,
                reason=form.to_reason(),
                rules_number=form.the_le.data,
                agrees=form.take_part.data,
                user_agent=request.user_agent.string,
                is_demonstration_site=is_demonstration_site(),
                device_sha256=device().sha256,
            )
    except ConsentNeeded as refused:
        form.take_part.errors = [words_for(refused)]
        return _page(round_id, member_id, form), refused.status
    except (RulesChanged, Barred) as refused:
        flash(words_for(refused), "warning")
        return redirect(url_for(".ask", round_id=round_id, member_id=member_id))
    session.clear()
    forget_identity()
    answer = redirect(url_for("attempts.play", attempt_id=opened.attempt_id))
    sign_ins_of(current_app).hand_out(answer, opened.token, is_shared_device=True)
    mark(answer)
    return answer


def _page(round_id: int, member_id: int, form: AssistForm) -> str:
    with reading() as r:
        asked = assisting.asked(r, round_id, member_id, is_demonstration_site=is_demonstration_site())
        form.take_part.label.text = labels.TAKES_PART
        form.the_le.data = asked.round.rules_number
        return render_template(
            "attempts/assist.html",
            form=form,
            asked=asked,
            round=asked.round,
            helper=r.actor.name,
            rules=contests.rules(r.session, asked.round),
            reasons=[labels.BARS_OF_ANOTHER[bar] for bar in asked.entry.bars],
        )
