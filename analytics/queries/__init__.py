"""Reads of analytics: what campaigns did, how the clinic stands, what today asks for."""
