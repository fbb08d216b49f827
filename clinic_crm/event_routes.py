"""Which tasks hear of which event. One plain table: event kind → task names.

A system check proves that every kind has a row and every name is a task.
"""

EVENT_ROUTES: dict[str, tuple[str, ...]] = {
    "customer.created": (),
    "customer.imported": (),
    "customer.merged": ("loyalty.settle_offers",),
    "appointment.booked": ("customers.settle_packages",),
    "appointment.attended": ("customers.settle_packages",),
    "appointment.missed": ("customers.settle_packages",),
    "appointment.cancelled": ("customers.settle_packages",),
    "sale.recorded": ("loyalty.accrue_sales", "loyalty.settle_offers"),
    "sale.refunded": ("loyalty.accrue_sales", "loyalty.settle_offers"),
    "sale.removed": ("loyalty.accrue_sales",),  # with an import that was taken back
    "consent.given": (),
    "consent.withdrawn": (),
    "note.added": (),
    "interaction.recorded": (),
    "package.sold": ("customers.settle_packages",),
    "package.cancelled": (),
    "adverse_event.noted": ("care.follow_adverse_events",),
    "adverse_event.closed": ("care.follow_adverse_events",),
    "file.added": (),
    "call.made": (),
    "message.sent": (),
    "message.opted_out": (),
    "message.bounced": (),
    "message.complained": (),
    "message.opened": (),
    "message.clicked": (),
    "message.replied": (),
    "reward.claimed": (),
    "reward.redeemed": (),
    "reward.undone": (),
    "coupon.issued": (),
    "coupon.used": (),
    "coupon.restored": (),
    "referral.rewarded": (),
    "tier.changed": (),
    "points.expiring": (),
    "feedback.given": ("loyalty.give_coupons",),
    "scores.refreshed": (
        "segmentation.refresh_segments",
        "care.plan_calls",
        "analytics.refresh_figures",
    ),
}
