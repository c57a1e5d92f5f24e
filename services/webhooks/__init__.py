"""Webhooks: events on their way to partners' addresses, at least once, signed, and tried for days.

An endpoint reads the log by its cursor (`spreading`), each event that it asked for becomes a
delivery, and each delivery is attempted (`delivering`, by `lanes`) until it succeeds or its
schedule ends.
"""
