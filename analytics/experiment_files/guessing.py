"""Which column is the arm, the outcome, the money: guessed from names and values, and told."""

from collections import Counter
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from analytics.exceptions import ExperimentRefused
from analytics.experiment_files.mapping import ARM, IGNORE, MONEY, OUTCOME, TRAIT, Mapping
from analytics.experiment_files.values import amount, read_column, share_read, yes_or_no
from analytics.experiment_files.words_known import (
    ARM_HEADERS,
    CONTROL_ARMS,
    MAYBE_CONTROL,
    MONEY_HEADERS,
    OUTCOME_HEADERS,
    WHAT_HAPPENED,
    is_named,
    is_of_the_past,
    plain,
)

MOST_ARMS = 20
READS_WELL = 0.95  # share of cells that must be readable as what a column is guessed to be
MOST_SLIPS = 5  # different values of a 0/1 column that are neither
SURE_ENOUGH = 4

Columns = AnyMapping[str, Sequence[str]]


@dataclass(frozen=True)
class Chosen:
    """Every column with its one role; arm None: the file has no groups.

    guesses: sentences on what was not said by a mapping. happened: columns that tell what was
    done to a person, which is no draw.
    """

    arm: str | None
    outcomes: tuple[str, ...]
    money: tuple[str, ...]
    traits: tuple[str, ...]
    ignored: tuple[str, ...]
    happened: tuple[str, ...] = ()
    guesses: tuple[str, ...] = field(default=())


def choose(columns: Columns, mapping: Mapping) -> Chosen:
    """Raises ExperimentRefused when no outcome can be told."""
    guesses: list[str] = []
    free = [header for header in columns if header not in mapping.columns]
    arm = next(iter(mapping.named(ARM)), None)
    if arm is None and (arm := _guess_arm(columns, free)):
        guesses.append(_("Arm: «%(header)s».") % {"header": arm})
    elif arm is None:
        guesses.append(_no_arm(columns, free))
    free = [header for header in free if header != arm]
    outcomes, money = mapping.named(OUTCOME), mapping.named(MONEY)
    if not outcomes and not money:
        outcomes, money = _guess_outcomes(columns, free, arm)
        guesses += _tell(_("Outcomes (0/1)"), outcomes) + _tell(_("Outcomes (money)"), money)
    if not outcomes and not money:
        raise ExperimentRefused(
            _("No outcome was recognised. Name one in a mapping file: {\"columns\": {\"<column>\": "
              "\"outcome\"}}. Columns: %(headers)s.") % {"headers": ", ".join(columns)}
        )  # fmt: skip
    free = [header for header in free if header not in {*outcomes, *money}]
    happened = [header for header in free if is_named(header, WHAT_HAPPENED)]
    traits = mapping.named(TRAIT)
    if not traits:
        traits = [header for header in free if header not in happened]
        guesses += _tell(_("Traits known before"), traits)
    used = {arm, *outcomes, *money, *traits}
    ignored = [header for header in columns if header not in used]
    guesses += _tell(
        _("Left out, because they tell what happened after the draw"),
        [header for header in happened if mapping.columns.get(header) != IGNORE],
    )
    return Chosen(arm, tuple(outcomes), tuple(money), tuple(traits), tuple(ignored),
                  tuple(happened), tuple(guesses))  # fmt: skip


def guess_control(names: Sequence[str], arm_header: str) -> str | None:
    """The arm that sounds like nobody was written to; None where none or several do."""
    sure = [name for name in names if plain(name) in CONTROL_ARMS]
    if len(sure) == 1:
        return sure[0]
    maybe = [name for name in names if plain(name) in MAYBE_CONTROL]
    is_arm = is_named(arm_header, ARM_HEADERS)
    return maybe[0] if not sure and len(maybe) == 1 and is_arm else None


def _tell(what: str, headers: Sequence[str]) -> list[str]:
    return [f"{what}: {', '.join(f'«{header}»' for header in headers)}."] if headers else []


def _no_arm(columns: Columns, free: Sequence[str]) -> str:
    """Which column it may be, if one is named like an arm."""
    named = [
        header
        for header in free
        if is_named(header, ARM_HEADERS) and 0 < len(_commonest_names(columns[header])) <= MOST_ARMS
    ]
    if not named:
        return _("No column tells who was in which arm.")
    return _(
        "No column was taken for the arm, for none has a control group by its name. If "
        '«%(header)s» is the arm, say so in a mapping file: {"columns": {"%(header)s": "arm"}}.'
    ) % {"header": named[0]}


def _guess_arm(columns: Columns, free: Sequence[str]) -> str | None:
    scores = {header: _arm_score(header, columns[header]) for header in free}
    best = max(scores.values(), default=0)
    if best < SURE_ENOUGH:
        return None
    ties = [header for header, score in scores.items() if score == best]
    if len(ties) > 1:
        raise ExperimentRefused(
            _("Each of these columns could be the arm: %(headers)s. Say which in a mapping file: "
              "{\"columns\": {\"%(first)s\": \"arm\"}}.")
            % {"headers": ", ".join(ties), "first": ties[0]}
        )  # fmt: skip
    return ties[0]


def _arm_score(header: str, cells: Sequence[str]) -> int:
    names = _commonest_names(cells)
    if not 1 < len(names) <= MOST_ARMS or is_named(header, WHAT_HAPPENED) or is_of_the_past(header):
        return 0
    by_name = SURE_ENOUGH * is_named(header, ARM_HEADERS)
    by_words = SURE_ENOUGH * any(name in CONTROL_ARMS for name in names)
    if names <= {"0", "1", "0 0", "1 0"} or by_words:
        return by_name + by_words
    return by_name // 2 if is_named(header, frozenset({"segment", "segments"})) else by_name


def _commonest_names(cells: Sequence[str]) -> set[str]:
    """Names of a hundredth of the rows or more: a typing slip does not hide an arm."""
    counts = Counter(cells)
    least = len(cells) / 200
    names = {plain(text) for text, n in counts.items() if n >= least and text.strip()}
    return names if len(counts) <= max(MOST_ARMS, len(cells) // 20) else set()


def _is_yes_no(header: str, cells: Sequence[str]) -> bool:
    """Two values but for a few slips; not amounts that are mostly 0."""
    values, wrong = read_column(cells, yes_or_no)
    if sum(bool(text.strip()) for text in wrong) > MOST_SLIPS:
        return False
    if share_read(cells, yes_or_no) < READS_WELL:
        return False
    return not is_named(header, MONEY_HEADERS) or 1 in values.values()


def _guess_outcomes(
    columns: Columns, free: Sequence[str], arm: str | None
) -> tuple[list[str], list[str]]:
    """By their names; where none is named so, what is 0/1 and stands behind the arm."""
    possible = [header for header in free if not is_named(header, WHAT_HAPPENED)]
    possible = [header for header in possible if not is_of_the_past(header)]
    yes_no = [header for header in possible if _is_yes_no(header, columns[header])]
    outcomes = [header for header in yes_no if is_named(header, OUTCOME_HEADERS)]
    money = [
        header
        for header in possible
        if header not in yes_no
        and is_named(header, MONEY_HEADERS)
        and share_read(columns[header], amount) >= READS_WELL
    ]
    if not outcomes and arm is not None:
        order = list(columns)
        outcomes = [header for header in yes_no if order.index(header) > order.index(arm)]
    return outcomes, money
