from customers.queries.counting import CountAndValue, count_and_value, count_and_value_in_time
from customers.queries.search import search, search_words, visible_customers

__all__ = [
    "CountAndValue",
    "count_and_value",
    "count_and_value_in_time",
    "search",
    "search_words",
    "visible_customers",
]
