from typing import Any

from django.core.management.base import CommandError

from segmentation.forecasts import forecasts_of
from segmentation.models import ScoreRun
from segmentation.report_cards import ReportCard, card_in
from segmentation.score_queries import current_run
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "Print how good the churn forecast of a clinic's current scores is."

    def work(self, clinic: Clinic, **options: Any) -> None:
        run = current_run()
        if run is None:
            raise CommandError(f"{clinic.slug} is not scored yet: run manage.py score first.")
        self.stdout.write("\n".join(_lines(clinic, run)))


def _lines(clinic: Clinic, run: ScoreRun) -> list[str]:
    report = run.report
    lines = [
        f"{clinic.slug}: churn within {run.rules['churn']['horizon_days']} days,"
        f" scores as of {run.as_of}",
        f"  spoken by {report['churn_model']}, learned from {report['n_training']} customer-days",
    ]
    if learned_on := report.get("learned_on"):
        lines.append(f"  learned at the end of {learned_on}")
    if lifetime := report.get("lifetime"):
        held = "; the data alone do not hold its parameters" if lifetime["needed_prior"] else ""
        lines.append(f"  rhythm of coming: {lifetime['model']} {lifetime['parameters']}{held}")
    moved = report.get("moved_share")
    if moved is not None:
        lines.append(f"  moved by more than one decile since the run before: {moved:.1%}")
    card = card_in(report)
    if card is None:
        return [*lines, "  not tested: no day lies a whole horizon back with customers on it"]
    lines += ["", f"  as of {report['tested_on']}, {card.n} customers, {card.base_rate:.1%} left:"]
    lines += [
        f"    {one.name!s:<45} AUC {_figure(one.auc)}  Brier {_figure(one.brier)}"
        + ("  <- speaks" if one.speaks else "")
        for one in forecasts_of(report)
    ]
    return [*lines, *_card_lines(card)]


def _card_lines(card: ReportCard) -> list[str]:
    lines = ["", f"  calibration error {card.calibration_error:.3f}; by tenth, likeliest first:"]
    lines += [
        f"    {one.place:>2}  {one.n:>7}  said {one.said:6.1%}  left {one.away:6.1%}"
        f"  lift {one.lift:.2f}"
        for one in card.tenths
    ]
    for title, rows in card.groups:
        lines += ["", f"  {title}:"]
        lines += [
            f"    {row.label:<20} {row.n:>7}  AUC {_figure(row.auc)}"
            f"  said {row.said:6.1%}  left {row.away:6.1%}"
            for row in rows
        ]
    return lines


def _figure(value: float | None) -> str:
    return "    –" if value is None else f"{value:.3f}"
