"""Scores against the truth of generated clinics: `manage.py prove scores`."""
