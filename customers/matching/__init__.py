"""Which records are one person? Pure arithmetic over columns: no database, no clock, no Django.

`find_pairs(people)` reads names (`names`, `han`), picks the pairs worth a look (`blocking`),
compares them field by field (`comparing`, `name_levels`), weighs what agrees (`weighing`) and
decides (`deciding`). The model is that of Fellegi & Sunter (1969), with a third class beside
«one person» and «strangers»: people of one household, who share phone, address and family name.
"""

from customers.matching.deciding import Thresholds
from customers.matching.finding import Found, find_pairs
from customers.matching.people import People

__all__ = ["Found", "People", "Thresholds", "find_pairs"]
