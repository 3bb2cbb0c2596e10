"""A case of the register of what happened to personal data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from quiz_app.kernel.work import Work
from quiz_app.privacy import breaches
from quiz_app.privacy.models import Breach


def of_case(w: Work, **changes: Any) -> dict[str, Any]:
    """What is entered of a list that went to somebody else two hours ago."""
    return {
        "title": "Gửi nhầm danh sách", "found_at": w.now - timedelta(hours=2), "what": "Họ tên, số điện thoại",
        "people": 30, "cause": "Gửi nhầm nhóm Zalo", "measures": "Đã thu hồi", "reported_to": "", "reported_at": None,
        "unreported_reason": "", "people_told_at": None, **changes,
    }  # fmt: skip


def found_breach(w: Work) -> Breach:
    return breaches.enter(w, of_case(w))
