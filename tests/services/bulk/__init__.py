"""Tests of changing many customers at once."""
