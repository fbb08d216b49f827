"""Plain text to HTML: escaped, in paragraphs, with addresses as links. And texts with marks in it.

A mark is one character of a private-use plane that stands for a slot while the text becomes HTML;
whoever's text holds such characters loses them first, for they mean nothing to anybody.
"""

import re
from collections.abc import Callable
from html import escape

FIRST_MARK = 0xE000
LAST_MARK = 0xF8FF
_HREF_SHIFT = 0xF0000 - FIRST_MARK  # the same slot inside an address, where it is percent-quoted
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
MARKS = re.compile("([\ue000-\uf8ff\U000f0000-\U000f18ff])")
URL = re.compile(r"https?://[^\s<>\"'，。；！？、）】》」]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}"


def without_private(text: str) -> str:
    return PRIVATE.sub("", text)


def mark(number: int) -> str:
    return chr(FIRST_MARK + number)


def number_of(one: str) -> tuple[int, bool]:
    """(number of the mark, whether it stands inside an address)"""
    code = ord(one)
    if code > LAST_MARK:
        return code - _HREF_SHIFT - FIRST_MARK, True
    return code - FIRST_MARK, False


def paragraphs(text: str, *, anchor: str = "", target: Callable[[str], str] = escape) -> str:
    """`<p>`s with `<br>`s; everything of the text is escaped.

    anchor: style of a link; target: an address as it stands in `href`, escaped.
    """
    blocks = re.split(r"\n[ \t]*\n\s*", text.replace("\r\n", "\n").replace("\r", "\n").strip())
    linked = (
        with_addresses(
            block,
            lambda url: f'<a href="{target(url)}" style="{anchor}">{escape(url)}</a>',
            escape,
        )
        for block in blocks
    )
    said = [one.replace("\n", "<br>\n") for one in linked]
    return "\n".join(f'<p style="margin:0 0 16px">{one}</p>' for one in said)


def with_addresses(
    text: str, address: Callable[[str], str], rest: Callable[[str], str] = str
) -> str:
    """The text with every web address put through `address`, and what is between through `rest`."""
    said: list[str] = []
    at = 0
    for found in URL.finditer(text):
        url = found.group().rstrip(_TRAILING)
        said += [rest(text[at : found.start()]), address(url)]
        at = found.start() + len(url)
    return "".join([*said, rest(text[at:])])


def addresses(text: str) -> list[str]:
    """Web addresses in their order, without the punctuation behind them."""
    return [found.group().rstrip(_TRAILING) for found in URL.finditer(text)]


def in_href(url: str) -> str:
    """The address escaped, its marks moved to where they are known to stand in an address."""
    moved = (
        chr(ord(letter) + _HREF_SHIFT) if FIRST_MARK <= ord(letter) <= LAST_MARK else letter
        for letter in url
    )
    return escape("".join(moved))
