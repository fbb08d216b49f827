"""Take one customer into another, and back: nothing lost, nothing for ever.

`merge` moves every row of every app, `undo` restores both; `references` finds what refers to a
customer, `journal` remembers what was done. The merged customer's own row stays as it was.
"""

from customers.services.merging.choices import FIELDS, Choices
from customers.services.merging.merge import merge_customers
from customers.services.merging.undo import undo_merge

__all__ = ["FIELDS", "Choices", "merge_customers", "undo_merge"]
