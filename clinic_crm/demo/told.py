"""Which of a world's sales, refunds and appointments a clinic knows of by some day."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from clinic_crm.simulator.world import World

NO_SALES = np.array([], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Told:
    """One bool a row of world.sales, world.refunds and world.appointments."""

    sales: np.ndarray
    refunds: np.ndarray
    appointments: np.ndarray

    def but_not(self, earlier: Self) -> "Told":
        """What came after: each row is told once."""
        return Told(
            self.sales & ~earlier.sales,
            self.refunds & ~earlier.refunds,
            self.appointments & ~earlier.appointments,
        )


def told_by(world: World, until: date, *, leave_out: np.ndarray = NO_SALES) -> Told:
    """Up to and including a day, without some sales (rows) and what belongs to them."""
    ends = np.datetime64(until, "m") + np.timedelta64(24 * 60, "m")
    stays = np.ones(len(world.sales.external_id), dtype=bool)
    stays[leave_out] = False
    booked = world.appointments.booked_on < ends.astype("datetime64[D]")
    gone = world.sales.appointment[leave_out]
    booked[gone[gone >= 0]] = False
    is_past = world.appointments.starts_at < ends
    is_ahead = world.appointments.status == "booked"
    return Told(
        sales=(world.sales.occurred_at < ends) & stays,
        refunds=(world.refunds.occurred_at < ends) & stays[world.refunds.sale],
        appointments=booked & (is_past | is_ahead),
    )
