"""Images of questions: sent by those who write, shown to everybody who is signed in."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.authoring import images
from quiz_app.authoring.editor_forms import ImageForm
from quiz_app.authoring.policy import Action, Permission
from quiz_app.catalogue import queries as catalogue
from quiz_app.kernel.errors import BadInput
from quiz_app.web import pictures
from quiz_app.web.guard import requires, work

bp = Blueprint("authoring_images", __name__)


@bp.post("/bien-soan/hinh")
@requires(Permission.DRAFT_WRITE)
def upload() -> ResponseReturnValue:
    """Keep an image; a script gets what to write into the text."""
    return jsonify(markdown=kept())


@bp.get("/hinh/<name>")
@requires(Permission.IMAGE_SEE, within_attempt=True)
def image(name: str) -> ResponseReturnValue:
    """Nobody guesses the name of an image, and it never changes: only the browser that asked may keep it."""
    path = images.path_of(_data_dir(), name)
    response: Response = send_file(path, mimetype=pictures.CONTENT_TYPES[path.suffix], conditional=False, etag=False)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def kept() -> str:
    """Keep the image that came with the request, on record, and give the words that show it.

    Raises NotAllowed, BadInput, and what `images.keep` raises.
    """
    with work() as w:  # by itself: drawing an image anew takes longer than others should wait for their turn
        catalogue.require_keeper(w)
    form = ImageForm()
    if not form.validate():
        raise BadInput(form.errors)
    # One byte over the limit tells that it is too large; the rest of the upload is not read.
    name = images.keep(_data_dir(), form.image.data.read(pictures.LIMIT_MB * 1024 * 1024 + 1))
    description = form.alt.data or ""
    with work() as w:
        w.record(Action.IMAGE_KEPT, f"image:{name}", description=description)
    return images.markdown(url_for("authoring_images.image", name=name), description)


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
