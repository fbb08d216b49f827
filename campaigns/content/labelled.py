"""How good the check is on texts labelled by hand.

`tuning` and `held_out` were written before the first rule, by the hand that then wrote the rules;
each later set was written after a version of them, was found in part at first sight (see
docs/content_check.md) and widened them; by `unseen` no rule was ever changed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from campaigns.content.checking import findings

TEXTS = Path(__file__).parent / "texts"
HALVES = ("tuning", "held_out", "later", "last", "fourth", "fifth")
UNSEEN = "unseen"


@dataclass(frozen=True)
class Labelled:
    """rules: the ids that should be found. is_whole: an SMS as it travels."""

    half: str
    language: str
    channel: str
    is_whole: bool
    rules: frozenset[str]
    text: str

    def found(self) -> frozenset[str]:
        return frozenset(
            one.rule_id for one in findings(self.text, channel=self.channel, is_whole=self.is_whole)
        )


@dataclass
class Score:
    """Counts of (text, rule) pairs."""

    right: Counter = field(default_factory=Counter)
    missed: Counter = field(default_factory=Counter)
    wrong: Counter = field(default_factory=Counter)

    def add(self, wanted: frozenset[str], found: frozenset[str]) -> None:
        self.right.update(wanted & found)
        self.missed.update(wanted - found)
        self.wrong.update(found - wanted)

    def recall(self, rule_id: str | None = None) -> float:
        return _share(self.right, self.missed, rule_id)

    def precision(self, rule_id: str | None = None) -> float:
        return _share(self.right, self.wrong, rule_id)

    @property
    def rule_ids(self) -> list[str]:
        return sorted({*self.right, *self.missed, *self.wrong})


def labelled_texts(half: str) -> Iterator[Labelled]:
    for path in sorted(TEXTS.glob(f"{half}_*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            channel, rules, text = line.split("\t")
            yield Labelled(
                half=half, language=path.stem.rsplit("_", 1)[1], channel=channel.rstrip("!"),
                is_whole=channel.endswith("!"), text=text,
                rules=frozenset() if rules == "-" else frozenset(rules.split(",")),
            )  # fmt: skip


def score(half: str) -> tuple[Score, Score]:
    """(of pairs of text and rule, of texts: flagged at all or not)"""
    pairs, texts = Score(), Score()
    for one in labelled_texts(half):
        found = one.found()
        pairs.add(one.rules, found)
        texts.add(_flag(one.rules), _flag(found))
    return pairs, texts


def _flag(rules: frozenset[str]) -> frozenset[str]:
    return frozenset({"flagged"}) if rules else frozenset()


def _share(right: Counter, other: Counter, rule_id: str | None) -> float:
    """1 where there was nothing to get wrong."""
    n_right = right[rule_id] if rule_id else sum(right.values())
    n_other = other[rule_id] if rule_id else sum(other.values())
    return n_right / (n_right + n_other) if n_right + n_other else 1.0
