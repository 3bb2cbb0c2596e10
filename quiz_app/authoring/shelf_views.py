"""The sets of the bank's files, and those that are written here: listed, read, published from their files."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.authoring import listing
from quiz_app.authoring.policy import Permission as AuthoringPermission
from quiz_app.catalogue import labels, published, queries, services
from quiz_app.catalogue.errors import HasFindings
from quiz_app.catalogue.forms import PublishForm
from quiz_app.catalogue.policy import Permission
from quiz_app.catalogue.preview import preview
from quiz_app.catalogue.shelf import Shelf, ShelfSet, read_shelf
from quiz_app.contests import seals
from quiz_app.web.guard import current_actor, reading, requires, work

bp = Blueprint("authoring_shelf", __name__, url_prefix="/bien-soan", template_folder="templates")


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with reading() as r:
        queries.require_keeper(r)


@bp.get("/bo-cau-hoi")
@requires(Permission.CATALOGUE_LIST)
def sets() -> ResponseReturnValue:
    with reading() as r:
        return render_template(
            "authoring/sets.html",
            sets=listing.listed_sets(r, queries.set_states(r.session, _shelf())),
            uses=labels.USES,
            states=labels.STATES,
            to_review=len(listing.to_review(r)),
            may_preview=current_actor().may(Permission.CATALOGUE_PREVIEW),
            may_write=current_actor().may(AuthoringPermission.DRAFT_WRITE),
            may_read=current_actor().may(AuthoringPermission.SET_READ),
        )


@bp.get("/bo-cau-hoi/<slug>")
@requires(Permission.CATALOGUE_PREVIEW)
def set_preview(slug: str) -> ResponseReturnValue:
    shelf = _shelf()
    return _preview_page(shelf, shelf.find(slug), with_keys=False)


@bp.post("/bo-cau-hoi/<slug>/dap-an")
@requires(Permission.CATALOGUE_KEYS)
def set_keys(slug: str) -> ResponseReturnValue:
    """Show the keys. It is posted because looking leaves a record; the answer is the page itself, never a redirect."""
    shelf = _shelf()
    found = shelf.find(slug)
    with work() as w:
        seals.require_open(w, slug)
        services.record_key_view(w, found.item_set)
    return _preview_page(shelf, found, with_keys=True)


def _preview_page(shelf: Shelf, found: ShelfSet, *, with_keys: bool) -> ResponseReturnValue:
    return render_template(
        "authoring/set_preview.html",
        item_set=found.item_set,
        is_shipped=found.is_shipped,
        items=preview(shelf.bank, found.item_set, with_keys=with_keys),
        with_keys=with_keys,
        uses=labels.USES,
        levels=labels.LEVELS,
        may_publish=current_actor().may(Permission.CATALOGUE_PUBLISH),
    )


@bp.route("/bo-cau-hoi/<slug>/cong-bo", methods=["GET", "POST"])
@requires(Permission.CATALOGUE_PUBLISH)
def publish(slug: str) -> ResponseReturnValue:
    shelf = _shelf()
    found = shelf.find(slug)
    with reading() as r:
        seals.require_open(r, slug)  # findings tell of keys, and a publication would change them unseen
    form = PublishForm()
    if not form.validate_on_submit():
        return _publish_page(shelf, found)
    try:
        with work() as w:
            outcomes = services.publish_from_shelf(w, shelf, slug)
    except HasFindings:
        return _publish_page(shelf, found), 422
    flash(labels.outcome(outcomes[-1]), "success" if outcomes[-1].is_changed else "info")
    for kept in outcomes:
        if kept.kept_edition is not None:
            flash(labels.outcome(kept), "info")
    return redirect(url_for(".sets"))


def _publish_page(shelf: Shelf, found: ShelfSet) -> str:
    with reading() as r:
        state = next(one for one in queries.set_states(r.session, shelf) if one.slug == found.item_set.slug)
        return render_template(
            "authoring/set_publish.html",
            state=state,
            item_set=found.item_set,
            findings=published.findings_on_shelf(r.session, shelf.bank, found.item_set),
            uses=labels.USES,
        )


def _shelf() -> Shelf:
    return read_shelf(current_app.extensions["settings"].bank_dir)
