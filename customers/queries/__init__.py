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
from customers.queries.search import (
    TextSearch,
    instant_search,
    read_search,
    search,
    visible_customers,
)
from customers.queries.timeline import timeline_page

__all__ = [
    "LATEST_FIRST",
    "CountAndValue",
    "CustomerRow",
    "Found",
    "Profile",
    "Spend",
    "TextSearch",
    "TooSlow",
    "count_and_value",
    "count_and_value_in_time",
    "instant_search",
    "list_page",
    "profile_of",
    "read_search",
    "rows_of",
    "search",
    "time_limit",
    "timeline_page",
    "visible_customers",
    "with_profile",
]
