"""What a person sees: one line a step, a clear failure, a box at the end."""

import os
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from devstack.errors import DevError

STEP_WIDTH = 34
COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36, "grey": 90}


@dataclass
class Step:
    """A running step; `note` is printed behind its name when it is done."""

    note: str = ""


@dataclass
class Screen:
    """Where the steps go: a command whose own output matters sends them to stderr."""

    to_stderr: bool = False

    @property
    def stream(self) -> TextIO:
        return sys.stderr if self.to_stderr else sys.stdout

    @property
    def is_terminal(self) -> bool:
        return self.stream.isatty()


screen = Screen()


def has_colour() -> bool:
    return screen.is_terminal and "NO_COLOR" not in os.environ


def coloured(text: str, colour: str) -> str:
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if has_colour() else text


def say(text: str = "") -> None:
    print(text, file=screen.stream, flush=True)


@contextmanager
def step(name: str, *, mend: str = "") -> Iterator[Step]:
    """Print the step with its seconds; a DevError that passes through learns the step's `mend`."""
    running, started = Step(), time.monotonic()
    if screen.is_terminal:
        print(f"  … {name}", end="\r", file=screen.stream, flush=True)
    try:
        yield running
    except DevError as failure:
        failure.mend = failure.mend or mend
        print_step(coloured("✗", "red"), name, time.monotonic() - started, "failed")
        raise
    print_step(coloured("✓", "green"), name, time.monotonic() - started, running.note)


def print_step(mark: str, name: str, seconds: float, note: str) -> None:
    say(f"  {mark} {name:<{STEP_WIDTH}} {seconds:6.1f} s  {note}".rstrip())


def print_failure(failure: DevError) -> None:
    """The last words: what failed, its closing lines, how to mend it. Goes to stderr."""
    parts = [coloured(f"\n{failure.message}", "red")]
    if failure.output:
        parts += [f"    {line}" for line in failure.output.splitlines()]
    if failure.mend:
        parts.append(f"To mend it: {failure.mend}")
    print("\n".join(parts), file=sys.stderr, flush=True)


def width_on_screen(text: str) -> int:
    """Columns a terminal uses: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, width: int) -> str:
    """The text with blanks up to `width` columns of the screen."""
    return text + " " * (width - width_on_screen(text))


def box(lines: list[str]) -> str:
    """The lines in a frame, straight at the right edge also with Chinese inside."""
    width = max(width_on_screen(line) for line in lines)
    framed = [f"│ {padded(line, width)} │" for line in lines]
    return "\n".join([f"┌{'─' * (width + 2)}┐", *framed, f"└{'─' * (width + 2)}┘"])
