"""Codes that people read aloud, type and scan: unguessable, with a check symbol, no lookalikes.

Of every pair that eyes or ears mix up (0 O, 1 I L, 2 Z, 5 S, 8 B, U V) neither stands in the
alphabet. What is left are 23 symbols, a prime, so the weighted sum catches every single wrong
symbol and every two that changed places.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence

ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 12  # 11 at random: 23**11 ≈ 2**49.8, and one that checks them
GROUP = 4
_PRIME = len(ALPHABET)
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_NOT_READ = re.compile(r"[\W_]+")  # spaces, dashes and dots of any script


def new_code(choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Twelve symbols, from a source of randomness nobody can foresee."""
    body = "".join(choose(ALPHABET) for _ in range(LENGTH - 1))
    return next(body + symbol for symbol in ALPHABET if _sum(body + symbol) == 0)


def clean(text: str) -> str:
    """As it is kept: full width, lower case, spaces and dashes make no difference."""
    return _NOT_READ.sub("", unicodedata.normalize("NFKC", text)).upper()


def is_ours(code: str) -> bool:
    """Whether a cleaned text can be one of our codes: its length, its symbols, its check."""
    return len(code) == LENGTH and set(code) <= _VALUE.keys() and _sum(code) == 0


def is_mistyped(code: str) -> bool:
    """Whether a cleaned text was meant to be one of our codes and has a slip in it."""
    return abs(len(code) - LENGTH) <= 1 and not is_ours(code)


def shown(code: str) -> str:
    """In groups, as people read it: ABCD-EFGH-JKMN."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def _sum(code: str) -> int:
    return sum(weight * _VALUE[symbol] for weight, symbol in enumerate(code, 1)) % _PRIME
