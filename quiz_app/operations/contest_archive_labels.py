"""Words about the archives of contests."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.operations import contest_archive_errors as errors

REFUSALS: dict[type[Refused], str] = {
    errors.ContestNotFinal: (
        "Chưa lưu trữ được cuộc thi: “{title}” chưa công bố kết quả chính thức. "
        "Tệp lưu trữ có đáp án và hạt giống bốc thăm nên chỉ tạo khi mọi đợt đã công bố đều có kết quả chính thức."
    ),
    errors.ContestKeysInUse: (
        "Chưa lưu trữ được cuộc thi: câu hỏi của nó đang được dùng ở “{title}”. "
        "Đợt ấy chưa đóng, mà tệp lưu trữ có đáp án."
    ),
    errors.ContestNotKept: "Không lưu trữ cuộc thi diễn tập hoặc cuộc thi chưa công bố đợt nào.",
    errors.ContestArchiveBroken: (
        "Tệp lưu trữ cuộc thi bị cắt cụt, hỏng, hoặc không phải tệp lưu trữ cuộc thi. Hãy lấy lại tệp gốc."
    ),
    errors.ContestArchiveAltered: "Tệp lưu trữ đã bị thay đổi: phần “{part}” không khớp với bản kê.",
    errors.ContestArchiveIncomplete: "Tệp lưu trữ thiếu phần “{part}”.",
    errors.ContestArchiveUnknown: "Tệp lưu trữ có phần “{part}” mà phiên bản phần mềm này không biết.",
    errors.ContestArchiveOther: (
        "Tệp lưu trữ theo định dạng {theirs}, phần mềm này đọc định dạng {ours}. "
        "Hãy nhập bằng đúng bản phần mềm đã tạo ra tệp, rồi cập nhật phần mềm."
    ),
    errors.ContestArchiveTooLarge: "Phần “{part}” của tệp lưu trữ lớn quá mức cho phép.",
    errors.ContestArchiveLine: "Tệp lưu trữ sai ở phần “{part}”, dòng {line}: {why}.",
    errors.ContestArchiveWrong: "Dữ liệu trong tệp lưu trữ không toàn vẹn: {finding}.",
    errors.InstanceNotEmpty: (
        "Chỉ nhập được cuộc thi vào một hệ thống mới, chưa có dữ liệu; ở đây bảng {table} đã có dữ liệu."
    ),
    errors.InstanceNotMigrated: "Cấu trúc dữ liệu chưa đúng phiên bản. Hãy chạy flask --app wsgi db upgrade trước.",
}

NOT_A_ROW = "không phải một dòng dữ liệu"
NOT_CANONICAL = "không viết đúng dạng chuẩn"
TOO_LONG_LINE = "dòng dài quá mức cho phép"
OTHER_COLUMNS = "có các cột khác với phần mềm này (thiếu: {missing}; lạ: {strange}); tệp của phiên bản {product}"
UNFIT_VALUE = "cột {column} có giá trị không hợp lệ"
OUT_OF_ORDER = "trùng dòng hoặc sai thứ tự khóa"
REPEATED = "trùng với một dòng khác"
POINTS_NOWHERE = "trỏ tới dòng không có trong tệp"
UNFIT_ROW = "không thỏa điều kiện của bảng"
RECOUNTED = "đếm lại từ bài làm thấy khác ở {subject}"
SUBJECTS = {
    "round": "đợt số",
    "stage": "giai đoạn số",
    "contest": "cuộc thi số",
    "attempt": "lượt thi số",
    "response": "câu trả lời",
    "result": "kết quả",
}
OTHER_COUNT = "phần “{part}” có {found} dòng, bản kê ghi {listed} dòng"
OTHER_ROSTER = "danh sách dự thi của đợt {round_id} không khớp dấu trong bản kê"
OTHER_TABLES = "các bảng kết quả đã công bố không phải những bảng ghi trong bản kê"
OTHER_CONTEST = "cuộc thi trong tệp không phải cuộc thi ghi trong bản kê"
OTHER_HASH = "bảng kết quả của {subject}, phiên bản {version} không cho đúng mã kiểm tra đã công bố"


def subject(kind: str, number: str) -> str:
    """What a finding is about, in words."""
    return f"{SUBJECTS.get(kind, kind)} {number}"
