"""How good the check is on texts labelled by hand."""

from collections import Counter
from dataclasses import dataclass, field

from campaigns.content.checking import findings
from campaigns.content.labels import Labelled, labelled_texts


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


def found_in(one: Labelled) -> frozenset[str]:
    told = findings(one.text, channel=one.channel, is_whole=one.is_whole)
    return frozenset(each.rule_id for each in told)


def score(half: str) -> tuple[Score, Score]:
    """(of pairs of text and rule, of texts: flagged at all or not)"""
    pairs, texts = Score(), Score()
    for one in labelled_texts(half):
        found = found_in(one)
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
