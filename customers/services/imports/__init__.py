"""Bringing customers' files in: store, map, check, run in chunks that a killed run resumes.

    store_upload(...)      keep an upload privately, look at it, guess its mapping → ImportFile
    save_mapping(...)      what the mapping page says
    preview_of(...)        their own first rows with our reading beneath
    ask_for_check(...)     dry run in the background: everything is tried, nothing is kept
    ask_for_import(...)    the run itself
    work(...)              do what was asked for, chunk by chunk
    ask_for_revert(...)    take a finished import back, unless something newer touched its rows
    take_up_again(...)     find runs that stopped, and forget old uploads

A bad row never stops the good ones. A sale stands in one row a line; if one of them cannot be read
the whole sale is refused, because its amount would be wrong, with all its rows in the error file.
"""

from customers.services.imports import appointment_rows, marks_on_customers  # noqa: F401 kinds
from customers.services.imports.asking import (
    ask_for_check,
    ask_for_import,
    discard,
    save_mapping,
    take_up_again,
)
from customers.services.imports.error_file import problem_lines, write_error_file
from customers.services.imports.preview import headers_of, preview_of
from customers.services.imports.refusing import ImportRefused
from customers.services.imports.reverting import ask_for_revert, check_revertible
from customers.services.imports.running import work
from customers.services.imports.uploads import store_upload

__all__ = [
    "ImportRefused",
    "ask_for_check",
    "ask_for_import",
    "ask_for_revert",
    "check_revertible",
    "discard",
    "headers_of",
    "preview_of",
    "problem_lines",
    "save_mapping",
    "store_upload",
    "take_up_again",
    "work",
    "write_error_file",
]
