from customers.queries.counting import (
    CountAndValue,
    TooSlow,
    count_and_value,
    count_and_value_in_time,
    time_limit,
)
from customers.queries.listing import CustomerRow, list_page, rows_of
from customers.queries.paging import LATEST_FIRST, Found
from customers.queries.profile import Profile, Spend, profile_of, with_profile
from customers.queries.search import instant_search, search, visible_customers
from customers.queries.timeline import timeline_page

__all__ = [
    "LATEST_FIRST",
    "CountAndValue",
    "CustomerRow",
    "Found",
    "Profile",
    "Spend",
    "TooSlow",
    "count_and_value",
    "count_and_value_in_time",
    "instant_search",
    "list_page",
    "profile_of",
    "rows_of",
    "search",
    "time_limit",
    "timeline_page",
    "visible_customers",
    "with_profile",
]
