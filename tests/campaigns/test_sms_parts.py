"""Parts of an SMS at every edge of 3GPP TS 23.038 and 23.040."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.content import framed_sms, parts
from campaigns.content.sms import BASIC, EXTENSION


@pytest.mark.parametrize(
    ("text", "encoding", "n_parts", "n_left"),
    [
        ("", "GSM-7", 0, 160),
        ("a" * 160, "GSM-7", 1, 0),
        ("a" * 161, "GSM-7", 2, 145),
        ("a" * 306, "GSM-7", 2, 0),
        ("a" * 307, "GSM-7", 3, 152),
        ("€" * 80, "GSM-7", 1, 0),
        ("€" * 81, "GSM-7", 2, 143),  # 76 to a part: the 77th does not fit into one septet
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 152),
        ("字" * 70, "UCS-2", 1, 0),
        ("字" * 71, "UCS-2", 2, 63),
        ("字" * 134, "UCS-2", 2, 0),
        ("字" * 135, "UCS-2", 3, 66),
        ("😀" * 35, "UCS-2", 1, 0),
        ("😀" * 36, "UCS-2", 2, 61),  # 33 to a part: a surrogate pair is not split
        ("a" * 70 + "–", "UCS-2", 2, 63),
        ("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ", "GSM-7", 1, 131),
        ("ç", "UCS-2", 1, 69),  # the small letter is not in the alphabet, the capital is
    ],
)
def test_parts(text, encoding, n_parts, n_left):
    counted = parts(text)

    assert (counted.encoding, counted.n_parts, counted.n_left) == (encoding, n_parts, n_left)


def test_the_alphabet_has_127_letters_beside_the_escape_and_ten_more():
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


def test_a_stray_letter_that_halves_an_sms_is_named():
    assert parts("It’s time").odd == ("’",)
    assert parts("您好").odd == ()


@given(st.text(max_size=400))
def test_parts_hold_all_units_and_never_one_too_many(text):
    counted = parts(text)
    size = 67 if counted.encoding == "UCS-2" else 153

    assert counted.n_parts * (size if counted.n_parts > 1 else size + 7) >= counted.n_units
    if counted.n_parts > 1:
        assert (counted.n_parts - 1) * (size - 1) < counted.n_units


def test_what_travels_has_signature_and_opt_out_once():
    assert framed_sms("您好", signature="北辰", language="zh-hans") == "【北辰】您好 拒收请回复R"
    framed = framed_sms("您好", signature="北辰", language="zh-hans")
    assert framed_sms(framed, signature="北辰", language="zh-hans") == framed
    assert framed_sms("Hi", signature="North", language="en") == "North: Hi Reply STOP to opt out"
    assert (
        framed_sms("您好，退订回T", signature="北辰", language="zh-hans") == "【北辰】您好，退订回T"
    )
