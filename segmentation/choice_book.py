"""The choices of attributes and events, each read once: one book serves a whole page of rules."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.utils.translation import gettext as _

from segmentation.attributes import Choice


class HasChoices(Protocol):
    @property
    def choices(self) -> Callable[[], Iterable[Choice]] | None: ...


class ChoiceBook:
    def __init__(self) -> None:
        self._read: dict[Callable[[], Iterable[Choice]], list[Choice]] = {}

    def of(self, asked: HasChoices) -> list[Choice] | None:
        """[(value, label)] or None when there is no list."""
        if asked.choices is None:
            return None
        if asked.choices not in self._read:
            self._read[asked.choices] = list(asked.choices())
        return self._read[asked.choices]

    def labels(self, asked: HasChoices, values: list[Any]) -> list[str]:
        """Labels of chosen values; one that is gone is said to be so."""
        known = {str(value): label for value, label in self.of(asked) or []}
        return [str(known.get(str(value), _("(no longer exists)"))) for value in values]
