"""What all customers of a clinic together taught a run, so that one can be scored again alone.

Whoever is scored again between two nights is compared with the clinic as the night saw it: its
quintiles, habits, models and layers. The same customers and the same day give the same scores.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from segmentation.scoring.churn import Voice
from segmentation.scoring.churn_features import Common
from segmentation.scoring.churn_looks import COLUMNS
from segmentation.scoring.due import DueHabits
from segmentation.scoring.intervals import IntervalPool
from segmentation.scoring.layers import LayerCuts
from segmentation.scoring.lifetime.family import Parameters, Shape
from segmentation.scoring.lifetime.fitting import Fit
from segmentation.scoring.lifetime.gamma_gamma import SpendFit
from segmentation.scoring.outlook import SpendPool
from segmentation.scoring.reasons import REASONS, Typical
from segmentation.scoring.rfm import RfmCuts


@dataclass(frozen=True)
class Population:
    """fit: None where nobody came again. margin_rate: left of net spend after goods, 0–1."""

    rfm: RfmCuts
    intervals: IntervalPool
    due: DueHabits
    fit: Fit | None
    needed_prior: bool
    spend: SpendPool
    margin_rate: float
    churn: Voice
    layers: LayerCuts


def to_json(population: Population) -> dict[str, Any]:
    """Plain JSON, from which `from_json` makes the same again, to the last bit."""
    stored = asdict(population)
    if stored["fit"] is not None:
        del stored["fit"]["standard_errors"]  # may hold nan, and nobody asks for them again
    stored["due"] |= {name: stored["due"][name].tolist() for name in ("treatment", "mean", "sd")}
    stored["churn"]["weights"] = dict(zip(COLUMNS, population.churn.weights.tolist(), strict=True))
    parts = population.churn.typical.parts.tolist()
    stored["churn"]["typical"]["parts"] = dict(zip(REASONS, parts, strict=True))
    return stored


def from_json(stored: dict[str, Any]) -> Population | None:
    """None where it was made by a version that looked at other columns: the next night mends it."""
    due, churn, fit, spend = (stored.get(name) for name in ("due", "churn", "fit", "spend"))
    if not due or not churn or spend is None:
        return None
    if set(churn["weights"]) != set(COLUMNS) or set(churn["typical"]["parts"]) != set(REASONS):
        return None
    habits = {name: np.array(due[name], float) for name in ("mean", "sd")}
    return Population(
        rfm=RfmCuts(**{name: _cuts(value) for name, value in stored["rfm"].items()}),
        intervals=IntervalPool(**stored["intervals"]),
        due=DueHabits(
            np.array(due["treatment"], np.int64), **habits,
            within=due["within"], between=due["between"],
        ),
        fit=None if fit is None else _fit(fit),
        needed_prior=stored["needed_prior"],
        spend=SpendPool(
            None if spend["fit"] is None else SpendFit(**spend["fit"]), spend["everybody_minor"]
        ),
        margin_rate=stored["margin_rate"],
        churn=_voice(churn),
        layers=LayerCuts(**stored["layers"]),
    )  # fmt: skip


def _cuts(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _fit(stored: dict[str, Any]) -> Fit:
    kept = stored | {
        "parameters": Parameters(**stored["parameters"]),
        "shape": Shape(**stored["shape"]),
        "standard_errors": np.full(len(stored["parameters"]), np.nan),
    }
    return Fit(**kept)


def _voice(stored: dict[str, Any]) -> Voice:
    common, typical = stored["common"], stored["typical"]
    return Voice(
        stored["model"],
        np.array([stored["weights"][name] for name in COLUMNS], float),
        Common(IntervalPool(**common["intervals"]), common["has_catalogue"]),
        Typical(typical["log_odds"], np.array([typical["parts"][name] for name in REASONS], float)),
    )
