"""Help: the list of guides, each guide, and their images."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, send_from_directory
from flask.typing import ResponseReturnValue

from quiz_app.home import guides
from quiz_app.web.guard import current_actor, public
from quiz_app.web.sharing import shared

bp = Blueprint("home_help", __name__, template_folder="templates", url_prefix="/tro-giup")
IMAGE_KEPT_S = 24 * 3600


@bp.get("")
@public
@shared
def index() -> ResponseReturnValue:
    actor = current_actor()
    listed = guides.all_guides().values()
    return render_template(
        "home/help.html",
        own=[guide for guide in listed if guides.is_written_for(guide.slug, actor)],
        others=[guide for guide in listed if not guides.is_written_for(guide.slug, actor)],
    )


@bp.get("/<slug>")
@public
@shared
def guide(slug: str) -> ResponseReturnValue:
    found = guides.all_guides().get(slug)
    if found is None:
        abort(404)
    return render_template("home/guide.html", guide=found)


@bp.get("/hinh/<name>")
@public
def image(name: str) -> ResponseReturnValue:
    """An image of the guides; no other file of the folder, nor of any other, is given out."""
    if name not in guides.image_names():
        abort(404)
    response = send_from_directory(guides.IMAGES, name, mimetype="image/png")
    response.headers["Cache-Control"] = f"public, max-age={IMAGE_KEPT_S}"
    return response
