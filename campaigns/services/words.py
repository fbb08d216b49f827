"""What each message of a campaign says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.models import Campaign, Step, Variant

Key = tuple[int, int | None]  # number of the step, id of the variant (None: the campaign's words)


@dataclass(frozen=True)
class Words:
    """in_languages: {language: (subject, body)} where a language has words of its own."""

    subject: str
    body: str
    in_languages: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def said_in(self, language: str) -> tuple[str, str]:
        return self.in_languages.get(language, (self.subject, self.body))

    @property
    def sources(self) -> list[str]:
        """Every text that may be rendered."""
        return [self.subject, self.body, *(s for pair in self.in_languages.values() for s in pair)]


def words_of(campaign: Campaign) -> dict[Key, Words]:
    """{(step, variant): words}, in two queries; (1, None) is the campaign's own subject and body.

    A call's words are its script, under its step and no variant.
    """
    words: dict[Key, Words] = {(1, None): Words(campaign.subject, campaign.body)}
    rows = list(
        Variant.objects.filter(step__campaign=campaign).values_list(
            "step__number", "name", "language", "pk", "subject", "body"
        )
    )
    others: dict[tuple[int, str], dict[str, tuple[str, str]]] = {}
    for number, name, language, _pk, subject, body in rows:
        if language:
            others.setdefault((number, name), {})[language] = (subject, body)
    for number, name, language, pk, subject, body in rows:
        if not language:
            words[number, pk] = Words(subject, body, others.get((number, name), {}))
    calls = Step.objects.filter(campaign=campaign, kind=Step.Kind.PHONE)
    for number, script in calls.values_list("number", "script"):
        words[number, None] = Words("", script)
    return words


def words_for(words: Mapping[Key, Words], step: int, variant_id: int | None) -> Words | None:
    """None where the campaign says nothing there."""
    return words.get((step, variant_id)) or (words[1, None] if variant_id is None else None)
