"""Loaders: each field that leaves its row is read here, one statement a batch of parents.

What a collection is (its model, the key of its parent, its filters and orders) is declared once,
in the file of its entity.
"""
