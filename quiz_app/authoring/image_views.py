"""Images of questions: sent by those who write, shown to everybody who is signed in."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from quiz_app.authoring import images
from quiz_app.authoring.editor_forms import ImageForm
from quiz_app.authoring.policy import Action, Permission
from quiz_app.catalogue import queries as catalogue
from quiz_app.kernel.errors import BadInput
from quiz_app.web.guard import requires, work

bp = Blueprint("authoring_images", __name__)


@bp.post("/bien-soan/hinh")
@requires(Permission.DRAFT_WRITE)
def upload() -> ResponseReturnValue:
    """Keep an image; a script gets what to write into the text."""
    form = ImageForm()
    if not form.validate():
        raise BadInput(form.errors)
    return jsonify(markdown=keep(form.image.data, form.alt.data))


@bp.get("/hinh/<name>")
@requires(Permission.IMAGE_SEE, within_attempt=True)
def image(name: str) -> ResponseReturnValue:
    """Nobody guesses the name of an image, and it never changes: only the browser that asked may keep it."""
    path = images.path_of(_data_dir(), name)
    response: Response = send_file(path, mimetype=images.CONTENT_TYPES[path.suffix], conditional=False, etag=False)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def keep(sent: FileStorage, description: str) -> str:
    """Keep what was uploaded, on record, and give the words that show it. Raises as `images.keep` does."""
    with work() as w:
        catalogue.require_keeper(w)
        # One byte over the limit tells that it is too large; the rest of the upload is not read.
        name = images.keep(_data_dir(), sent.read(images.LIMIT_MB * 1024 * 1024 + 1))
        w.record(Action.IMAGE_KEPT, f"image:{name}", description=description)
    return images.markdown(url_for("authoring_images.image", name=name), description)


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
