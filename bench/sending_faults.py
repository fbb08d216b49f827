"""The proof by faults on servers of its own, which are restarted meanwhile.

    ./dev bench sending_faults [--recipients 10000] [--kills 100] [--restarts 5]

As `manage.py prove sending`, with the real broker asked for every nudge, and with Postgres shut
down at once and the broker emptied and killed, by turns, spread over the kills.
"""

import argparse
import sys

import bench._django  # noqa: F401  isort: skip

from bench._restarting import BrokerRestart, PostgresRestart
from clinic_crm.sending_proof import report, workers


def main() -> int:
    parser = argparse.ArgumentParser()
    report.add_arguments(parser)
    parser.add_argument("--restarts", type=int, default=5, help="of each server")
    options = vars(parser.parse_args())
    workers.LOSES_NUDGES = False
    postgres, broker = PostgresRestart(), BrokerRestart()
    both = [
        ("restart of Postgres in full flight", postgres),
        ("broker emptied, killed and restarted", broker),
    ]
    options["outages"] = both * options["restarts"]
    options["command"] = "./dev bench sending_faults"
    try:
        n_faults = report.run(lambda line: print(line, flush=True), options)
    finally:
        postgres.close()
        broker.close()
    print(f"{n_faults} faults")
    return 1 if n_faults else 0


if __name__ == "__main__":
    sys.exit(main())
