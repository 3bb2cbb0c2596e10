"""Drafts made by the product's own services, over the small published bank."""

from __future__ import annotations

from dataclasses import replace

from question_bank import model as bank
from quiz_app.authoring import content, founding, reviewing, writing
from quiz_app.authoring.models import Draft, Intent, Verdict
from quiz_app.members.models import Member
from tests.support import contest
from tests.support.works import Work

SLUG = contest.SET_SLUG


def sound(item: bank.Item, subject: str = "đội văn nghệ thôn") -> bank.Item:
    """The item with everything a reviewer asks for."""
    texts = (f"{subject} theo nếp làng", f"{subject} do xã lập", f"{subject} tự phát", f"chưa có {subject}")
    return replace(
        item,
        topic="muc-tieu",
        level=2,
        stem=f"Về {subject}, kế hoạch nêu việc gì?",
        options=tuple(
            replace(option, text=text.capitalize(), is_key=option.id == "b")
            for option, text in zip(item.options, texts, strict=True)
        ),
        rationale="Kế hoạch nêu việc này ở phần mục tiêu.",
        source=bank.Source(contest.DOCUMENT_SLUG, "phan-1"),
    )


def ready_set(work: Work, author: Member) -> None:
    """The sample bank, published, and its contest set taken up to be written on."""
    with work() as w:
        contest.publish_sample_bank(w)
    with work(actor=author) as w:
        founding.take_up_set(w, SLUG)


def new_item(work: Work, author: Member, subject: str = "đội văn nghệ thôn") -> Draft:
    """A sound new item, saved once."""
    with work(actor=author) as w:
        draft = writing.start_item(w, SLUG)
        writing.save(w, draft.id, 1, sound(content.item_of(draft), subject))
        return draft


def changed_item(work: Work, author: Member, code: str, stem: str, intent: Intent = Intent.TYPO) -> Draft:
    """A draft over a published item, saved with another stem."""
    with work(actor=author) as w:
        draft = writing.start_change(w, SLUG, code)
        writing.save(w, draft.id, draft.revision, replace(content.item_of(draft), stem=stem), intent)
        return draft


def approve(work: Work, author: Member, reviewer: Member, draft: Draft) -> None:
    """Handed in by one, approved by the other."""
    with work(actor=author) as w:
        writing.hand_in(w, draft.id, w.session.get_one(Draft, draft.id).revision)
    with work(actor=reviewer) as w:
        reviewing.judge(w, draft.id, w.session.get_one(Draft, draft.id).revision, Verdict.APPROVED)
