"""How the events of one source are read: configured on a page, kept as JSON with the source.

    items_at     where the list of objects stands when an event holds several; "" when it is one
    kind_at      where the event says what it is of; kinds: their words → ours, the first that fits
    version_at   the number or time that decides which of two events of one object is newer;
                 "" means: the one that came later
    times        "iso", "seconds", "milliseconds" or a pattern such as %d/%m/%Y %H:%M
    amounts      "minor" (fen, cents) or "major" (yuan, dollars)
    fields       our kind → our field → where it stands (services/inbound/paths.py)
    words        our kind → our field → their word → ours

With `items_at`, all other places are looked up in the item first, and in the event where it starts
with `^.`.
"""

from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from customers.services.inbound.fields import FIELDS, KINDS

TIMES = ("iso", "seconds", "milliseconds")
AMOUNTS = ("minor", "major")


@dataclass(frozen=True)
class Mapping:
    items_at: str = ""
    kind_at: str = "type"
    kinds: tuple[tuple[str, str], ...] = ()
    version_at: str = ""
    times: str = "iso"
    amounts: str = "minor"
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    words: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Mapping":
        """The mapping of a source; of one that has none yet, the standard one."""
        if not stored:
            return STANDARD
        return cls(**(stored | {"kinds": tuple(tuple(pair) for pair in stored["kinds"])}))

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"kinds": [list(pair) for pair in self.kinds]}

    def kind_of(self, word: str) -> str | None:
        """Our kind behind their word, "ignore" included; None when the word is unknown."""
        return next((kind for pattern, kind in self.kinds if fnmatchcase(word, pattern)), None)


def _standard() -> Mapping:
    """Our own names below `data`: for a system that was written for us."""
    return Mapping(
        kinds=tuple((kind, kind) for kind in KINDS),
        version_at="data.version",
        fields={
            kind: {
                item.name: (
                    item.name.removeprefix("lines.")
                    if item.name.startswith("lines.")
                    else f"data.{item.name}"
                )
                for item in fields
            }
            for kind, fields in FIELDS.items()
        },
    )


STANDARD = _standard()
