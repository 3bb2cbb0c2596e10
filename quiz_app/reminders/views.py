"""Reminding: a text for the group, one for each person, mails for those who agreed; and the way off their list."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests.timing import closed_for_all_at
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import Reading
from quiz_app.participation import queries as participation
from quiz_app.participation.labels import State
from quiz_app.participation.queries import Desk, Filter
from quiz_app.reminders import forms, labels, queries, services, texts
from quiz_app.reminders.errors import NoMail
from quiz_app.reminders.policy import Permission
from quiz_app.reminders.sending import declined_member
from quiz_app.reminders.texts import Tone
from quiz_app.web.guard import public, reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("reminders", __name__, url_prefix="/nhac-thi", template_folder="templates")

WAITING = Filter(State.MISSING)


@bp.get("/<int:round_id>/don-vi/<int:unit_id>")
@requires(Permission.REMINDERS_VIEW)
def group(round_id: int, unit_id: int) -> ResponseReturnValue:
    """The text for the unit's group, and who has not sat yet."""
    with reading() as r:
        desk = participation.desk(r, round_id, unit_id)
        tone = _tone()
        page = participation.member_page(r, desk, WAITING, page_number(request.args))
        return render_template(
            "reminders/group.html",
            desk=desk,
            text=texts.group_text(tone, queries.group_facts(r, desk, _address())),
            tones=_tones(tone, lambda slug: url_for(".group", round_id=round_id, unit_id=unit_id, giong=slug)),
            page=page,
            reminded=queries.last_reminded(r.session, round_id, [row.member_id for row in page.rows]),
            latest=queries.latest(r, desk),
            labels=labels,
            **_state(r, desk),
        )


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/da-nhac")
@requires(Permission.REMIND)
def note_group(round_id: int, unit_id: int) -> ResponseReturnValue:
    with work() as w:
        services.note_group(w, round_id, unit_id)
    flash("Đã ghi là vừa nhắc nhóm.", "success")
    return redirect(url_for(".group", round_id=round_id, unit_id=unit_id))


@bp.get("/<int:round_id>/don-vi/<int:unit_id>/dang-vien/<int:member_id>")
@requires(Permission.REMINDERS_VIEW)
def person(round_id: int, unit_id: int, member_id: int) -> ResponseReturnValue:
    """The text for one person, with his name."""
    with reading() as r:
        desk = participation.desk(r, round_id, unit_id)
        found = queries.person(r, desk, member_id)
        tone = _tone()
        here = {"round_id": round_id, "unit_id": unit_id, "member_id": member_id}
        return render_template(
            "reminders/person.html",
            desk=desk,
            person=found,
            text=texts.personal_text(
                tone, queries.facts_of(desk.round, desk.unit.name, r.now, _address()), found.full_name
            ),
            tones=_tones(tone, lambda slug: url_for(".person", giong=slug, **here)),  # type: ignore[arg-type] # plain url values
            reminded_at=queries.last_reminded(r.session, round_id, [member_id]).get(member_id),
            **_state(r, desk),
        )


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/dang-vien/<int:member_id>")
@requires(Permission.REMIND)
def note_person(round_id: int, unit_id: int, member_id: int) -> ResponseReturnValue:
    with work() as w:
        services.note_person(w, round_id, unit_id, member_id)
    flash("Đã ghi là vừa nhắc đồng chí này.", "success")
    return redirect(url_for(".group", round_id=round_id, unit_id=unit_id, _anchor="chua-thi"))


@bp.get("/<int:round_id>/don-vi/<int:unit_id>/thu")
@requires(Permission.REMINDERS_VIEW)
def mails(round_id: int, unit_id: int) -> ResponseReturnValue:
    """Who would get a mail, what it says, and what goes out by itself."""
    with reading() as r:
        return _mails_page(r, round_id, unit_id, None)


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/thu")
@requires(Permission.REMIND)
def ask_mails(round_id: int, unit_id: int) -> ResponseReturnValue:
    with work() as w:
        participation.desk(w, round_id, unit_id)
        if _settings().mail is None:
            raise NoMail
        count = services.ask_mails(w, round_id, unit_id)
    flash(f"{count} thư đã vào hàng đợi và sẽ được gửi trong ít phút.", "success")
    return redirect(url_for(".mails", round_id=round_id, unit_id=unit_id))


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/hen")
@requires(Permission.REMIND)
def plan(round_id: int, unit_id: int) -> ResponseReturnValue:
    """Set which mails go out by themselves."""
    form = forms.PlanForm()
    with work() as w:
        participation.desk(w, round_id, unit_id)
        if not form.validate():
            raise BadInput(form.errors)
        for occasion, hours in form.wanted().items():
            services.set_plan(w, round_id, unit_id, occasion, hours)
    flash("Đã lưu lịch gửi thư.", "success")
    return redirect(url_for(".mails", round_id=round_id, unit_id=unit_id))


@bp.get("/thoi-nhan/<token>")
@public
def decline(token: str) -> ResponseReturnValue:
    """Opened from a mail: asks once, since programs that look through mail open every link. It names nobody."""
    _declined(token)
    return render_template("reminders/decline.html", token=token, is_done=False)


@bp.post("/thoi-nhan/<token>")
@public
def declined(token: str) -> ResponseReturnValue:
    member_id = _declined(token)
    with work() as w:
        services.decline(w, member_id)
    return render_template("reminders/decline.html", token=token, is_done=True)


def _mails_page(r: Reading, round_id: int, unit_id: int, form: forms.PlanForm | None) -> str:
    desk = participation.desk(r, round_id, unit_id)
    reached = queries.recipients(r.session, round_id, desk.scope, r.now)
    plans = queries.plans(r, desk)
    facts = queries.facts_of(desk.round, desk.unit.name, r.now, _address())
    return render_template(
        "reminders/mails.html",
        desk=desk,
        reached=reached,
        subject=labels.subject(desk.round.title),
        text=texts.personal_text(Tone.WARM, facts, reached.names[0] if reached.names else "…"),
        decline=labels.DECLINE.format(address="(đường dẫn riêng của mỗi người)"),
        counts=queries.mail_counts(r, desk),
        plans=plans,
        form=form or forms.plan_form(plans),
        labels=labels,
        has_mail=_settings().mail is not None,
        **_state(r, desk),
    )


def _state(r: Reading, desk: Desk) -> dict[str, bool]:
    return {"is_over": r.now >= closed_for_all_at(desk.round)}


def _declined(token: str) -> int:
    settings = _settings()
    found = declined_member((*settings.secret_key_fallbacks, settings.secret_key), token)
    if found is None:
        raise Missing
    return found


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _address() -> str:
    """Where a member comes in: his first page leads him to what is open."""
    return _settings().public_url


def _tone() -> Tone:
    asked = request.args.get("giong")
    return next((tone for tone, (slug, _) in labels.TONES.items() if slug == asked), Tone.WARM)


def _tones(chosen: Tone, url: Callable[[str], str]) -> list[tuple[str, str, bool]]:
    return [(words, url(slug), tone is chosen) for tone, (slug, words) in labels.TONES.items()]
