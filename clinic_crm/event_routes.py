"""Which tasks hear of which event. One plain table: event kind → task names.

A system check proves that every kind has a row and every name is a task.
"""

EVENT_ROUTES: dict[str, tuple[str, ...]] = {
    "customer.created": (),
    "customer.imported": (),
    "customer.merged": (),
    "appointment.booked": (),
    "appointment.attended": (),
    "appointment.missed": (),
    "appointment.cancelled": (),
    "sale.recorded": ("loyalty.accrue_sales",),
    "sale.refunded": ("loyalty.accrue_sales",),
    "consent.given": (),
    "consent.withdrawn": (),
    "note.added": (),
    "interaction.recorded": (),
    "package.sold": (),
    "package.cancelled": (),
    "file.added": (),
    "call.made": (),
    "message.sent": (),
    "message.opted_out": (),
    "tier.changed": (),
    "feedback.given": (),
    "scores.refreshed": ("care.plan_calls", "analytics.refresh_figures"),
}
