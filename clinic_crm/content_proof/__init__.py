"""The content check against labelled texts."""
