"""Pages of a sitting: before it, in it, after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from quiz_app.attempts import (
    assisting,
    closing,
    corrected,
    door,
    granting,
    labels,
    late,
    marking,
    outcome,
    pacing,
    phase,
    predicting,
    queries,
    receipts,
    services,
)
from quiz_app.attempts.errors import AttemptClosed, AttemptClosing, NotYetShown, TakenOver
from quiz_app.attempts.forms import (
    prediction_form,
    read_choice,
    read_epoch,
    read_guess,
    read_rules_number,
    saved_words,
)
from quiz_app.attempts.late import Sent, What
from quiz_app.attempts.models import AttemptState
from quiz_app.attempts.outcome import Outcome
from quiz_app.attempts.plain import AnyAttempt
from quiz_app.attempts.policy import Permission
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import labels as contest_labels
from quiz_app.contests import policy as contests_policy
from quiz_app.contests import queries as contests
from quiz_app.contests import rules_page
from quiz_app.contests.errors import RulesChanged
from quiz_app.contests.models import Shown
from quiz_app.contests.plain import AnyRound
from quiz_app.kernel.access import Actor
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.kernel.work import Reading
from quiz_app.rules import timing
from quiz_app.web.arrival import arrived_at
from quiz_app.web.device import device, mark
from quiz_app.web.errors import wants_json, words_for
from quiz_app.web.filters import format_time_seconds
from quiz_app.web.guard import asked_at, at_once, current_actor, database, reading, requires, sign_in_token, work

bp = Blueprint("attempts", __name__, template_folder="templates")
pacing.init(bp)


def is_demonstration_site() -> bool:
    """Whether this whole installation is a demonstration, so that rounds with public keys may be sat."""
    settings: Settings = current_app.extensions["settings"]
    return settings.mode is not Mode.PRODUCTION


@bp.get("/dot-thi/")
@requires(Permission.ATTEMPT_READ)
def rounds() -> ResponseReturnValue:
    with reading() as r:
        entries = queries.entries(r, is_demonstration_site=is_demonstration_site())
        results = queries.own_results(r, [entry.round.id for entry in entries])
        windows = {entry.round.id: timing.window(entry.timing, r.now) for entry in entries}
        return render_template(
            "attempts/rounds.html",
            entries=entries,
            results=results,
            windows=windows,
            closes={entry.round.id: timing.closes_finally_at(entry.timing) for entry in entries},
            now=r.now,
            shows_score={entry.round.id: contests_policy.reveals_scores(entry.round, r.now) for entry in entries},
        )


@bp.get("/dot-thi/<int:round_id>")
@requires(Permission.ATTEMPT_READ)
def enter(round_id: int) -> ResponseReturnValue:
    """The rules on one page, and the explicit start."""
    with reading() as r:
        round_, rules, has_notices = contests.shown_round(r, round_id)
        unit_id = r.actor.unit_id or 0
        entry = queries.entry(r, round_, is_demonstration_site=is_demonstration_site())
        times = entry.timing
        offered = timing.offered_time(times, r.now)
        limit = times.time_limit + times.extra_time if times.time_limit else None
        return render_template(
            "attempts/enter.html",
            entry=entry,
            round=round_,
            now=r.now,
            window=timing.window(times, r.now),
            offered=offered,
            is_cut_short=limit is not None and offered < limit,
            own_close=timing.closes_finally_at(times),
            own_limit=None if limit is None else rules_page.length(int(limit.total_seconds())),
            rules=rules,
            notices=granting.told_in(r.session, round_, unit_id) if has_notices else [],
            elsewhere=granting.extended_elsewhere(r.session, round_, unit_id) if has_notices else [],
            reasons=[labels.BARS[bar] for bar in entry.bars],
        )


@bp.post("/dot-thi/<int:round_id>/bat-dau")
@requires(Permission.ATTEMPT_TAKE, in_work=True)
def start(round_id: int) -> ResponseReturnValue:
    rules_number = read_rules_number(request.form)
    browser = device().sha256
    try:
        with work() as w:
            pacing.slow_starts(browser, w.actor.member, w.now)
            attempt_id = services.start(
                w,
                round_id,
                is_demonstration_site=is_demonstration_site(),
                rules_number=rules_number,
                device_sha256=browser,
            )
    except RulesChanged as refused:
        if wants_json():
            raise
        flash(words_for(refused), "warning")
        return redirect(url_for(".enter", round_id=round_id, _anchor="the-le"))
    answer = redirect(url_for(".play", attempt_id=attempt_id))
    mark(answer)
    return answer


@bp.get("/luot-thi/<int:attempt_id>")
@requires(Permission.ATTEMPT_READ, within_attempt=True)
def play(attempt_id: int) -> ResponseReturnValue:
    """The whole paper, once it has been started."""
    with reading() as r:
        attempt, round_, has_notices = queries.sitting(r, attempt_id)
        if phase.is_over(attempt, r.now):
            return redirect(url_for(".result", attempt_id=attempt_id))
        if _is_held_elsewhere(attempt, r.actor):
            return _lead_to_take_over(round_.id)
        places = queries.paper(r.session, attempt_id)
        asked = predicting.question(r, attempt, round_)
        first_empty = next((place.position for place in places if not place.chosen), 1)
        return render_template(
            "attempts/play.html",
            attempt=attempt,
            round=round_,
            places=places,
            prediction=asked,
            prediction_form=prediction_form(asked.text if asked else ""),
            current=first_empty,
            notices=granting.told_in(r.session, round_, attempt.unit_id)[:1] if has_notices else [],
            remaining_ms=_milliseconds_left(attempt.deadline_at, r.now),
        )


@bp.get("/luot-thi/<int:attempt_id>/con-lai")
@requires(Permission.ATTEMPT_READ, within_attempt=True)
def remaining(attempt_id: int) -> ResponseReturnValue:
    """How long the attempt still has, and which window may write: what a page asks when it wakes up."""
    with reading() as r:
        attempt = queries.sitting(r, attempt_id).attempt
        return jsonify(
            remaining_ms=_milliseconds_left(attempt.deadline_at, r.now),
            epoch=attempt.epoch,
            is_over=phase.is_over(attempt, r.now),
        )


@bp.post("/luot-thi/<int:attempt_id>/lam-tiep")
@requires(Permission.ATTEMPT_TAKE, in_work=True, within_attempt=True)
def take_over(attempt_id: int) -> ResponseReturnValue:
    with work() as w:
        services.take_over(w, attempt_id)
    return redirect(url_for(".play", attempt_id=attempt_id))


@bp.post("/luot-thi/<int:attempt_id>/cau/<int:position>")
@requires(Permission.ATTEMPT_TAKE, in_work=True, within_attempt=True)
def save_response(attempt_id: int, position: int) -> ResponseReturnValue:
    is_tried = door.TRIED in request.environ
    if not is_tried:
        _slow_down(attempt_id)
    choice = read_choice(request.form)
    try:
        saved = None if is_tried else services.save_at_once(at_once, attempt_id, position, choice)
        if saved is None:
            with work() as w:
                saved = services.save_response(w, attempt_id, position, choice)
    except TakenOver as refused:
        return _offer_to_go_on(refused)
    except AttemptClosed as refused:
        sent = Sent(What.SAVE, choice.epoch, position, choice.letters, choice.revision)
        raise _kept_late(refused, attempt_id, sent) from None
    if not wants_json():
        return redirect(url_for(".play", attempt_id=attempt_id, _anchor=f"cau-{position}"))
    return jsonify(saved_words(saved))


@bp.post("/luot-thi/<int:attempt_id>/du-doan")
@requires(Permission.ATTEMPT_TAKE, in_work=True, within_attempt=True)
def save_prediction(attempt_id: int) -> ResponseReturnValue:
    _slow_down(attempt_id)
    text, epoch, revision = read_guess(request.form)
    try:
        with work() as w:
            kept = predicting.save_prediction(w, attempt_id, text, epoch, revision)
    except TakenOver as refused:
        return _offer_to_go_on(refused)
    except AttemptClosed as refused:
        raise _kept_late(refused, attempt_id, Sent(What.PREDICTION, epoch, None, text, revision)) from None
    if not wants_json():
        return redirect(url_for(".play", attempt_id=attempt_id, _anchor="du-doan"))
    return jsonify(
        revision=kept.revision,
        text=kept.text,
        saved_at=None if kept.saved_at is None else format_time_seconds(kept.saved_at),
        remaining_ms=max(0, kept.remaining // timedelta(milliseconds=1)),
    )


@bp.get("/luot-thi/<int:attempt_id>/nop")
@requires(Permission.ATTEMPT_READ, within_attempt=True)
def review(attempt_id: int) -> ResponseReturnValue:
    """Check the answers before submitting: which places are still empty."""
    with reading() as r:
        attempt, round_, _ = queries.sitting(r, attempt_id)
        if phase.is_over(attempt, r.now):
            return redirect(url_for(".result", attempt_id=attempt_id))
        if _is_held_elsewhere(attempt, r.actor):
            return _lead_to_take_over(round_.id)
        chosen = queries.chosen(r.session, attempt_id)
        return render_template(
            "attempts/review.html",
            attempt=attempt,
            round=round_,
            prediction=predicting.question(r, attempt, round_),
            length=len(chosen),
            unanswered=[position for position, letters in chosen.items() if not letters],
            remaining_ms=_milliseconds_left(attempt.deadline_at, r.now),
        )


@bp.post("/luot-thi/<int:attempt_id>/nop")
@requires(Permission.ATTEMPT_TAKE, in_work=True, within_attempt=True)
def submit(attempt_id: int) -> ResponseReturnValue:
    epoch = read_epoch(request.form)
    try:
        with work() as w:
            is_in_time = services.submit(w, attempt_id, epoch, arrived_at=arrived_at())
    except AttemptClosing:
        is_in_time = False
    except TakenOver as refused:
        return _offer_to_go_on(refused)
    if not is_in_time and (at := _keep_late(attempt_id, Sent(What.SUBMIT, epoch))):
        flash(labels.LATE_SUBMISSION.format(at=format_time_seconds(at)), "warning")
    return redirect(url_for(".result", attempt_id=attempt_id))


@bp.get("/luot-thi/<int:attempt_id>/ket-qua")
@requires(Permission.ATTEMPT_READ, within_attempt=True, afterwards=True)
def result(attempt_id: int) -> ResponseReturnValue:
    """What the round's rules let the member see of his attempt; an overdue one is closed by looking at it."""
    with reading() as r:
        found = outcome.outcome(r, attempt_id)
        if found.attempt.state != AttemptState.OPEN.value:
            return _result_page(r, found)
        if not phase.is_over(found.attempt, r.now):
            return redirect(url_for(".play", attempt_id=attempt_id))
    with work() as w:
        was_closed = closing.close_if_due(w, attempt_id)
    if was_closed:
        return redirect(url_for(".result", attempt_id=attempt_id))
    return _closing_page(attempt_id)


@bp.get("/luot-thi/<int:attempt_id>/dap-an")
@requires(Permission.ATTEMPT_READ)
def keys(attempt_id: int) -> ResponseReturnValue:
    """The paper with right answers and rationales, once the round's rules let the member see them."""
    with reading() as r:
        attempt, round_ = queries.own_attempt(r, attempt_id)
        if attempt.state != AttemptState.SUBMITTED.value or not contests_policy.reveals_keys(round_, r.now):
            raise NotYetShown
        answers = marking.paper(r.session, attempt_id)
        items = catalogue.keyed_items(r.session, [row.item_version_id for row in answers])
        return render_template(
            "attempts/keys.html",
            attempt=attempt,
            round=round_,
            answers=answers,
            items=items,
            corrections=marking.in_force(r.session, round_.id),
            remedies=labels.REMEDIES_TOLD,
            places={place.position: place for place in queries.places(r.session, answers)},
        )


def _result_page(r: Reading, found: Outcome) -> ResponseReturnValue:
    attempt, round_ = found.attempt, found.round
    if r.actor.only_attempt is not None:
        return redirect(url_for("attempts_receipts.own", attempt_id=attempt.id))
    answers = outcome.marks(r.session, attempt.id)
    shows_marks = contests_policy.reveals_marks(round_, r.now)
    has_keys = attempt.state == AttemptState.SUBMITTED.value and contests_policy.reveals_keys(round_, r.now)
    return render_template(
        "attempts/result.html",
        attempt=attempt,
        round=round_,
        entry=_entry_beside(r, found),
        prediction=predicting.question(r, attempt, round_),
        answers=answers if shows_marks else [],
        items=catalogue.paper_items(r.session, [row.item_version_id for row in answers]) if shows_marks else {},
        has_keys=has_keys,
        corrections=corrected.told(r.session, attempt) if found.is_corrected else [],
        remedies=labels.REMEDIES_TOLD,
        answered=sum(bool(row.chosen) for row in answers),
        length=found.length,
        shows_score=contests_policy.reveals_scores(round_, r.now),
        when_shown=_when_shown(round_),
        counted=found.counted,
        is_excluded=found.is_excluded,
        receipt_code=receipts.own_code(attempt),
        late=late.own(r.session, attempt.id) if found.is_late else None,
        assistance=assisting.told(r.session, attempt),
    )


def _entry_beside(r: Reading, found: Outcome) -> queries.Entry | None:
    """How the member stands before the round; None where that tells nothing: this is his only attempt and his last."""
    is_only = found.begun == 1
    if is_only and not found.may_begin_another:
        return None
    known = [found.attempt] if is_only else None
    return queries.entry(r, found.round, is_demonstration_site=is_demonstration_site(), attempts=known)


def _slow_down(attempt_id: int) -> None:
    """Count a save before anything is asked of the database. Raises TooFast."""
    pacing.slow_saves(attempt_id, sign_in_token(), database().adjusted(None))


def _keep_late(attempt_id: int, sent: Sent) -> datetime | None:
    """Keep what came too late as evidence; when it arrived, or None where it is not kept."""
    return late.keep(database(), current_actor(), attempt_id, sent, now=asked_at(), arrived_at=arrived_at())


def _kept_late(refused: AttemptClosed, attempt_id: int, sent: Sent) -> AttemptClosed:
    """The refusal, told with what becomes of the thing that was refused."""
    at = _keep_late(attempt_id, sent)
    return refused if at is None else AttemptClosed(labels.LATE.format(at=format_time_seconds(at)))


def _is_held_elsewhere(attempt: AnyAttempt, actor: Actor) -> bool:
    """Whether another sign-in has the paper: this one would write beside it, so it takes over first."""
    return attempt.held_by_session not in (None, actor.session_id)


def _lead_to_take_over(round_id: int) -> Answer:
    flash(labels.SAT_ELSEWHERE, "warning")
    return redirect(url_for(".enter", round_id=round_id))


def _offer_to_go_on(refused: TakenOver) -> ResponseReturnValue:
    """Lead somebody without scripts to where he can go on in this window; a script is told and offers it itself."""
    if wants_json():
        raise refused
    flash(f"{words_for(refused)} Muốn làm ở đây, đồng chí bấm “Làm tiếp bài đang dở”.", "warning")
    return redirect(url_for(".rounds"))


def _closing_page(attempt_id: int) -> Answer:
    """Shown in the few seconds between the last save that may arrive and the closing; asks again by itself."""
    answer = current_app.make_response(render_template("attempts/closing.html", attempt_id=attempt_id))
    answer.headers["Refresh"] = "4"
    return answer


def _when_shown(round_: AnyRound) -> str:
    return contest_labels.SHOWN[Shown(round_.show_score)]


def _milliseconds_left(deadline_at: datetime, now: datetime) -> int:
    return max(0, (deadline_at - now) // timedelta(milliseconds=1))
