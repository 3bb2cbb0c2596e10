"""Files as other programs write them."""

from __future__ import annotations

import base64

from question_bank import formats
from question_bank.formats.images import image_address
from question_bank.model import Item, Kind
from tests.bank.bad_files import package

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIFT = r"""
// [id:moodle-7] [tag:muc-1]
// question: 123  name: Cau 1
::Câu một::[html]<p>Ai <b>lãnh đạo</b>\: dân \{ta\}?</p>{
	=Đảng#Đúng rồi!
	~%50%Nhà nước#Chưa đủ

	~Hội \= đoàn
	####Điều 4 Hiến pháp.
}

$CATEGORY: $course$/top/II.1.1

Trời xanh. {TRUE}

Hai đáp án? {~%50%x ~%50%y ~%-100%z}

Thủ đô nước ta là {=Hà Nội ~Huế} từ năm 1945.
"""


def keys(item: Item) -> list[str]:
    return [option.text for option in item.keys]


def test_gift_of_moodle() -> None:
    parsed = formats.read("a.txt", GIFT.encode())
    one, two, three, four = (found.item for found in parsed.items)
    assert (one.id, one.stem, keys(one), one.kind) == ("moodle-7", "Ai **lãnh đạo**: dân {ta}?", ["Đảng"], Kind.SINGLE)
    assert [option.text for option in one.options] == ["Đảng", "Nhà nước", "Hội = đoàn"]
    assert one.rationale == "Điều 4 Hiến pháp.\n\nPhương án A: Đúng rồi!\n\nPhương án B: Chưa đủ"
    assert (two.kind, keys(two), two.topic) == (Kind.TRUE_FALSE, ["Đúng"], "II.1.1")
    assert (three.kind, keys(three)) == (Kind.MULTIPLE, ["x", "y"])
    assert four.stem == "Thủ đô nước ta là _____ từ năm 1945."
    assert [warning.message for warning in parsed.warnings] == [
        "Điểm riêng của từng phương án không dùng trên hệ thống nên đã bị bỏ."
    ]


def test_aiken_with_small_letters_and_long_stems() -> None:
    parsed = formats.read("a.txt", "Một\nhai?\na) x\nb) y\nANSWER: b\n\nBa?\nA. x\nB. y\nANSWER: A\n".encode("utf-16"))
    assert [(found.item.stem, keys(found.item)) for found in parsed.items] == [("Một\nhai?", ["y"]), ("Ba?", ["x"])]


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
  <question type="category"><category><text>$course$/top/II.1.2</text></category></question>
  <question type="multichoice">
    <name><text>Câu 1</text></name>
    <questiontext format="html">
      <text><![CDATA[<p>Hình <em>nào</em>?</p><p><img src="@@PLUGINFILE@@/a%20b.png" alt="cờ"></p>]]></text>
      <file name="a b.png" path="/" encoding="base64">{png}</file>
    </questiontext>
    <generalfeedback format="html"><text>&lt;ul&gt;&lt;li&gt;vì&lt;/li&gt;&lt;/ul&gt;</text></generalfeedback>
    <idnumber>m-1</idnumber><single>false</single>
    <answer fraction="50" format="html"><text>&lt;p&gt;a &amp;lt; b&lt;/p&gt;</text></answer>
    <answer fraction="50" format="plain_text"><text>2*3</text></answer>
    <answer fraction="0" format="html"><text>c</text></answer>
    <tags><tag><text>Mức: 3</text></tag></tags>
  </question>
  <question type="truefalse">
    <name><text>Câu 2</text></name><questiontext format="html"><text>Đất tròn</text></questiontext>
    <answer fraction="0"><text>true</text></answer><answer fraction="100"><text>false</text></answer>
  </question>
</quiz>"""


def test_moodle_xml_with_pictures() -> None:
    parsed = formats.read("a.xml", MOODLE.format(png=base64.b64encode(PNG).decode()).encode())
    one, two = (found.item for found in parsed.items)
    assert parsed.images == {image_address(PNG): PNG}
    assert one.stem == f"Hình *nào*?\n\n![cờ]({image_address(PNG)})"
    assert (one.id, one.level, one.topic, one.kind, one.rationale) == ("m-1", 3, "II.1.2", Kind.MULTIPLE, "- vì")
    assert keys(one) == ["a < b", "2\\*3"]
    assert (two.kind, keys(two)) == (Kind.TRUE_FALSE, ["Sai"])


CANVAS = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="g1" title="Question 1" adaptive="false"
 timeDependent="false">
 <responseDeclaration identifier="response1" cardinality="multiple" baseType="identifier">
  <correctResponse><value>c1</value><value>c3</value></correctResponse></responseDeclaration>
 <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
 <itemBody><div class="html"><p>Chọn <strong>hai</strong></p></div>
  <choiceInteraction responseIdentifier="response1" shuffle="true" maxChoices="0">
   <simpleChoice identifier="c1"><p>một</p></simpleChoice><simpleChoice identifier="c2"><p>hai</p></simpleChoice>
   <simpleChoice identifier="c3" fixed="true"><p>ba <img src="../img/a.png" alt="cờ"/></p></simpleChoice>
  </choiceInteraction></itemBody>
</assessmentItem>"""
TAO = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="i2" title="TAO">
 <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
  <mapping defaultValue="0"><mapEntry mapKey="choice_1" mappedValue="1"/><mapEntry mapKey="choice_2" mappedValue="0"/>
  </mapping></responseDeclaration>
 <itemBody><div class="grid-row"><div class="col-12">
  <choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Đất tròn</prompt>
   <simpleChoice identifier="choice_1">True</simpleChoice><simpleChoice identifier="choice_2">False</simpleChoice>
  </choiceInteraction></div></div></itemBody></assessmentItem>"""


def test_qti_of_canvas_and_tao() -> None:
    parsed = formats.read("a.zip", package(CANVAS.replace("../img", "img"), TAO, extra=[("img/a.png", PNG)]))
    assert parsed.problems == ()
    one, two = (found.item for found in parsed.items)
    assert (one.stem, one.kind, one.id) == ("Chọn **hai**", Kind.MULTIPLE, "g1")
    assert keys(one) == ["một", f"ba ![cờ]({image_address(PNG)})"]
    assert [(option.id, option.is_pinned) for option in one.options] == [("c1", False), ("c2", False), ("c3", True)]
    assert (two.stem, two.kind, keys(two)) == ("Đất tròn", Kind.TRUE_FALSE, ["Đúng"])


def test_a_single_item_needs_no_package() -> None:
    parsed = formats.read("a.xml", TAO.encode())
    assert [found.item.id for found in parsed.items] == ["i2"]
