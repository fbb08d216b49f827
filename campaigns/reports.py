"""Pure parts of what comes back: whether a machine opened it, whether a reply means «stop»."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

KINDS = ("delivered", "bounced", "complained", "opened", "clicked", "replied")
TOO_FAST = timedelta(seconds=4)  # nobody reads a message so soon after it was handed over
_MACHINES = (
    "barracuda", "mimecast", "proofpoint", "symantec", "messagelabs", "trendmicro", "forcepoint",
    "safelinks", "bot", "crawler", "spider", "scanner", "python-requests", "curl/", "wget",
    "headless", "bingpreview", "skypeuripreview",
)  # fmt: skip
_PREFETCH = frozenset({"", "mozilla/5.0"})  # Apple's privacy proxy says no more than this
_SIGN = r"(?:td|tdr|t|r|n)"  # what a text told to answer with
_NO = (
    r"(?:退订|退訂|拒收|取消订阅|不要|勿扰|停止发送"
    r"|[不别勿]要?再?(?:给我)?发(?:短信|信息|消息)?)"
)
_STOP = re.compile(
    r"(?:请|我要?|帮我|麻烦|回|回复|发送?){0,2}"
    rf"(?:{_SIGN}{_NO}?|{_NO}{_SIGN}?|{_NO}{_NO})(?:了|谢谢|吧)?"
    r"|(?:please)?(?:stop|stopall|unsubscribe|quit|cancel|end|optout)(?:me|please|thanks)?"
)


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a provider. receipt_id: theirs, the same when it is repeated.

    reference: ours, as hex. provider_ref: theirs of the message. address: of a reply, whose.
    is_lasting: of a bounce, whether the address is dead for good.
    """

    receipt_id: str
    kind: str
    occurred_at: datetime | None = None
    reference: str = ""
    provider_ref: str = ""
    address: str = ""
    words: str = ""
    user_agent: str = ""
    is_machine: bool = False
    is_lasting: bool = True


def storable(text: str) -> str:
    """Without what no database keeps: NUL, and halves of letters from a cut UTF-16."""
    return text.replace("\x00", "").encode(errors="replace").decode()[:500]


def is_machine(user_agent: str, *, after: timedelta | None) -> bool:
    """Whether a mail scanner or proxy opened or clicked. after: since it was handed over."""
    agent = user_agent.strip().lower()
    if agent in _PREFETCH or any(name in agent for name in _MACHINES):
        return True
    return after is not None and after < TOO_FAST


def means_stop(words: str) -> bool:
    """Whether a reply by SMS opts out: R, TD, T, N, 退订, 拒收 …, whatever its width, case, spaces
    and punctuation; a sentence that merely holds such a letter does not."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    letters = "".join(letter for letter in folded if letter.isalnum())
    return _STOP.fullmatch(letters) is not None
