"""Which words of a text break which rule."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from campaigns.content.folding import Folded, fold
from campaigns.content.packs import Cited, Pack, Severity, packs_for
from campaigns.content.rules import CLAUSE_END, DENIAL, RULES, patterns

OPT_OUT = re.compile(
    r"(?:拒收|退订|退)[^。\n]{0,6}?(?:td|[rtn])(?![a-z])|(?:回复?|发送?)(?:td|[rtn])退订"
    r"|(?:reply|text|send) (?:stop|unsubscribe)|unsubscribe|退订"
)
SIGNATURE = re.compile(r"^\s*【[^【】]{2,24}】|【[^【】]{2,24}】\s*$")
_HAN = re.compile("[\u3400-\u9fff]")
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WORDS = re.compile(r"""(?P<quote>["'])(?P<words>.*?)(?P=quote)|[^"']+|["']""", re.DOTALL)
_UNSEEN = "\x01"  # a letter that folding drops
_REACH = 24  # letters before the words in which a «no» still speaks of them


@dataclass(frozen=True)
class Finding:
    """span: half-open, in the text as it was given; (0, 0) where something is missing.

    words: what stands there. name, why, what_to_do: English message ids, translated when shown.
    """

    rule_id: str
    pack: str
    version: str
    cites: tuple[str, ...]
    severity: Severity
    span: tuple[int, int]
    words: str
    name: str
    why: str
    what_to_do: str
    is_final: bool = False


def findings(
    text: str,
    *,
    channel: str,
    language: str | None = None,
    packs: Sequence[Pack] | None = None,
    is_whole: bool = False,
) -> list[Finding]:
    """In the order of the text; the same words may break several rules.

    channel: email, sms, wechat, phone. language: for a caller's convenience; both are looked for.
    packs: `packs_for(clinic.country)`; China's where not told.
    is_whole: the text is what travels, with signature and footer: then these may be missing.
    """
    found: list[Finding] = []
    folded = fold(_without_liquid(text))
    for pack in packs if packs is not None else packs_for("CN"):
        if channel not in pack.channels:
            continue
        for rule_id, cited in pack.rules.items():
            if rule_id in patterns():
                spans: Iterable[tuple[int, int]] = _spans(folded, rule_id)
            else:
                spans = _missing(text, channel, rule_id) if is_whole else ()
            found += [_finding(text, pack, rule_id, cited, span) for span in spans]
    return sorted(found, key=lambda one: (one.span, one.rule_id))


def _without_liquid(text: str) -> str:
    """Of {{ field | default: "words" }} the words, everything else unseen; as long as before."""
    return _LIQUID.sub(lambda tag: _WORDS.sub(_blank, tag.group()), text)


def _blank(part: re.Match) -> str:
    words = part.group("words")
    if words is None:
        return _UNSEEN * len(part.group())
    return f"{_UNSEEN}{words}{_UNSEEN}"


def _finding(text: str, pack: Pack, rule_id: str, cited: Cited, span: tuple[int, int]) -> Finding:
    rule = RULES[rule_id]
    return Finding(
        rule_id=rule_id, pack=pack.id, version=pack.version, cites=cited.cites,
        severity=cited.severity, span=span, words=text[slice(*span)], name=rule.name,
        why=rule.why, what_to_do=rule.what_to_do, is_final=cited.is_final,
    )  # fmt: skip


def _spans(folded: Folded, rule_id: str) -> Iterator[tuple[int, int]]:
    rule = RULES[rule_id]
    for match in patterns()[rule_id].finditer(folded.text):
        if match.start() == match.end() or (
            rule.spares_denials and _is_denied(folded.text, match, rule_id)
        ):
            continue
        yield folded.span(*match.span())


def _is_denied(text: str, match: re.Match, rule_id: str) -> bool:
    """Whether the clause says «no» shortly before the words; of minors, anywhere in it."""
    start = max((end.end() for end in CLAUSE_END.finditer(text, 0, match.start())), default=0)
    before = text[max(start, match.start() - _REACH) : match.start()]
    if rule_id == "minors":
        end = CLAUSE_END.search(text, match.end())
        return bool(DENIAL.search(before + match.group() + text[match.end() : end and end.start()]))
    return bool(DENIAL.search(before))


def _missing(text: str, channel: str, rule_id: str) -> Iterator[tuple[int, int]]:
    if rule_id == "opt_out_missing" and not OPT_OUT.search(fold(text).text):
        yield (0, 0)
    if rule_id == "signature_missing" and _HAN.search(text) and not SIGNATURE.search(text):
        yield (0, 0)
