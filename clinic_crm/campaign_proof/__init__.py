"""Campaigns with a known lift against what the read-out says: `manage.py prove campaigns`."""
