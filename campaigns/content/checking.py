"""Which words of a text break which rule."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from campaigns.content.folding import Folded, fold, without_liquid
from campaigns.content.likeness import BESIDE, LISTED_ONLY, resembling
from campaigns.content.packs import Cited, Pack, Severity, packs_for
from campaigns.content.rules import CLAUSE_END, DENIAL, RULES, patterns
from campaigns.content.sounds import spans_by_sound

OPT_OUT = re.compile(
    r"(?:拒收|退订|退)[^。\n]{0,6}?(?:td|[rtn])(?![a-z])|(?:回复?|发送?)(?:td|[rtn])退订"
    r"|(?:reply|text|send) (?:stop|unsubscribe)|unsubscribe|退订"
)
SIGNATURE = re.compile(r"^\s*【[^【】]{2,24}】|【[^【】]{2,24}】\s*$")
_HAN = re.compile("[\u3400-\u9fff]")
_REACH = 24  # letters before the words in which a «no» still speaks of them


@dataclass(frozen=True)
class Finding:
    """span: half-open, in the text as it was given; (0, 0) where something is missing.

    words: what stands there. name, why, what_to_do: English message ids, translated when shown.
    like: where no listed words were found, the known text that the sentence resembles.
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
    like: str = ""


@dataclass(frozen=True)
class _Place:
    """span: in the text as it was given. is_faint: too little like it to stand in the way."""

    span: tuple[int, int]
    like: str = ""
    is_faint: bool = False


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
    folded = fold(without_liquid(text))
    told = {rule_id: list(_spans(folded, rule_id)) for rule_id in patterns()}
    alike = _alike(folded, told)
    for pack in packs if packs is not None else packs_for("CN"):
        if channel not in pack.channels:
            continue
        for rule_id, cited in pack.rules.items():
            places = [_Place(folded.span(*span)) for span in told.get(rule_id, ())]
            places += alike.get(rule_id, ())
            if is_whole and rule_id not in told:
                places += _missing(text, channel, rule_id)
            found += [_finding(text, pack, rule_id, cited, place) for place in places]
    return sorted(found, key=lambda one: (one.span, one.rule_id))


def _alike(
    folded: Folded, told: Mapping[str, Sequence[tuple[int, int]]]
) -> dict[str, list[_Place]]:
    """{rule id: sentences that resemble what broke it}, where no listed words say so already."""
    spans = [span for rule, each in told.items() if rule not in LISTED_ONLY for span in each]
    alike: dict[str, list[_Place]] = {}
    for one in resembling(folded.text):
        said = (*told[one.rule_id], *_spans(folded, one.rule_id, denied=True))
        if _meets(one.span, said) or (one.share < BESIDE and _meets(one.span, spans)):
            continue
        alike.setdefault(one.rule_id, []).append(
            _Place(folded.span(*one.span), one.like, is_faint=one.share < BESIDE)
        )
    return alike


def _meets(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _finding(text: str, pack: Pack, rule_id: str, cited: Cited, place: _Place) -> Finding:
    rule = RULES[rule_id]
    return Finding(
        rule_id=rule_id, pack=pack.id, version=pack.version, cites=cited.cites,
        severity="warn" if place.is_faint else cited.severity, span=place.span,
        words=text[slice(*place.span)], name=rule.name, why=rule.why, what_to_do=rule.what_to_do,
        is_final=cited.is_final, like=place.like,
    )  # fmt: skip


def _spans(folded: Folded, rule_id: str, *, denied: bool = False) -> Iterator[tuple[int, int]]:
    """Where in the folded text words stand that are listed for the rule; denied: with a «no»."""
    spares = RULES[rule_id].spares_denials
    for match in patterns()[rule_id].finditer(folded.text):
        if match.start() != match.end() and denied == (
            spares and _is_denied(folded.text, match, rule_id)
        ):
            yield match.span()
    if rule_id == "drug_or_device" and not denied:
        yield from spans_by_sound(folded.text)


def _is_denied(text: str, match: re.Match, rule_id: str) -> bool:
    """Whether the clause says «no» shortly before the words; of minors, anywhere in it."""
    start = max((end.end() for end in CLAUSE_END.finditer(text, 0, match.start())), default=0)
    before = text[max(start, match.start() - _REACH) : match.start()]
    if rule_id == "minors":
        end = CLAUSE_END.search(text, match.end())
        return bool(DENIAL.search(before + match.group() + text[match.end() : end and end.start()]))
    return bool(DENIAL.search(before))


def _missing(text: str, channel: str, rule_id: str) -> Iterator[_Place]:
    if rule_id == "opt_out_missing" and not OPT_OUT.search(fold(text).text):
        yield _Place((0, 0))
    if rule_id == "signature_missing" and _HAN.search(text) and not SIGNATURE.search(text):
        yield _Place((0, 0))
