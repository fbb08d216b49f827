"""The layout of a mail in MJML: tables for old clients, dark where the reader's screen is dark.

Nothing of a clinic or a text is put into MJML: its places are marked and filled in afterwards, so
a name that is markup cannot reach the layout's parser.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from mjml import mjml2html

DEFAULT_ACCENT = "#0f766e"
FONTS = "Inter, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', Arial, sans-serif"
_BODY, _UNSUBSCRIBE = "@@body@@", "@@unsubscribe@@"
_PLACE = re.compile(r"@@([a-z_]+)@@")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Frame:
    """What stands around the words. language: of the mail. logo_url: "" for the name in letters."""

    language: str
    clinic: str
    address: str
    why: str  # «You get this message because …»
    unsubscribe: str  # words of the link
    accent: str = DEFAULT_ACCENT
    logo_url: str = ""


def framed(frame: Frame) -> tuple[str, str, str]:
    """HTML before the words, from there to the address that unsubscribes, and after it."""
    accent = frame.accent if _COLOUR.fullmatch(frame.accent) else DEFAULT_ACCENT
    has_logo = frame.logo_url.startswith("https://")
    parts = _compiled(accent.lower(), frame.language, has_logo, bool(frame.address))
    words = {
        "clinic": escape(frame.clinic), "address": escape(frame.address),
        "why": escape(frame.why), "unsubscribe_words": escape(frame.unsubscribe),
        "logo": escape(frame.logo_url),
    }  # fmt: skip
    before, between, after = (
        _PLACE.sub(lambda place: words[place.group(1)], part) for part in parts
    )
    return before, between, after


@lru_cache(maxsize=64)
def _compiled(
    accent: str, language: str, has_logo: bool, has_address: bool
) -> tuple[str, str, str]:
    html = mjml2html(_mjml(accent, language, has_logo, has_address))
    # Lines that SMTP can carry as they are: inside a tag a line's end is a space like any other.
    html = re.sub(r">\s+<", "><", html).replace(" style=", "\nstyle=")
    before, rest = html.split(_BODY)
    between, after = rest.split(_UNSUBSCRIBE)
    return before, between, after


def _mjml(accent: str, language: str, has_logo: bool, has_address: bool) -> str:
    lang = "zh-Hans" if language == "zh-hans" else language
    top = (
        '<mj-image src="@@logo@@" alt="@@clinic@@" width="160px" align="left" padding="0" />'
        if has_logo
        else f'<mj-text css-class="from" font-size="16px" font-weight="600" color="{accent}"'
        ' padding="0">@@clinic@@</mj-text>'
    )
    address = " · @@address@@" if has_address else ""
    return f"""<mjml lang="{lang}"><mj-head>
<mj-title>@@clinic@@</mj-title>
<mj-raw><meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark"></mj-raw>
<mj-attributes><mj-all font-family="{FONTS}" /></mj-attributes>
<mj-style>{_styles(accent)}</mj-style></mj-head>
<mj-body background-color="#f4f6f6" width="600px" css-class="page">
<mj-section padding="24px 16px 12px"><mj-column padding="0 8px">{top}</mj-column></mj-section>
<mj-section css-class="card" background-color="#ffffff" border-radius="10px"
 padding="28px 24px 12px">
<mj-column><mj-text css-class="words" font-size="16px" line-height="1.6" color="#17201f"
 padding="0">{_BODY}</mj-text></mj-column>
</mj-section>
<mj-section padding="16px 24px 32px"><mj-column>
<mj-text css-class="foot" align="center" font-size="12px" line-height="1.6" color="#5b6867"
 padding="0">
@@why@@<br />@@clinic@@{address}<br />
<a href="{_UNSUBSCRIBE}" style="color:#5b6867">@@unsubscribe_words@@</a>
</mj-text></mj-column></mj-section>
</mj-body></mjml>"""


def _styles(accent: str) -> str:
    """Dark as designed; `!important` because the layout's own colours stand on the elements."""
    return f""".words a {{ color: {accent}; }}
@media (prefers-color-scheme: dark) {{
body, .page {{ background-color: #101615 !important; }}
.card, .card > table {{ background: #1a2221 !important; background-color: #1a2221 !important; }}
.words div, .words p {{ color: #e6ecec !important; }}
.from div, .words a {{ color: {_lighter(accent)} !important; }}
.foot div, .foot a {{ color: #9aa8a7 !important; }}
}}"""


def _lighter(colour: str) -> str:
    """Half-way to white: readable on the dark card whatever the clinic's colour."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{(part + 255) // 2:02x}" for part in parts)
