"""What a message must not say, and how long it is. Pure: no Django, no clock, no database.

`findings(text, channel="sms")` tells which words break which rule of which pack; `parts(text)`
counts SMS; `hints(…)` tells what makes mail look like spam. The packs are a reading aid for people
who write: they are no legal advice, and the last word is a person's.
"""

from campaigns.content.checking import Finding, findings
from campaigns.content.hints import Hint, hints
from campaigns.content.packs import PACKS, Pack, packs_for
from campaigns.content.sms import Parts, framed_sms, parts, with_opt_out

__all__ = [
    "PACKS",
    "Finding",
    "Hint",
    "Pack",
    "Parts",
    "findings",
    "framed_sms",
    "hints",
    "packs_for",
    "parts",
    "with_opt_out",
]
