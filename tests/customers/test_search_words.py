"""Words people type find the tokens customers are kept under."""

import pytest

from customers.search_words import token_range, tokens_of, typed_words


def is_found(typed: str, *, name="", phones=(), emails=(), external_ids=()) -> bool:
    """As the database would answer: every word in the range of some token, bytes compared."""
    tokens = tokens_of(name=name, phones=phones, emails=emails, external_ids=external_ids)
    ranges = [token_range(word) for word in typed_words(typed)]
    return bool(ranges) and all(
        any(start.encode() <= token.encode() < end.encode() for token in tokens)
        for start, end in ranges
    )


@pytest.mark.parametrize(
    "typed",
    ["王小明", "小明", "王", "明", "wangxiaoming", "wangxiao", "xiaoming", "wxm", "WXM", "王小 明",
     "wang"],
)  # fmt: skip
def test_a_chinese_name_is_found_by_characters_pinyin_and_initials(typed):
    assert is_found(typed, name="王小明")


@pytest.mark.parametrize("typed", ["王明", "李", "w", "xm", "明王", "wm", "", "  ", "!"])
def test_a_chinese_name_is_not_found_by_something_else(typed):
    assert not is_found(typed, name="王小明")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单田芳", "shantianfang"),
        ("单田芳", "stf"),
        ("曾国藩", "zengguofan"),
        ("仇英", "qiuying"),
        ("欧阳娜娜", "ouyangnana"),
        ("欧阳娜娜", "nana"),
        ("欧阳娜娜", "oynn"),
        ("尉迟恭", "yuchigong"),
        ("吕布", "lvbu"),
    ],
)
def test_surnames_are_read_as_surnames(name, typed):
    assert is_found(typed, name=name)


@pytest.mark.parametrize("typed", ["renee", "Renée", "RENEE müller", "müll", "mueller"])
def test_latin_names_are_found_without_case_or_accents(typed):
    assert is_found(typed, name="Renée Müller") is (typed != "mueller")


@pytest.mark.parametrize("typed", ["13800138000", "138 0013 8000", "8000", "00138", "+86 138"])
def test_a_phone_is_found_by_any_part_of_three_digits(typed):
    assert is_found(typed, phones=["+8613800138000"])


@pytest.mark.parametrize(
    "typed", ["xiao.ming", "xiaoming88", "ming88", "c-1007", "C1007", "1007", "c10"]
)
def test_mail_and_ids_are_found_by_their_words(typed):
    assert is_found(typed, emails=["Xiao.Ming88@mail.example"], external_ids=["C-1007"])


def test_all_words_must_be_found():
    assert is_found("王 1007", name="王小明", external_ids=["C-1007"])
    assert not is_found("王 1008", name="王小明", external_ids=["C-1007"])


def test_the_domain_of_a_mail_finds_nobody():
    assert not is_found("mail", emails=["x@mail.example"])


def test_tokens_are_never_longer_than_their_column():
    tokens = tokens_of(name="长" * 200, phones=[], emails=[], external_ids=["x" * 120])

    assert max(map(len, tokens)) == 80
