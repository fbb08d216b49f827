"""Erasing a person: identity gone from everywhere, sales and points kept under a number.

erase(customer=…, by=…, at=…)     do it, in one transaction
erased_among(…)                   which of some newcomers were erased before
replay()                          again, after an old backup was restored
"""

from customers.services.erasing.erase import ErasureRefused, erase
from customers.services.erasing.replaying import replay

__all__ = ["ErasureRefused", "erase", "replay"]
