"""Changing many customers at once: frozen when it is asked for, done in batches, once each."""
