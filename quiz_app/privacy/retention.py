"""What is kept about people for a while only, deleted when its time is over."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.members.models import UserSession

SESSIONS_KEPT = timedelta(days=90)


def forget_sessions(db: Database) -> int:
    """Delete dead sign-ins, with their devices, that were last used long enough ago; how many."""
    with working(db) as w:
        is_dead = UserSession.revoked_at.is_not(None) | (UserSession.expires_at < w.now)
        old = delete(UserSession).where(is_dead, UserSession.last_seen_at < w.now - SESSIONS_KEPT)
        return len(w.session.scalars(old.returning(UserSession.id)).all())
