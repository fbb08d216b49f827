"""Find customers who may be one person, keep the pairs, settle them.

`searching` looks through everybody (nightly, or asked for) or through those who changed; `pairs`
writes what was found and never asks again what somebody called different; `settling` decides.
"""

from customers.services.duplicates.loading import load_people
from customers.services.duplicates.rules import rules_of_clinic
from customers.services.duplicates.searching import search_all, search_changed
from customers.services.duplicates.settling import call_different, merge_certain, reopen

__all__ = [
    "call_different",
    "load_people",
    "merge_certain",
    "reopen",
    "rules_of_clinic",
    "search_all",
    "search_changed",
]
