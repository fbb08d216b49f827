"""Phone numbers in every spelling of the list of right answers."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.files.cells import Phone, read_phones
from customers.files.refusals import CellRefused

# raw → (numbers, which of them can be sent a text message), or the code of the refusal
SPELLINGS = {
    "13800138000": ["+8613800138000"],
    "+86 138-0013-8000": ["+8613800138000"],
    "0086 13800138000": ["+8613800138000"],
    "8613800138000": ["+8613800138000"],
    "１３８００１３８０００": ["+8613800138000"],
    "(138)00138000": ["+8613800138000"],
    "13800138000.0": ["+8613800138000"],
    "'13800138000": ["+8613800138000"],
    "手机：13800138000": ["+8613800138000"],
    "\u202d13800138000\u202c": ["+8613800138000"],
    "13800138000/13900139000": ["+8613800138000", "+8613900139000"],
    "13800138000、13800138000": ["+8613800138000"],
    "+852 6123 4567": ["+85261234567"],
    "0044 7400 123456": ["+447400123456"],
    "1.38001E+10": "phone_scientific",
    "1.38E10": "phone_scientific",
    "1380013800O": "phone_letters",
    "1380013800": "phone_invalid",
    "138001380000": "phone_invalid",
    "95588": "phone_invalid",
    "/": None,
    "//": "phone_invalid",
    "=13800138000+1": "phone_invalid",
    "无": None,
}


@pytest.mark.parametrize("raw", SPELLINGS)
def test_spellings(raw):
    right = SPELLINGS[raw]

    if isinstance(right, str):
        with pytest.raises(CellRefused) as refused:
            read_phones(raw)
        assert (refused.value.code, refused.value.params["value"]) == (right, raw)
    else:
        found = read_phones(raw).value
        assert (found and [phone.e164 for phone in found]) == right


def test_landlines_are_kept_but_get_no_messages():
    assert read_phones("010-62551234转801").value == (Phone("+861062551234", False, "转801"),)


def test_whose_phone_it_is_is_kept():
    assert read_phones("13800138000（妈妈）").value == (Phone("+8613800138000", True, "妈妈"),)


def test_region_of_the_clinic_decides():
    assert read_phones("07400 123456", region="GB").value[0].e164 == "+447400123456"
    with pytest.raises(CellRefused):
        read_phones("13800138000", region="GB")


def test_every_row_of_the_truth(shared_file):
    with shared_file("customers/phones_truth.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            try:
                found = read_phones(row["raw"]).value or ()
            except CellRefused:
                found = ()
            mobiles = [p.e164[3:] for p in found if p.is_mobile and p.e164.startswith("+86")]
            assert ";".join(mobiles) == row["mobile_expected"], row
            if row["libphonenumber_e164"]:
                assert found[0].e164 == row["libphonenumber_e164"], row


def test_real_customers_lose_only_the_numbers_excel_rounded(shared_file):
    refused = []
    with shared_file("customers/zh_customers.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            try:
                read_phones(row["手机"])
            except CellRefused as refusal:
                refused.append(refusal.code)
    assert refused == ["phone_scientific"] * 6


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["{}", "+86{}", "0086-{}", "86 {}", "'{}", "{}.0", "tel: {}"]),
)
def test_every_mobile_survives_every_wrapping(mobile, wrapping):
    read = read_phones(wrapping.format(mobile))

    assert read.value == (Phone(f"+86{mobile}", True, ""),)
    assert read.is_normalised == (wrapping not in ("{}", "+86{}"))


@given(st.text())
def test_any_text_is_answered_or_refused(text):
    try:
        read_phones(text)
    except CellRefused as refused:
        assert refused.message
