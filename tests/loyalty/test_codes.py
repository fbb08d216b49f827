from hypothesis import given
from hypothesis import strategies as st

from loyalty.codes import ALPHABET, LENGTH, clean, is_mistyped, is_ours, new_code, shown

codes = st.builds(lambda seed: new_code(seed.choice), st.randoms(use_true_random=False))


def test_a_code_has_no_lookalikes():
    assert not set("01258BILOSUVZ") & set(ALPHABET)
    assert len(set(ALPHABET)) == 23


def test_codes_are_new_each_time():
    assert len({new_code() for _ in range(2_000)}) == 2_000


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_noticed(code, place, symbol):
    typed = code[:place] + symbol + code[place + 1 :]

    assert is_ours(typed) == (typed == code)


@given(codes, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_symbols_that_changed_places_are_always_noticed(code, one, other):
    typed = list(code)
    typed[one], typed[other] = typed[other], typed[one]

    assert is_ours("".join(typed)) == ("".join(typed) == code)


@given(codes)
def test_spaces_full_width_and_lower_case_make_no_difference(code):
    full_width = "".join(chr(ord(symbol) + 0xFEE0) for symbol in code)

    assert clean(f"  {shown(code).lower()} ") == code
    assert clean(full_width) == code
    assert clean("　".join(full_width.lower())) == code


def test_a_slip_is_told_from_a_word():
    code = new_code()

    assert is_mistyped(code[:-1])
    assert not is_mistyped("SUMMER618")
    assert not is_mistyped(code)
