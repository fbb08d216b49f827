"""Run by the interpreter that has the `lifetimes` package: fit and predict, told as JSON.

python bench/_lifetimes_side.py FILE.npz N_A_CLINIC N_CLINICS HORIZON_DAYS
"""

import json
import sys
import time

import numpy as np
from lifetimes import BetaGeoFitter, GammaGammaFitter


def main(file: str, n_a_clinic: int, n_clinics: int, horizon_days: int) -> None:
    told = np.load(file)
    seconds = 0.0
    for clinic in range(n_clinics):
        rows = slice(clinic * n_a_clinic, (clinic + 1) * n_a_clinic)
        x, last, age, mean = (told[name][rows] for name in ("x", "last", "age", "mean"))
        again = x > 0
        began = time.process_time()
        coming = BetaGeoFitter(penalizer_coef=0).fit(x, last, age)
        coming.conditional_expected_number_of_purchases_up_to_time(horizon_days, x, last, age)
        coming.conditional_probability_alive(x, last, age)
        spending = GammaGammaFitter().fit(x[again], mean[again])
        spending.conditional_expected_average_profit(x, mean)
        seconds += time.process_time() - began
    found = {**dict(coming.params_), **dict(spending.params_)}
    print(json.dumps({"seconds": seconds, "parameters": found}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
