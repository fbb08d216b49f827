"""A file read as an experiment: every row either counts or is refused with its place and reason.

Equal rows are different people: nothing is merged, nothing is left out unsaid.
"""

from collections import Counter
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from analytics.exceptions import ExperimentRefused
from analytics.experiment_files.guessing import MOST_ARMS, Chosen, choose, guess_control
from analytics.experiment_files.mapping import Mapping, read_mapping
from analytics.experiment_files.values import (
    BROKEN_ROW,
    UNKNOWN_ARM,
    amount,
    amount_not_below_zero,
    arm_of,
    read_column,
    yes_or_no,
)
from analytics.experiment_files.words_known import WHAT_HAPPENED, is_named
from customers.files.refusals import FileRefused, shown
from customers.files.table import open_table

MOST_ROWS = 2_000_000
RARE_ARM = 0.005  # an arm that nobody planned and fewer rows than this share carry is a slip…
FEWEST_IN_ARM = 3  # … or fewer rows than these, in a file that is not tiny
TINY_FILE = 50
EVERYBODY = ""


@dataclass(frozen=True)
class RefusedRow:
    """row: its line in the file, from 1. column None: the row as a whole. code: see `values`."""

    row: int
    column: str | None
    value: str
    code: str
    message: str = ""


@dataclass(frozen=True)
class ExperimentFile:
    """What counts. arm: place in arm_names, one a row; EVERYBODY where the file has no groups.

    hits, money: {column: one value a row}. traits: {column: texts}. n_read = rows + refused rows.
    """

    chosen: Chosen
    mapping: Mapping
    arm_names: tuple[str, ...]
    control: str | None
    arm: np.ndarray
    hits: AnyMapping[str, np.ndarray]
    money: AnyMapping[str, np.ndarray]
    traits: AnyMapping[str, Sequence[str]]
    n_read: int
    refused: tuple[RefusedRow, ...]

    @property
    def is_randomised(self) -> bool:
        """As the mapping says; unsaid, no column that tells what happened to people is a draw."""
        said = self.mapping.options.randomised
        if said is not None:
            return said
        return self.chosen.arm is None or not is_named(self.chosen.arm, WHAT_HAPPENED)

    @property
    def n_refused(self) -> int:
        """Rows, not reasons: a row may be wrong in two places."""
        return self.n_read - len(self.arm)


def read_experiment(path: Path, *, name: str, mapping: Any = None) -> ExperimentFile:
    """Raises ExperimentRefused, saying what to do, when the file or the mapping cannot be used."""
    lines, columns, broken = _cells(path, name)
    asked = read_mapping({} if mapping is None else mapping, tuple(columns))
    chosen = choose(columns, asked)
    n_rows = len(lines)
    refused = list(broken)
    is_good = np.ones(n_rows, bool)
    arm_texts = _read_arms(chosen, columns, asked, n_rows, lines, is_good, refused)
    hits = {
        header: _read_numbers(header, columns[header], yes_or_no, lines, is_good, refused)
        for header in chosen.outcomes
    }
    money = {
        header: _read_numbers(
            header,
            columns[header],
            amount if header in asked.options.may_be_negative else amount_not_below_zero,
            lines, is_good, refused,
        )
        for header in chosen.money
    }  # fmt: skip
    if not is_good.any():
        raise ExperimentRefused(_nothing_left(n_rows + len(broken), refused))
    names, control = _arm_names(arm_texts, is_good, chosen, asked)
    place = {text: number for number, text in enumerate(names)}
    kept = np.flatnonzero(is_good)
    return ExperimentFile(
        chosen=chosen,
        mapping=asked,
        arm_names=names,
        control=control,
        arm=np.fromiter((place[arm_texts[row]] for row in kept), np.int64, len(kept)),
        hits={header: values[is_good] for header, values in hits.items()},
        money={header: values[is_good] for header, values in money.items()},
        traits={header: [columns[header][row] for row in kept] for header in chosen.traits},
        n_read=n_rows + len(broken),
        refused=tuple(sorted(refused, key=lambda one: (one.row, one.column or ""))),
    )


def _cells(path: Path, name: str) -> tuple[list[int], dict[str, Sequence[str]], list[RefusedRow]]:
    """Line numbers, the columns of the rows that hold together, and the rows that do not."""
    try:
        table = open_table(path, name=name)
        lines: list[int] = []
        rows: list[list[str]] = []
        broken: list[RefusedRow] = []
        for block in table.blocks():
            for line, cells, problem in block:
                if problem is None:
                    lines.append(line)
                    rows.append(cells)
                else:
                    broken.append(RefusedRow(line, None, "", BROKEN_ROW, problem.message))
            if len(rows) > MOST_ROWS:
                raise ExperimentRefused(
                    _("The file has more than %(n)s rows. Split it.") % {"n": f"{MOST_ROWS:,}"}
                )
    except FileRefused as refusal:
        raise ExperimentRefused(refusal.message) from None
    except OSError as error:
        raise ExperimentRefused(f"{name}: {error.strerror}.") from None
    if not rows:
        raise ExperimentRefused(_nothing_left(len(broken), broken))
    return lines, dict(zip(table.headers, zip(*rows, strict=True), strict=True)), broken


def _read_arms(
    chosen: Chosen, columns: AnyMapping[str, Sequence[str]], mapping: Mapping, n_rows: int,
    lines: Sequence[int], is_good: np.ndarray, refused: list[RefusedRow],
) -> list[str]:  # fmt: skip
    """The arm of each row by its name as first written; rows without one are refused."""
    if chosen.arm is None:
        return [EVERYBODY] * n_rows
    cells = columns[chosen.arm]
    values, wrong = read_column(cells, arm_of)
    spelled: dict[str, str] = {}
    for text in dict.fromkeys(cells):
        if text in values:
            values[text] = spelled.setdefault(values[text].casefold(), values[text])
    unknown = _unknown_arms(Counter(values[text] for text in cells if text in values), mapping)
    wrong |= {text: UNKNOWN_ARM for text, arm in values.items() if arm in unknown}
    _refuse(chosen.arm, cells, wrong, lines, is_good, refused)
    planned = {arm.casefold(): arm for arm in mapping.options.shares}
    return [
        planned.get(values[text].casefold(), values[text]) if text in values else ""
        for text in cells
    ]


def _unknown_arms(counts: Counter[str], mapping: Mapping) -> set[str]:
    """Arms that are not in the plan; without a plan, names that hardly anybody carries."""
    if mapping.options.shares:
        planned = {arm.casefold() for arm in mapping.options.shares}
        return {arm for arm in counts if arm.casefold() not in planned}
    least = max(RARE_ARM * counts.total(), FEWEST_IN_ARM if counts.total() >= TINY_FILE else 0)
    rare = {arm for arm, n in counts.items() if n < least}
    if len(counts) - len(rare) > MOST_ARMS or len(counts) == len(rare):
        raise ExperimentRefused(
            _("The column of the arm holds %(n)s different values: that is no split into groups. "
              "Name the right column in a mapping file.") % {"n": len(counts)}
        )  # fmt: skip
    return rare


def _read_numbers(
    header: str, cells: Sequence[str], read: Any,
    lines: Sequence[int], is_good: np.ndarray, refused: list[RefusedRow],
) -> np.ndarray:  # fmt: skip
    values, wrong = read_column(cells, read)
    _refuse(header, cells, wrong, lines, is_good, refused)
    return np.fromiter((values.get(text, 0) for text in cells), float, len(cells))


def _refuse(
    header: str, cells: Sequence[str], wrong: AnyMapping[str, str],
    lines: Sequence[int], is_good: np.ndarray, refused: list[RefusedRow],
) -> None:  # fmt: skip
    if not wrong:
        return
    for row, text in enumerate(cells):
        if text in wrong:
            is_good[row] = False
            refused.append(RefusedRow(lines[row], header, shown(text), wrong[text]))


def _arm_names(
    arm_texts: Sequence[str], is_good: np.ndarray, chosen: Chosen, mapping: Mapping
) -> tuple[tuple[str, ...], str | None]:
    """All arms, the control first, the others by name; and which is the control."""
    found = {arm_texts[row] for row in np.flatnonzero(is_good)} | set(mapping.options.shares)
    names = sorted(found)
    if chosen.arm is None:
        return tuple(names), None
    said = mapping.options.control
    if said is None:
        control = guess_control(names, chosen.arm)
    else:
        control = next((arm for arm in names if arm.casefold() == said.strip().casefold()), None)
        if said and control is None:
            raise ExperimentRefused(
                _("Nobody is in the control arm «%(control)s». The arms are: %(arms)s.")
                % {"control": shown(said), "arms": ", ".join(names)}
            )
    if control is not None:
        names.remove(control)
        names.insert(0, control)
    return tuple(names), control


def _nothing_left(n_rows: int, refused: Sequence[RefusedRow]) -> str:
    first = refused[0] if refused else None
    where = "" if first is None else f" ({first.row}: {first.column or ''} «{first.value}»)"
    return _("Every one of the %(n)s rows was refused%(where)s: nothing can be read out.") % {
        "n": n_rows,
        "where": where,
    }
