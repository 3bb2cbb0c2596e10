"""A small published bank and an open round over it, made by the product's own services."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from question_bank import model as bank
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from quiz_app.contests import services as contests
from quiz_app.contests.models import Contest, NamesShown, Round, Shown
from quiz_app.contests.terms import RoundTerms
from quiz_app.kernel.work import Work
from quiz_app.rules.drawing import Cell
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.units.models import Unit

SET_SLUG = "bo-thi-mau"
MODULE_SLUG = "chuyen-de-mau"
DOCUMENT_SLUG = "van-ban-mau"
RATIONALE_CANARY = "giải thích kín số"  # stands in every rationale of the contest set and nowhere else
BLUEPRINT = (Cell("muc-tieu", 1, 2), Cell("muc-tieu", 2, 1), Cell("giai-phap", 1, 2), Cell("giai-phap", 2, 1))
PAPER_LENGTH = 6

_SUBJECTS = (
    "cây xanh ven đê", "lớp học buổi tối", "làng gốm cổ", "đường ra bến sông", "trạm y tế xã", "thư viện thôn",
    "chợ đầu mối", "nước sạch nông thôn", "nhà văn hóa", "tổ công nghệ số", "vườn rau an toàn", "đội dân quân",
)  # fmt: skip


def sample_bank() -> bank.Bank:
    """One document, two topics, one module of two lessons with a check question, one contest set of twelve items.

    Items 4, 8 and 12 have two keys (the options with the ids a and b), the others one (the option with the id a).
    """
    document = bank.Document(
        slug=DOCUMENT_SLUG,
        number="01-KH/ĐU",
        dated_on=date(2026, 1, 5),
        issuer="Đảng ủy xã",
        title="Kế hoạch mẫu",
        kind="Kế hoạch",
        abstract="Tóm tắt của kế hoạch mẫu.",
        sections=(
            bank.DocumentSection("phan-1", "I. Mục tiêu", 1, "Các mục tiêu của kế hoạch."),
            bank.DocumentSection("phan-2", "II. Giải pháp", 1, "Các giải pháp của kế hoạch."),
        ),
    )
    topics = (
        bank.Topic("muc-tieu", "Mục tiêu", "phan-1", DOCUMENT_SLUG),
        bank.Topic("giai-phap", "Giải pháp", "phan-2", DOCUMENT_SLUG),
    )
    lessons = tuple(
        bank.Lesson(slug, title, 5, (section,), f"Nội dung của bài {title.lower()}.")
        for slug, title, section in (("bai-mot", "Mục tiêu chung", "phan-1"), ("bai-hai", "Giải pháp chính", "phan-2"))
    )
    module = bank.StudyModule(
        slug=MODULE_SLUG,
        title="Chuyên đề mẫu",
        position=1,
        section="phan-1",
        summary="Giới thiệu chuyên đề mẫu.",
        topic="muc-tieu",
        is_restricted=False,
        lessons=lessons,
        document=DOCUMENT_SLUG,
    )
    contest_set = bank.ItemSet(SET_SLUG, "Bộ thi mẫu", bank.Use.CONTEST, tuple(_item(n) for n in range(1, 13)))
    check = replace(
        _item(1),
        id="kiem-tra-1",
        stem="Bài học này nói trước hết về điều gì trong kế hoạch?",
        rationale="Bài mở đầu bằng mục tiêu chung.",
        lesson=f"{MODULE_SLUG}/bai-mot",
    )
    lesson_set = bank.ItemSet("bo-bai-hoc-mau", "Câu hỏi kiểm tra mẫu", bank.Use.LESSON, (check,))
    return bank.Bank(topics, (contest_set, lesson_set), (module,), (document,))


def publish_sample_bank(w: Work) -> int:
    """Publish it as a set that is not shipped, fit for a real round; the id of the contest set."""
    publishing.publish_bank(w, sample_bank(), is_shipped=False)
    found = catalogue.published_set(w.session, SET_SLUG)
    assert found is not None
    return found.id


def terms(now: datetime, set_id: int) -> RoundTerms:
    """A round that opened an hour ago and closes in a day: 20 minutes, two attempts, scores at once, keys later."""
    return RoundTerms(
        title="Đợt thi thử",
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        time_limit_s=20 * 60,
        attempts_allowed=2,
        counted=CountedAttempt.BEST_EARLIEST,
        tie_breaks=(Criterion.SCORE, Criterion.DURATION, Criterion.SUBMITTED),
        show_score=Shown.AFTER_SUBMISSION.value,
        show_marks=Shown.AFTER_SUBMISSION.value,
        show_keys=Shown.AFTER_CLOSING.value,
        names_shown=NamesShown.OWN_UNIT.value,
        set_ids=(set_id,),
    )


@dataclass(frozen=True)
class Opened:
    contest: Contest
    round: Round
    set_id: int


def open_round(
    w: Work, unit: Unit, *, set_id: int | None = None, cells: tuple[Cell, ...] = BLUEPRINT, **changes: object
) -> Opened:
    """A published round for the unit's subtree; `changes` replace fields of `terms`.

    Everybody who is to be on its roster must be there already.
    """
    set_id = set_id or publish_sample_bank(w)
    contest = contests.create_contest(w, title="Cuộc thi tìm hiểu kế hoạch", unit_id=unit.id, is_demonstration=False)
    wanted: RoundTerms = replace(terms(w.now, set_id), **changes)  # type: ignore[arg-type] # names are checked by replace
    round_ = contests.create_round(w, contest.id, wanted)
    contests.set_blueprint(w, round_.id, cells)
    contests.publish_round(w, round_.id)
    w.session.flush()
    return Opened(contest, round_, set_id)


def _item(number: int) -> bank.Item:
    subject = _SUBJECTS[number - 1]
    has_two_keys = number % 4 == 0
    texts = (f"{subject} theo hướng bền vững", f"{subject} do nhân dân bàn", f"{subject} tự phát", f"chưa có {subject}")
    options = tuple(
        bank.Option(letter, text[0].upper() + text[1:], is_key=letter == "a" or (letter == "b" and has_two_keys))
        for letter, text in zip("abcd", texts, strict=True)
    )
    turn = number % 4  # a bank whose keys all stand at one place is refused
    return bank.Item(
        id=f"cau-{number}",
        kind=bank.Kind.MULTIPLE if has_two_keys else bank.Kind.SINGLE,
        topic="muc-tieu" if number <= 6 else "giai-phap",
        level=1 if number % 2 else 2,
        stem=f"Về {subject}, kế hoạch xác định điều gì?",
        options=options[turn:] + options[:turn],
        rationale=f"Đây là {RATIONALE_CANARY} {number}.",
        source=bank.Source(DOCUMENT_SLUG, "phan-1" if number <= 6 else "phan-2"),
    )
