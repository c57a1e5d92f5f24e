"""Duplicate suggestions: what is compared, how it is scored, and what the job makes of it."""
