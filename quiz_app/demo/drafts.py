"""A set that is being written, so that whoever tries the demo finds drafts in every state."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from question_bank import model as bank
from quiz_app.authoring import content, founding, reviewing, writing
from quiz_app.authoring.models import SetDraft, Verdict
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.members.models import Account, Member
from quiz_app.members.sign_ins import actor_of

SLUG = "bo-dang-soan"
DOCUMENT = "ke-hoach-bat-trang"


@dataclass(frozen=True, slots=True)
class Sample:
    """A question of the plan: the options as written, the first being the key, and how far it has come."""

    topic: str
    level: int
    section: str
    stem: str
    options: tuple[str, ...]
    rationale: str
    is_handed_in: bool = False
    verdict: Verdict | None = None
    words: str = ""


SAMPLES = (
    Sample(
        "II.2-IV", 2, "iii-1",
        "Chi bộ chọn người làm dân vận ở khu dân cư. Theo mục III.1, cần hài hòa giữa uy tín, kinh nghiệm với điều gì?",
        ("Chuẩn hóa, sức trẻ", "Thời gian rảnh rỗi", "Điều kiện kinh tế", "Thâm niên công tác"),
        "Mục III.1 nêu việc bố trí lực lượng hài hòa giữa uy tín, kinh nghiệm và chuẩn hóa, sức trẻ.",
        is_handed_in=True, verdict=Verdict.APPROVED,
    ),
    Sample(
        "II.2-IV", 1, "iii-2",
        "Ứng dụng nào được mục III.2 nhắc đến để tích hợp thông tin phản ánh hiện trường?",
        ("iHaNoi", "VNeID", "Sổ tay đảng viên điện tử", "Cổng dịch vụ công quốc gia"),
        "Mục III.2 nêu việc tích hợp thông tin phản ánh hiện trường trong ứng dụng iHaNoi.",
        is_handed_in=True,
    ),
    Sample(
        "II.1.5", 2, "ii-1-5",
        "Mục II.1.5 vận động Nhân dân làm gì đối với rác thải?",
        ("Không xả rác bừa bãi, trái nơi quy định", "Tự đốt rác ở vườn nhà", "Chở rác sang xã bên", "Chờ xe rác"),
        "Mục II.1.5 vận động Nhân dân không xả rác bừa bãi, trái nơi quy định.",
        is_handed_in=True, verdict=Verdict.CHANGES,
        words="Các phương án sai còn dễ đoán quá. Đề nghị viết cho sát với việc thật ở thôn.",
    ),
    Sample(
        "II.1.6", 3, "ii-1-6",
        "Một gia đình chưa đồng thuận với phương án tái định cư. Theo mục II.1.6, chi bộ nên bắt đầu từ đâu?",
        ("Làm rõ ý nghĩa, lợi ích của dự án", "", "", ""),
        "",
    ),
)  # fmt: skip


def write(db: Database, *, author: str, reviewer: str) -> bool:
    """Write the samples as these two accounts; False where the set is there already."""
    with db.reading() as session:
        by_name = {
            name: actor_of(session, member)
            for name, member in session.execute(
                select(Account.username, Member)
                .join(Member, Member.id == Account.member_id)
                .where(Account.username.in_([author, reviewer]))
            )
        }
    with working(db, actor=by_name[author]) as w:
        if w.session.scalar(select(SetDraft.id).where(SetDraft.slug == SLUG)) is not None:
            return False
        title = "Bộ câu hỏi đang soạn (minh họa)"
        founding.found_set(
            w, slug=SLUG, title=title, use=bank.Use.CONTEST, summary="Để xem thử cách viết và thẩm định."
        )
        drafts = {}
        for sample in SAMPLES:
            draft = writing.start_item(w, SLUG, sample.topic)
            written = _written(content.item_of(draft), sample)
            drafts[draft.id] = (sample, writing.save(w, draft.id, draft.revision, written).revision)
            if sample.is_handed_in:
                writing.hand_in(w, draft.id, drafts[draft.id][1])
    with working(db, actor=by_name[reviewer]) as w:
        for draft_id, (sample, revision) in drafts.items():
            if sample.verdict is not None:
                reviewing.judge(w, draft_id, revision, sample.verdict, sample.words)
    return True


def _written(item: bank.Item, sample: Sample) -> bank.Item:
    turn = len(item.id) % len(sample.options)
    options = tuple(
        replace(option, text=text, is_key=text == sample.options[0])
        for option, text in zip(item.options, sample.options[turn:] + sample.options[:turn], strict=True)
    )
    return replace(
        item,
        level=sample.level,
        stem=sample.stem,
        options=options,
        rationale=sample.rationale,
        source=bank.Source(DOCUMENT, sample.section),
    )
