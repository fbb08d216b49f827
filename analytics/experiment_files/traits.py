"""Traits known before the draw as columns of numbers, so that the arms can be compared in them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.experiment_files.values import amount, read_column

MOST_LEVELS = 50
MANY, AN_ID, CONSTANT = "too_many_values", "identifier", "one_value"


@dataclass(frozen=True)
class TraitColumns:
    """values: one row a customer, one column an entry of `labels`: (trait, level or "" for its
    number, «?» for not known). left_out: {trait: code why it cannot be compared}."""

    labels: tuple[tuple[str, str], ...]
    values: np.ndarray
    left_out: Mapping[str, str]


def trait_columns(traits: Mapping[str, Sequence[str]], n_rows: int) -> TraitColumns:
    labels: list[tuple[str, str]] = []
    columns: list[np.ndarray] = []
    left_out: dict[str, str] = {}
    for trait, texts in traits.items():
        found = _columns_of(texts)
        if isinstance(found, str):
            left_out[trait] = found
            continue
        labels += [(trait, level) for level in found]
        columns += found.values()
    values = np.column_stack(columns) if columns else np.empty((n_rows, 0))
    return TraitColumns(tuple(labels), values, left_out)


def numbers_of(texts: Sequence[str]) -> np.ndarray | None:
    """Amounts, NaN where nothing is written; None when a text is no number."""
    values, wrong = read_column(texts, amount)
    if any(text.strip() for text in wrong) or not values:
        return None
    return np.fromiter((values.get(text, np.nan) for text in texts), float, len(texts))


def _columns_of(texts: Sequence[str]) -> dict[str, np.ndarray] | str:
    """{level: column}, or the code why not."""
    counts = Counter(texts)
    if len(counts) == 1:
        return CONSTANT
    numbers = numbers_of(texts)
    if numbers is not None:
        if len(counts) == len(texts) > MOST_LEVELS and (numbers == np.floor(numbers)).all():
            return AN_ID
        is_missing = np.isnan(numbers)
        known = numbers[~is_missing]
        columns = {"": np.where(is_missing, known.mean(), numbers)}
        return columns | ({"?": is_missing.astype(float)} if is_missing.any() else {})
    if len(counts) > MOST_LEVELS:
        return MANY
    place = {text: number for number, text in enumerate(counts)}
    codes = np.fromiter((place[text] for text in texts), np.int64, len(texts))
    return {text.strip() or "?": (codes == number) * 1.0 for text, number in place.items()}
