"""Segments: criteria compiled to one SQL statement, and who meets them, kept as things change."""
