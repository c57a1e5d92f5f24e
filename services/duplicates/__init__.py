"""Customers who may be one person: found by blocking, scored with reasons, dismissed for good."""
