"""The columns of a kind of file as one clinic has them: with the fields it added itself."""

from __future__ import annotations

from dataclasses import replace

from customers.files.fields import KINDS, Field, FieldType, Kind
from customers.files.headers import key
from customers.models import CustomField, ImportFile
from customers.queries.custom_fields import active_fields

OWN = "custom."
TYPES: dict[str, FieldType] = {
    CustomField.Kind.TEXT: "text",
    CustomField.Kind.NUMBER: "number",
    CustomField.Kind.DATE: "day",
    CustomField.Kind.CHOICE: "name",
    CustomField.Kind.YES_NO: "boolean",
}
# What clinics often add, as other systems head it; one word of a line finds all of it.
OFTEN_ADDED = (
    "postcode postalcode zip zipcode postal 邮编 邮政编码",
    "state province region 省 省份 州",
    "country nation 国家 国籍 nationality",
    "socsecid ssn socialsecuritynumber nationalid idnumber idcard idno identitynumber passport "
    "passportno 身份证 身份证号 身份证号码 证件号 证件号码",
    "company employer organisation organization 公司 单位 工作单位",
    "qq qqnumber qq号 qq号码",
    "maritalstatus married marital 婚姻 婚姻状况 婚否",
    "height 身高",
    "weight 体重",
    "bloodtype bloodgroup 血型",
    "shoesize 鞋码",
    "streetnumber housenumber 门牌号",
    "address2 addressline2 地址2",
    "emergencycontact 紧急联系人",
    "licenceplate licenseplate 车牌 车牌号",
    "hobby hobbies interests 爱好 兴趣爱好",
)


def shape_in_clinic(kind: str) -> Kind:
    """In the clinic's open scope."""
    shape = KINDS[kind]
    if kind != ImportFile.Kind.CUSTOMERS:
        return shape
    taken = {word for field in shape.fields for word in field.keys}
    own: list[Field] = []
    for field in active_fields():
        made = Field(f"{OWN}{field.key}", field.label, TYPES[field.kind], _synonyms(field, taken))
        taken.update(made.keys)
        own.append(made)
    return replace(shape, fields=(*shape.fields, *own))


def _synonyms(field: CustomField, taken: set[str]) -> str:
    """Its key and label, and what others call such a field; no word that another field has."""
    words = {key(field.key), key(field.label)} - {""}
    for line in OFTEN_ADDED:
        if words & set(line.split()):
            words.update(line.split())
    return " ".join(sorted(words - taken))
