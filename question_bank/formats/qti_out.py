"""A set as a QTI 2.2 package."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, fromstring

from question_bank.formats.archive import xml_bytes
from question_bank.formats.html_text import to_xhtml
from question_bank.formats.images import texts_of
from question_bank.formats.wordings import facts_of
from question_bank.markup import images_in
from question_bank.model import Item, ItemSet, Kind

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p2"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_TEMPLATE = "http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same set gives the same bytes
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")


def write(item_set: ItemSet, images: Mapping[str, bytes]) -> bytes:
    """Every item of the set as one file, its pictures beside them."""
    manifest = Element("manifest", {"xmlns": _PACKAGE, "identifier": f"MANIFEST-{_name(item_set.slug)}"})
    metadata = SubElement(manifest, "metadata")
    SubElement(metadata, "schema").text = "QTIv2.2 Package"
    SubElement(metadata, "schemaversion").text = "1.0.0"
    SubElement(manifest, "organizations")
    resources = SubElement(manifest, "resources")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, item in enumerate(item_set.items, start=1):
            file = f"items/{number:05}.xml"
            resource = SubElement(
                resources, "resource", identifier=f"R{number:05}", type="imsqti_item_xmlv2p2", href=file
            )
            shown = [one for text in texts_of(item) for one in images_in(text) if one in images]
            for name in [file, *(f"images/{_file(address)}" for address in dict.fromkeys(shown))]:
                SubElement(resource, "file", href=name)
            _put(archive, file, xml_bytes(_item(item, images)))
        for address, content in images.items():
            _put(archive, f"images/{_file(address)}", content)
        _put(archive, "imsmanifest.xml", xml_bytes(manifest))
    return stream.getvalue()


def _item(item: Item, images: Mapping[str, bytes]) -> Element:
    root = Element(
        "assessmentItem",
        {
            "xmlns": _QTI,
            "identifier": _name(item.id),
            "title": item.id,
            "adaptive": "false",
            "timeDependent": "false",
        },
    )
    names = {option.id: f"option_{_name(option.id)}" for option in item.options}
    cardinality = "multiple" if item.kind is Kind.MULTIPLE else "single"
    declaration = SubElement(
        root, "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType="identifier"
    )
    correct = SubElement(declaration, "correctResponse")
    for option in item.keys:
        SubElement(correct, "value").text = names[option.id]
    SubElement(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    SubElement(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier")
    facts = facts_of(item)
    rationale = facts.pop("rationale", "")
    body = SubElement(root, "itemBody", {f"data-{part.replace('_', '-')}": text for part, text in facts.items()})
    _fill(SubElement(body, "div", {"data-part": "stem"}), item.stem, images)
    most = "0" if item.kind is Kind.MULTIPLE else "1"
    interaction = SubElement(body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="true", maxChoices=most)
    for option in item.options:
        fixed = "true" if option.is_pinned else "false"
        _fill(SubElement(interaction, "simpleChoice", identifier=names[option.id], fixed=fixed), option.text, images)
    SubElement(root, "responseProcessing", template=_TEMPLATE)
    if rationale:
        feedback = {"outcomeIdentifier": "FEEDBACK", "identifier": "never", "showHide": "hide"}
        _fill(SubElement(root, "modalFeedback", feedback), rationale, images)
    return root


def _fill(element: Element, markdown: str, images: Mapping[str, bytes]) -> None:
    element.set("data-markdown", markdown)
    inside = fromstring(f"<div>{to_xhtml(markdown)}</div>")  # noqa: S314 # nosec B314 # made by our own renderer, from no stranger
    for picture in inside.iter("img"):
        address = picture.get("src", "")
        if address in images:
            picture.set("src", f"../images/{_file(address)}")
    element.text = inside.text
    element.extend(list(inside))


def _name(text: str) -> str:
    name = _NOT_IN_NAMES.sub("_", text)
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def _file(address: str) -> str:
    return _NOT_IN_NAMES.sub("_", address.rpartition("/")[2])


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
