"""Merging customers who are one person, and unmerging them: exactly, and at any time."""
