"""Broadcasts: an audience frozen into a campaign, with one queued message a person."""
