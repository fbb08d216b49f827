"""Options that several scoring commands take."""

from argparse import ArgumentTypeError
from datetime import date


def day(text: str) -> date:
    """A calendar day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not a calendar day; write it as YYYY-MM-DD, such as 2026-03-31."
        ) from None


def window(text: str) -> int | None:
    """A whole number of days, or None for «all»."""
    if text == "all":
        return None
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is neither a number of days nor «all».") from None
