"""Pages of analytics: Today (`home`), the overview (`overview`), a campaign's result (`result`)."""
