"""Same seed, same bytes: in this process, in another one, and whatever Python's hash seed."""

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

from clinic_crm.simulator import LONDON, SHANGHAI, generate

ROOT = Path(__file__).resolve().parents[2]
UNTIL = date(2025, 11, 20)
PRINT_DIGEST = """
import sys
from datetime import date
from clinic_crm.simulator import LONDON, generate
print(generate(LONDON, seed=7, until=date(2025, 11, 20)).digest())
print(sorted(sys.modules.keys() & {"django", "pandas", "scipy", "celery", "faker"}))
"""


def test_world_is_same_in_other_processes_and_needs_numpy_only():
    here = generate(LONDON, seed=7, until=UNTIL).digest()

    for hash_seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", PRINT_DIGEST]
        ran = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=True, timeout=60
        )
        assert ran.stdout.splitlines() == [here, "[]"]


def test_world_differs_by_seed_and_by_last_day(shanghai):
    other_seed = generate(SHANGHAI, seed=2, until=UNTIL)
    other_day = generate(SHANGHAI, seed=1, until=date(2025, 11, 19))

    assert len({shanghai.digest(), other_seed.digest(), other_day.digest()}) == 3
    first_records = [
        np.unique(one.truth.person, return_index=True)[1] for one in (other_day, shanghai)
    ]
    assert np.array_equal(
        other_day.customers.name[first_records[0]], shanghai.customers.name[first_records[1]]
    )


def test_tables_cannot_be_changed(world):
    for table in world.tables().values():
        for column in table.columns().values():
            assert not column.flags.writeable


def test_generating_2000_customers_is_quick():
    config = SHANGHAI.scaled(2_000)
    started = time.process_time()
    generated = generate(config, seed=3, until=UNTIL)
    seconds = time.process_time() - started

    assert len(generated.customers) == 2_000
    assert seconds < 2.0  # takes about 0.1 s; the bound leaves room for a busy machine


def test_history_ends_on_the_last_day_and_starts_four_years_before(world):
    sold_on = world.sales.occurred_at.astype("datetime64[D]")
    last = np.datetime64(UNTIL, "D")

    assert sold_on.max() <= last
    assert (last - sold_on.min()).astype(int) > 4 * 365.25 - 60
    for days in (
        world.customers.created_on,
        world.surveys.answered_on,
        world.complaints.reported_on,
        world.refunds.occurred_at.astype("datetime64[D]"),
        world.appointments.booked_on,
    ):
        assert days.max() <= last
