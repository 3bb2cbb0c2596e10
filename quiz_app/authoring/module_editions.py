"""Modules as they were published: each edition to read, two of them compared, the next one published."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.authoring import content, module_queries, module_shown, publishing, queries
from quiz_app.authoring.errors import NothingToPublish
from quiz_app.authoring.forms import RevisionForm
from quiz_app.authoring.models import State
from quiz_app.authoring.policy import Permission
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.errors import HasFindings
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import viewing
from quiz_app.web.errors import words_for
from quiz_app.web.guard import current_actor, database, reading, requires, work

bp = Blueprint("authoring_editions", __name__, url_prefix="/bien-soan/chuyen-de", template_folder="templates")

UNPROCESSABLE = 422


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough.

    Asked in a transaction of its own: the one of the request has to see what the view itself has saved.
    """
    with viewing(database(), actor=current_actor()) as r:
        catalogue.require_keeper(r)


@bp.get("/<slug>/ban")
@requires(Permission.SET_READ)
def editions(slug: str) -> ResponseReturnValue:
    with reading() as r:
        found = module_queries.editions(r.session, slug)
        return render_template(
            "authoring/module_editions.html",
            slug=slug,
            title=found[0][0].content["title"],
            editions=found,
            may_write=current_actor().may(Permission.DRAFT_WRITE),
        )


@bp.get("/<slug>/ban/<int:number>")
@requires(Permission.SET_READ)
def edition(slug: str, number: int) -> ResponseReturnValue:
    with reading() as r:
        found, module = module_queries.edition(r.session, slug, number)
        return render_template(
            "authoring/module_edition.html", edition=found, module=module_shown.module(r.session, module)
        )


@bp.get("/<slug>/so-sanh")
@requires(Permission.SET_READ)
def compare(slug: str) -> ResponseReturnValue:
    """Two editions, named in the address; a later one is always shown against an earlier one."""
    numbers = sorted(request.args.get(name, type=int) or 0 for name in ("tu", "den"))
    with reading() as r:
        _, before = module_queries.edition(r.session, slug, numbers[0])
        _, after = module_queries.edition(r.session, slug, numbers[1])
        return render_template(
            "authoring/module_compare.html",
            slug=slug,
            title=after.title,
            numbers=numbers,
            changes=module_shown.changes(r.session, before, after),
        )


@bp.route("/nhap/<int:draft_id>/cong-bo", methods=["GET", "POST"])
@requires(Permission.PUBLISH)
def publish(draft_id: int) -> ResponseReturnValue:
    form = RevisionForm()
    if not form.validate_on_submit():
        return _publish_page(draft_id)
    try:
        with work() as w:
            outcome = publishing.publish_module(w, draft_id, form.revision.data or 0)
    except (HasFindings, NothingToPublish) as refused:
        return _publish_page(draft_id, words_for(refused)), UNPROCESSABLE
    flash(catalogue_labels.outcome(outcome), "success")
    return redirect(url_for("authoring_modules.modules"))


def _publish_page(draft_id: int, problem: str = "") -> str:
    with reading() as r:
        draft = module_queries.module_draft(r, draft_id)
        if draft.state == State.PUBLISHED.value and not problem:
            raise Missing
        module = content.module_of(draft)
        known = queries.published_module(r.session, draft.code)
        before = known[0] if known is not None else None
        slugs = [lesson.slug for lesson in module.lessons]
        earlier = {lesson.slug: lesson for lesson in before.lessons} if before is not None else {}
        return render_template(
            "authoring/module_publish.html",
            draft=draft,
            module=module_shown.module(r.session, module),
            number=known[1] if known is not None else None,
            kept=sum(slug in earlier for slug in slugs),
            added=sum(slug not in earlier for slug in slugs),
            gone=[lesson.title for slug, lesson in earlier.items() if slug not in slugs],
            changes=module_shown.changes(r.session, before, module) if before is not None else (),
            remarks=module_shown.remarks(r.session, module),
            is_from_files=module_queries.is_from_files(r.session, draft.code),
            problem=problem,
        )
