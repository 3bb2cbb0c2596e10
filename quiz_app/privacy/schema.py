"""Every column that says something about a person: what it is for, and how long it is kept.

A table stands in exactly one of `PERSONAL`, `SIGNED` and `PLAIN`; a test fails on one, or on a column, that does not.
What members are shown and given of their data follows from this, and so does the document about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OPERATION = "Vận hành học tập và thi"
ROSTER = "Lập danh sách dự thi, xác định đúng người"
ENTRY = "Đăng nhập an toàn"
SITTING = "Tổ chức thi, chấm điểm, giải quyết khiếu nại"
LEARNING = "Học và luyện tập của chính người học"
CONSENT = "Chứng minh sự đồng ý và việc rút lại"
AWARDING = "Trao giải, cấp giấy chứng nhận"
ANSWERING = "Trả lời người gửi"
TRACE = "Truy vết, bảo vệ dữ liệu"

SEEN_BY = {
    OPERATION: "Bí thư chi bộ, cấp ủy cấp trên, ban tổ chức, mỗi người trong phần mình phụ trách",
    ROSTER: "Bí thư chi bộ, cấp ủy cấp trên, ban tổ chức, quản trị của đơn vị; số thẻ luôn che bớt",
    ENTRY: "Chính người ấy; quản trị khi giúp đặt lại. Không ai đọc được mật khẩu và mã",
    SITTING: "Chính người ấy; ban tổ chức cuộc thi. Đã thi hay chưa: thêm bí thư và cấp ủy cấp trên",
    LEARNING: "Chính người ấy; bí thư chỉ thấy số chuyên đề đã học xong",
    CONSENT: "Chính người ấy; người trả lời đề nghị",
    AWARDING: "Chính người ấy; ban tổ chức; số giấy tờ, tài khoản: chỉ người được giao trả giải",
    ANSWERING: "Chính người ấy; ban tổ chức; người được giao trả lời, không thấy tên",
    TRACE: "Chính người ấy, phần về mình; quản trị",
}

MEMBERSHIP = "Đến khi xóa theo yêu cầu"
ROUND_END = "Đến khi xóa theo yêu cầu; khi đó còn số liệu, không còn người"
CONTEST_END = (
    "730 ngày sau khi cuộc thi xong, trừ khi nơi vận hành đặt khác; sau đó, hoặc khi xóa theo yêu cầu, còn số liệu, "
    "không còn người"
)
ARCHIVE = "Lâu dài, không ghi họ tên"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept about people in one table.

    `given`: columns that the person is shown and gets in his copy. `withheld`: personal too, but secrets, marks that
    only machines read, or what would tell keys or other people. `plain`: the others. `owner` names the column that says
    whose a row is ("" where none does); with `when_final` rows are given once their round's result is final, with
    `when_published` once the table or list that they stand in is published: until then nobody is told that they do.
    """

    title: str
    purpose: str
    retention: str
    given: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    owner: str = "member_id"
    when_final: bool = False
    when_published: bool = False


def _kept(title: str, purpose: str, retention: str, given: str, *others: str, **more: Any) -> Kept:
    """`others` are the columns withheld and the plain ones; each is written as words in one string."""
    withheld, plain = (*others, "", "")[:2]
    given_, withheld_, plain_ = (tuple(names.split()) for names in (given, withheld, plain))
    return Kept(title, purpose, retention, given_, withheld_, plain_, **more)


PERSONAL: dict[str, Kept] = {
    "member": _kept(
        "Hồ sơ trong danh sách", ROSTER, ROUND_END,
        "full_name category standing gender born_on born_year_only card_number joined_on official_on position phone "
        "email note created_at",
        "sort_key search_key merged_into_id", "id unit_id is_demo is_stand_in", owner="id",
    ),
    "member_change": _kept(
        "Thay đổi của hồ sơ", ROSTER, ROUND_END, "field before after reason at", "by_member_id member_id", "id"
    ),
    "member_pair": _kept(
        "Kết luận về hai hồ sơ trùng tên", ROSTER, MEMBERSHIP, "", "first_id second_id reason decided_by",
        "verdict decided_at", owner="",
    ),
    "account": _kept(
        "Tài khoản", ENTRY, MEMBERSHIP, "username password_changed_at disabled_at notices_version",
        "member_id password_hash", "id",
    ),
    "activation_slip": _kept(
        "Phiếu kích hoạt", ENTRY, MEMBERSHIP, "issued_at expires_at used_at revoked_at",
        "member_id token_sha256 code_mac issued_by wrong_tries", "id",
    ),
    "user_session": _kept(
        "Lần đăng nhập, thiết bị", ENTRY, "90 ngày sau lần dùng cuối",
        "created_at last_seen_at expires_at revoked_at user_agent is_shared_device",
        "account_id token_sha256 device_sha256 only_attempt_id proved_at second_factor_at",
        "id idle_s awaits_second_factor", owner="account_id",
    ),
    "sign_in_throttle": _kept(
        "Số lần đăng nhập sai", ENTRY, "Vài giờ", "", "username failures blocked_until last_failed_at", owner=""
    ),
    "first_operator_link": _kept(
        "Đường dẫn của người quản trị đầu tiên", ENTRY, MEMBERSHIP, "", "username full_name token_sha256 used_at",
        "id unit_id created_at expires_at", owner="",
    ),
    "second_factor": _kept(
        "Xác thực hai lớp", ENTRY, "Đến khi tắt", "offered_at confirmed_at", "account_id secret last_step",
        owner="account_id",
    ),
    "recovery_code": _kept(
        "Mã dự phòng của xác thực hai lớp", ENTRY, "Đến khi tắt", "used_at", "account_id code_sha256", "id",
        owner="account_id",
    ),
    "role_grant": _kept(
        "Vai trò được giao", TRACE, ROUND_END, "role granted_at revoked_at", "member_id granted_by", "id unit_id"
    ),
    "registration": _kept(
        "Đơn tự đăng ký", ROSTER, "Đến khi xóa theo yêu cầu; không được nhận thì 30 ngày",
        "full_name born_on born_year_only phone consents consent_version state reason sent_at decided_at",
        "member_id search_key password_hash decided_by", "id desk_unit_id unit_id is_by_code",
    ),
    "consent": _kept(
        "Các mục đã đồng ý", CONSENT, ARCHIVE, "purpose text_version given_at revoked_at", "member_id", "id"
    ),
    "unit_change": _kept(
        "Đề nghị sửa đơn vị", ROSTER, MEMBERSHIP, "reason state note created_at decided_at", "member_id decided_by",
        "id from_unit_id to_unit_id moved_attempts",
    ),
    "data_request": _kept(
        "Đề nghị về dữ liệu cá nhân", CONSENT, ARCHIVE,
        "kind state text answer sent_at answer_by finish_by taken_at ended_at", "member_id handled_by", "id",
    ),
    "data_view": _kept(
        "Ai đã xem dữ liệu", TRACE, "730 ngày", "role seen day at", "member_id viewer_id", "id unit_id"
    ),
    "outside_record": _kept(
        "Kết quả thi ở nơi khác", OPERATION, ROUND_END,
        "score_hundredths attempts took_part_on source state reason recorded_at decided_at", "member_id decided_by",
        "id contest_id unit_id revision",
    ),
    "outside_proof": _kept(
        "Ảnh minh chứng thi ở nơi khác", OPERATION, "30 ngày sau khi xét", "", "record_id content suffix", owner=""
    ),
    "lesson_progress": _kept(
        "Bài đã học", LEARNING, ROUND_END, "opened_at finished_at checked_at place seen_at", "member_id", "lesson_id"
    ),
    "check_response": _kept(
        "Câu kiểm tra trong bài học", LEARNING, ROUND_END, "chosen is_right answered_at", "member_id",
        "item_id item_version_id",
    ),
    "practice_session": _kept(
        "Lượt luyện tập, thi thử", LEARNING, ROUND_END, "kind level title started_at deadline_at ended_at",
        "member_id", "id module_id",
    ),
    "practice_answer": _kept(
        "Câu trả lời khi luyện tập", LEARNING, ROUND_END, "chosen is_right is_easy answered_at", "member_id",
        "session_id position item_id item_version_id",
    ),
    "practice_place": _kept(
        "Câu hỏi của lượt luyện tập", LEARNING, ROUND_END, "", "chosen saved_at",
        "session_id position item_version_id option_order points revision", owner="",
    ),
    "review_card": _kept(
        "Lịch ôn lại", LEARNING, ROUND_END, "due_on was_right answered_at", "member_id", "item_id"
    ),
    "meeting_attendance": _kept(
        "Dự sinh hoạt", OPERATION, ROUND_END, "presence reported_at marked_at", "member_id marked_by is_expected",
        "meeting_id",
    ),
    "meeting": _kept(
        "Người chủ trì buổi sinh hoạt", OPERATION, ARCHIVE, "", "chair created_by confirmed_by",
        "id unit_id title starts_at minutes place token revision list_revision created_at changed_at canceled_at "
        "cancel_reason confirmed_at roster_at", owner="",
    ),
    "reminder": _kept(
        "Lời nhắc dự thi", OPERATION, CONTEST_END, "channel at", "member_id by_member_id", "id round_id unit_id"
    ),
    "reminder_mail": _kept(
        "Thư nhắc dự thi", OPERATION, CONTEST_END, "occasion state due_at changed_at", "member_id asked_by note tries",
        "id round_id",
    ),
    "accommodation": _kept(
        "Thêm giờ làm bài", SITTING, CONTEST_END, "extra_time_s reason", "member_id", "round_id"
    ),
    "contest_exclusion": _kept(
        "Không tính vào cuộc thi", SITTING, CONTEST_END, "reason created_at", "member_id created_by", "contest_id"
    ),
    "roster_entry": _kept(
        "Có tên trong danh sách dự thi của đợt", SITTING, CONTEST_END, "round_id is_exempt", "member_id", "unit_id"
    ),
    "attempt": _kept(
        "Lượt thi", SITTING, CONTEST_END,
        "round_id number state started_at deadline_at ended_at ended_by extra_time_s prediction receipt_code "
        "assist_reason annulled_at annul_reason rules_number",
        "member_id score max_score right_count answered_count duration_ms device_sha256 held_by_session assisted_by "
        "annulled_by prediction_saved_at seed",
        "id unit_id epoch accepts_until_at extension_s pool_hash asks_prediction prediction_revision",
    ),
    "response": _kept(
        "Câu trả lời trong bài thi", SITTING, CONTEST_END, "attempt_id position chosen saved_at", "is_right",
        "item_version_id option_order letters is_multiple points revision", owner="attempt_id", when_final=True,
    ),
    "result": _kept(
        "Kết quả của đợt thi", SITTING, CONTEST_END,
        "round_id attempts score max_score duration_ms submitted_at prediction", "member_id is_ranked k1 k2 k3 k4",
        "unit_id attempt_id written_at", when_final=True,
    ),
    "ranked_sum": _kept(
        "Tổng qua các đợt thi, để xếp hạng", SITTING, CONTEST_END, "",
        "member_id k1 k2 k3 k4 score max_score duration_ms rounds_sat", "ranking_id", owner="",
    ),
    "frozen_result": _kept(
        "Kết quả trên bảng tạm dừng cập nhật", SITTING, CONTEST_END, "",
        "member_id attempts score max_score duration_ms submitted_at prediction is_ranked k1 k2 k3 k4",
        "round_id unit_id attempt_id written_at", owner="",
    ),
    "final_row": _kept(
        "Dòng trong bảng kết quả đã công bố", SITTING, CONTEST_END,
        "table_id code place attempts score max_score duration_ms submitted_at prediction prize",
        "member_id rank_key decided_by is_by_lot", "unit_id attempt_id", when_published=True,
    ),
    "late_arrival": _kept(
        "Câu trả lời đến sau giờ", SITTING, CONTEST_END, "", "attempt_id sent arrived_at",
        "id what position revision epoch", owner="",
    ),
    "flag_attempt": _kept("Lượt thi cần xem lại", SITTING, CONTEST_END, "", "attempt_id", "flag_id", owner=""),
    "correction_change": _kept(
        "Điểm trước và sau khi sửa kết quả", SITTING, CONTEST_END, "",
        "attempt_id state_before state_after score_before score_after max_before max_after right_before right_after",
        "correction_id changed_at", owner="",
    ),
    "complaint": _kept(
        "Khiếu nại", ANSWERING, CONTEST_END, "round_id position text state answer created_at decided_at",
        "member_id decided_by", "id attempt_id",
    ),
    "question": _kept(
        "Câu hỏi, đề xuất, báo lỗi", ANSWERING, "Nội dung: 180 ngày sau khi trả lời",
        "kind text state answer answered_at created_at erased_at", "member_id search_key assigned_to answered_by "
        "touched_by path answer_html",
        "id unit_id subject lesson_id item_version_id attempt_id position page follows_id revision merged_into_id "
        "read_at touched_at",
    ),
    "award": _kept(
        "Giải thưởng", AWARDING, ARCHIVE, "title reason", "member_id added_by", "id list_id position unit_id",
        when_published=True,
    ),
    "prize_payment": _kept(
        "Thông tin trả giải", AWARDING, "Xóa ngay khi trả xong", "",
        "sealed receipt received_on entered_by paid_by amount",
        "award_id way entered_at paid_at erased_at", owner="",
    ),
    "certificate": _kept(
        "Giấy chứng nhận", AWARDING, "Lâu dài; xóa họ tên theo yêu cầu",
        "kind year number code name unit_name merit issued_on issued_at revoked_at revoke_reason",
        "member_id signer issued_by revoked_by",
        "id series_id unit_id superior issuer body place signs_for office replaces_id",
    ),
    "certificate_series": _kept(
        "Người ký giấy chứng nhận", AWARDING, ARCHIVE, "", "signer opened_by",
        "id kind subject unit_id superior issuer body place signs_for office opened_at closed_at", owner="",
    ),
    "prize_handler": _kept(
        "Người được giao trả giải", AWARDING, MEMBERSHIP, "named_at", "member_id named_by", "contest_id"
    ),
    "lag_rule": _kept("Ngưỡng theo dõi tự đặt", OPERATION, MEMBERSHIP, "percent days", "member_id"),
    "draft_hand": _kept(
        "Phần việc trong bản thảo", TRACE, ARCHIVE, "part since", "member_id", "draft_id"
    ),
    "draft_comment": _kept(
        "Góp ý cho bản thảo", OPERATION, ARCHIVE, "text at", "member_id settled_by",
        "id draft_id field revision settled_at",
    ),
    "draft_presence": _kept("Đang mở bản thảo", OPERATION, "Vài phút", "", "member_id seen_at", "draft_id"),
    "draft_review": _kept(
        "Ý kiến thẩm định", OPERATION, ARCHIVE, "part verdict words at", "member_id", "id draft_id revision"
    ),
    "unit": _kept(
        "Người giúp đỡ của đơn vị", OPERATION, "Đến khi đơn vị đổi", "", "helper_name helper_phone",
        "id code name kind parent_id sort_key search_key audience closed_at merged_into_id", owner="",
    ),
    "audit_entry": _kept(
        "Nhật ký việc đã làm", TRACE, ARCHIVE, "at action", "actor_member_id subject facts", "id",
        owner="actor_member_id",
    ),
    "job": _kept(
        "Việc chạy nền do người dùng yêu cầu", OPERATION, ARCHIVE, "", "requested_by payload result error",
        "id kind key state done total created_at started_at finished_at", owner="",
    ),
    "report": _kept(
        "Báo cáo của đơn vị", OPERATION, ARCHIVE, "", "texts named created_by",
        "id unit_id kind round_id starts_on ends_on state term_begins_on number dated_on search_key figures "
        "figures_sha256 job_id revision created_at", owner="",
    ),
    "report_edition": _kept(
        "Bản báo cáo đã duyệt", OPERATION, ARCHIVE, "", "content approved_by",
        "id report_id number content_sha256 figures_sha256 files job_id approved_at", owner="",
    ),
}  # fmt: skip
# Tables about things; of people only who did something, which stays as long as the thing (`TRACE`).
SIGNED: dict[str, tuple[str, ...]] = {
    "announcement": ("created_by",),
    "award_list": ("proposed_by", "approved_by"),
    "citation_look": ("looked_by",),
    "contest": ("created_by",),
    "correction": ("created_by", "decided_by"),
    "data_breach": ("created_by", "closed_by"),
    "document_edition": ("published_by",),
    "document_file": ("attached_by",),
    "draft": ("created_by", "saved_by"),
    "draft_file": ("sent_by",),
    "final_table": ("proposed_by", "approved_by"),
    "finding_waiver": ("member_id",),
    "flag": ("reviewed_by",),
    "module_assignment": ("created_by",),
    "module_edition": ("published_by",),
    "outside_contest": ("created_by",),
    "outside_import": ("sent_by",),
    "question_edition": ("proposed_by", "decided_by", "ended_by"),
    "registration_desk": ("changed_by",),
    "reminder_plan": ("created_by",),
    "roster_import": ("applied_by",),
    "round": ("published_by",),
    "round_notice": ("created_by",),
    "rules_version": ("created_by",),
    "set_draft": ("created_by",),
    "set_seal": ("sealed_by", "asked_by", "broken_by"),
    "site_switch": ("changed_by",),
    "unit_event": ("by_member_id",),
}
PLAIN = frozenset({
    "audit_seal", "blueprint_cell", "certificate_counter", "clock_anchor", "desk_snapshot", "desk_tally",
    "document", "document_relation", "document_section", "final_unit_row", "item", "item_option", "item_set",
    "item_version", "lease", "lesson", "meeting_point", "pool_item", "prize", "question_entry", "ranking",
    "report_setting", "report_wording", "round_analysis", "round_pinned_item", "round_set", "round_unit",
    "search_entry",
    "stage", "study_module", "topic", "unit_ancestor", "unit_tally",
})  # fmt: skip
