"""How many SMS a text is: GSM-7 160 / 153 septets, UCS-2 70 / 67 units (3GPP TS 23.038, 23.040)."""

from dataclasses import dataclass
from typing import Literal

# 3GPP TS 23.038, 6.2.1: default alphabet and its extension table, whose letters cost two septets.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")
OPT_OUTS = {"zh-hans": " 拒收请回复R", "en": " Reply STOP to opt out"}


@dataclass(frozen=True)
class Parts:
    """n_units: septets or 16-bit units. n_left: units until the next part begins.

    odd: the few letters, none of them Chinese, that force UCS-2 on a text otherwise GSM-7.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    n_units: int
    n_parts: int
    n_left: int
    odd: tuple[str, ...] = ()


def parts(text: str) -> Parts:
    """Of the text as it travels, with signature and opt-out (`framed_sms`). Empty: 0 parts."""
    odd = tuple(dict.fromkeys(one for one in text if one not in BASIC and one not in EXTENSION))
    if odd:
        units = [2 if ord(one) > 0xFFFF else 1 for one in text]
        single, several = 70, 67
    else:
        units = [2 if one in EXTENSION else 1 for one in text]
        single, several = 160, 153
    n_units = sum(units)
    if n_units <= single:
        n_parts, n_left = (1 if n_units else 0), single - n_units
    else:
        n_parts, n_left = _packed(units, several)
    is_stray = len(odd) <= 3 and all(ord(one) < 0x2E80 or ord(one) > 0xFFFF for one in odd)
    return Parts("UCS-2" if odd else "GSM-7", n_units, n_parts, n_left, odd if is_stray else ())


def _packed(units: list[int], size: int) -> tuple[int, int]:
    """(parts, units left in the last): a letter of two units is never split between parts."""
    n_parts, used = 1, 0
    for unit in units:
        if used + unit > size:
            n_parts, used = n_parts + 1, 0
        used += unit
    return n_parts, size - used


def framed_sms(body: str, *, signature: str, language: str) -> str:
    """What travels: 【signature】body and how to opt out, unless the body says so itself."""
    if language.startswith("zh") or any("\u3400" <= one <= "\u9fff" for one in signature):
        head = "" if body.lstrip().startswith("【") else f"【{signature}】"
    else:
        head = "" if body.startswith(signature) else f"{signature}: "
    return f"{head}{with_opt_out(body, language)}"


def with_opt_out(body: str, language: str) -> str:
    """A commercial message ends with how to refuse further ones, unless it says so itself."""
    if _says_opt_out(body):
        return body.strip()
    return f"{body.strip()}{OPT_OUTS['zh-hans' if language.startswith('zh') else 'en']}"


def _says_opt_out(body: str) -> bool:
    return any(word in body for word in ("拒收", "退订")) or "stop" in body.lower().split()
