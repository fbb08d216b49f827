"""What an earlier run said of each customer, as columns: since when a stage lasts, who moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from segmentation.scoring.score import Scores
from segmentation.scoring.stages import NEW, POTENTIAL, STAGES
from segmentation.services.copy_columns import read_packed
from segmentation.services.sale_facts import places
from segmentation.services.score_facts import Facts
from tenancy.scope import current_clinic_id

NO_STAGE = -1
_MILLIONTHS = 1_000_000
_STAGE = "CASE stage {} END".format(
    " ".join(f"WHEN '{stage}' THEN {place}" for place, stage in enumerate(STAGES))
)
_EARLIER = f"""
SELECT customer_id, {_STAGE}, stage_since_on,
    coalesce(round(churn_probability * 1000000)::bigint, -1)
FROM segmentation_customerscore WHERE clinic_id = %(clinic)s AND run_id = %(run)s
  AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s::bigint[]))
"""  # noqa: S608 - our own words
_KINDS = ("bigint", "bigint", "date", "bigint")


@dataclass(frozen=True)
class EarlierScores:
    """Columns of one length, in any order. stage: position in STAGES. stage_since: days since
    1970-01-01. churn_probability: nan where nothing was said."""

    customer_id: np.ndarray
    stage: np.ndarray
    stage_since: np.ndarray
    churn_probability: np.ndarray

    @classmethod
    def read(cls, run_id: int | None, customer_ids: Sequence[int] | None = None) -> Self:
        """Of that run, or of nobody; customer_ids: only those."""
        asked = {
            "clinic": current_clinic_id(), "run": run_id,
            "customers": None if customer_ids is None else list(customer_ids),
        }  # fmt: skip
        if run_id is None:
            nobody = np.zeros(0, np.int64)
            return cls(nobody, nobody, nobody, np.zeros(0))
        customer_id, stage, since, churn = read_packed(_EARLIER, asked, _KINDS)
        said = np.where(churn < 0, np.nan, churn / _MILLIONTHS)
        return cls(customer_id, stage, since, said)

    def stage_since_of(self, facts: Facts, scores: Scores, day: int) -> np.ndarray:
        """Since when each customer is in the stage of these scores, days since 1970-01-01.

        A stage lasts since the run that first saw it. Two can be told without an earlier run:
        *potential* begins when the customer becomes known, *new* with the only purchase day.
        """
        place = places(self.customer_id, facts.customer_id)
        was = np.append(self.stage, NO_STAGE)[place]  # the last stands for who was not scored
        since = np.append(self.stage_since, day)[place]
        since = np.where(was == scores.stage, since, day)
        unseen = (was == NO_STAGE) & (scores.stage == POTENTIAL)
        since = np.where(unseen, np.minimum(facts.known_since, day), since)
        first_day = scores.first_purchase_day.astype(np.int64)
        return np.where(scores.stage == NEW, first_day, since)
