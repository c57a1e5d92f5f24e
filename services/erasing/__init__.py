"""Erasing a person for good, and giving them what is held of them (UU PDP, GDPR)."""
