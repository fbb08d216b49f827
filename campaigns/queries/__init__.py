"""Reads of campaigns: who would get a message, what speaks against it, how far it has come."""
