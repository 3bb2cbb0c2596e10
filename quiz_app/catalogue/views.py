"""Pages of this feature."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("catalogue", __name__, template_folder="templates")
