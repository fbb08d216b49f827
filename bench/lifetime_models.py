"""BG/NBD and Gamma-Gamma, fitted and asked, beside the `lifetimes` package (0.11.3).

    ./dev bench lifetime_models                one clinic of 1,000,000 customers; 200 of 4,600
    ./dev bench lifetime_models 100000 20      smaller, fewer

Customers are drawn from the models themselves, so both packages look for the same. `lifetimes`
needs older libraries than ours: it gets a virtual environment of its own, thrown away afterwards,
or the interpreter named in LIFETIMES_PYTHON. Both sides count the processor time of one thread.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench._measuring import Report
from segmentation.scoring.lifetime.family import BG_NBD
from segmentation.scoring.lifetime.fitting import fit
from segmentation.scoring.lifetime.gamma_gamma import expected_spend, fit_spend
from segmentation.scoring.lifetime.outlook import expected_purchases, p_alive
from segmentation.scoring.lifetime.repeats import Repeats

SIDE = Path(__file__).with_name("_lifetimes_side.py")
PACKAGES = ("lifetimes==0.11.3", "numpy<2", "scipy<1.12", "pandas<2.2")
HORIZON_DAYS, N_SMALL = 180, 4_600
LEAST_TIMES_ONE, LEAST_TIMES_MANY, FURTHEST = 15.0, 25.0, 1e-4
R, ALPHA, A, B = 1.2, 150.0, 0.6, 2.2
P, Q, V = 6.0, 3.5, 1_500.0
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def main(n_one: int, n_clinics: int) -> int:
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        python = os.environ.get("LIFETIMES_PYTHON") or _environment(Path(folder))
        for name, n, clinics, least in (
            ("one clinic", n_one, 1, LEAST_TIMES_ONE),
            (f"{n_clinics} clinics", N_SMALL, n_clinics, LEAST_TIMES_MANY),
        ):
            told = Path(folder) / f"{clinics}.npz"
            data = simulate(n * clinics)
            np.savez(told, **data)
            theirs = _theirs(python, told, n, clinics)
            seconds, parameters = _ours(data, n, clinics)
            report.told(f"{name} of {n}, ours, CPU seconds", seconds)
            report.told(f"{name} of {n}, lifetimes, CPU seconds", theirs["seconds"])
            # A report's limits are upper ones: the share we need of their time.
            report.limited(f"{name}, share of their time", seconds / theirs["seconds"], 1 / least)
            furthest = max(
                abs(value / theirs["parameters"][key] - 1) for key, value in parameters.items()
            )
            report.limited(f"{name}, furthest parameter × 10⁴", furthest * 1e4, FURTHEST * 1e4)
    return report.exit_code


def simulate(n: int) -> dict[str, np.ndarray]:
    """Repeats (whole days) and mean amounts of n customers of one clinic, always the same."""
    chance = np.random.default_rng(5)
    rate, leaves = chance.gamma(R, 1 / ALPHA, n), chance.beta(A, B, n)
    age = chance.integers(100, 1_500, n).astype(float)
    x, last, now, there = np.zeros(n), np.zeros(n), np.zeros(n), np.arange(n)
    while len(there):
        now[there] += chance.exponential(1 / rate[there])
        there = there[now[there] <= age[there]]
        x[there] += 1
        last[there] = now[there]
        there = there[chance.random(len(there)) >= leaves[there]]
    amounts = np.maximum(x, 1)
    each = chance.gamma(Q, 1 / V, n)
    mean = np.where(x > 0, chance.gamma(P * amounts) / each / amounts, 0.0)
    return {"x": x, "last": np.minimum(np.ceil(last), age), "age": age, "mean": mean}


def _ours(data: dict[str, np.ndarray], n: int, clinics: int) -> tuple[float, dict[str, float]]:
    """(processor seconds, parameters of the last clinic)."""
    seconds, parameters = 0.0, {}
    for clinic in range(clinics):
        rows = slice(clinic * n, (clinic + 1) * n)
        x, last, age, mean = (data[name][rows] for name in ("x", "last", "age", "mean"))
        again = x > 0
        began = time.process_time()
        repeats = Repeats(x, last, age, np.zeros(n))
        coming = fit(repeats, BG_NBD)
        expected_purchases(repeats, coming, HORIZON_DAYS)
        p_alive(repeats, coming)
        spending = fit_spend(x[again], mean[again])
        expected_spend(x, mean, spending)
        seconds += time.process_time() - began
        parameters = vars(coming.parameters) | {
            name: getattr(spending, name) for name in ("p", "q", "v")
        }
    return seconds, parameters


def _theirs(python: str, told: Path, n: int, clinics: int) -> dict:
    arguments = [python, "-W", "ignore", SIDE, told, n, clinics, HORIZON_DAYS]
    found = subprocess.run(
        [str(word) for word in arguments], capture_output=True, text=True, check=True,
        env=ONE_THREAD,
    )  # fmt: skip
    return json.loads(found.stdout)


def _environment(folder: Path) -> str:
    home = folder / "lifetimes"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = str(home / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)
    n_one, n_clinics = (*map(int, sys.argv[1:]), *(1_000_000, 200)[len(sys.argv) - 1 :])
    sys.exit(main(n_one, n_clinics))
