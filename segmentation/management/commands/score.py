from argparse import SUPPRESS
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from segmentation.management.day_option import day, window
from segmentation.models import ScoreRun
from segmentation.services.score_run import OF_CLINIC, run
from tenancy.clock import finished_day
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "Score every customer of a clinic at the end of one day."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--as-of", type=day, metavar="YYYY-MM-DD", help="default: yesterday at the clinic"
        )
        parser.add_argument(
            "--horizon-days", type=int, metavar="N", help="churn horizon; default: the clinic's"
        )
        parser.add_argument(
            "--rfm-window-days",
            type=window,
            default=SUPPRESS,
            metavar="N|all",
            help="days that R, F and M look back; default: the clinic's",
        )

    def work(self, clinic: Clinic, **options: Any) -> None:
        made = run(
            as_of=options["as_of"] or finished_day(clinic.zone, timezone.now()),
            horizon_days=options["horizon_days"],
            rfm_window_days=options.get("rfm_window_days", OF_CLINIC),
        )
        self.stdout.write("\n".join(report_lines(clinic, made)))


def report_lines(clinic: Clinic, made: ScoreRun) -> list[str]:
    """What a person wants to know of a run, a line each."""
    report = made.report
    rules = made.rules
    window_days = rules["rfm_window_days"]
    lines = [
        f"{clinic.slug}: {made.n_customers} customers scored as of {made.as_of}"
        f" (version {made.version}) in {report['seconds']} s",
        f"  RFM window: {'everything' if window_days is None else f'{window_days} days'},"
        f" churn horizon: {rules['churn']['horizon_days']} days",
        "  stages: " + ", ".join(f"{name} {n}" for name, n in report["stages"].items()),
        f"  churn: {report['churn_model']} model, {report['n_at_risk']} of"
        f" {report['n_purchasers']} at 0.5 or above" + _tested(report),
    ]
    if not made.is_current:
        lines.append("  kept for that day; a newer day stays current")
    return lines


def _tested(report: dict[str, Any]) -> str:
    if report["auc"] is None:
        return "; not tested yet (no outcome known)"
    return (
        f"; tested on {report['n_tested']} customers as of {report['tested_on']}:"
        f" AUC {report['auc']:.3f}, Brier {report['brier']:.3f}"
    )
