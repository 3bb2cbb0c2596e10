"""Every table of the product in one import, for migrations and for the tests that compare them with the models."""

from quiz_app.analysis import models as analysis
from quiz_app.announcements import models as announcements
from quiz_app.asking import models as asking
from quiz_app.assignments import models as assignments
from quiz_app.attempts import models as attempts
from quiz_app.authoring import models as authoring
from quiz_app.awards import models as awards
from quiz_app.catalogue import models as catalogue
from quiz_app.contests import models as contests
from quiz_app.elsewhere import models as elsewhere
from quiz_app.feedback import models as feedback
from quiz_app.kernel import audit, clock, fulltext, jobs, switches
from quiz_app.kernel.db import Base
from quiz_app.leaderboard import models as leaderboard
from quiz_app.meetings import models as meetings
from quiz_app.members import models as members
from quiz_app.members import staff_models as staff
from quiz_app.participation import models as participation
from quiz_app.people import models as people
from quiz_app.practice import models as practice
from quiz_app.privacy import models as privacy
from quiz_app.registering import models as registering
from quiz_app.reminders import models as reminders
from quiz_app.reports import models as reports
from quiz_app.results import models as results
from quiz_app.study import models as study
from quiz_app.units import models as units

__all__ = [
    "analysis",
    "announcements",
    "asking",
    "assignments",
    "attempts",
    "audit",
    "authoring",
    "awards",
    "catalogue",
    "clock",
    "contests",
    "elsewhere",
    "feedback",
    "fulltext",
    "jobs",
    "leaderboard",
    "meetings",
    "members",
    "participation",
    "people",
    "practice",
    "privacy",
    "registering",
    "reminders",
    "reports",
    "results",
    "staff",
    "study",
    "switches",
    "units",
]

metadata = Base.metadata
