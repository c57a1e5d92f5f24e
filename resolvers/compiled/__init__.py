"""Queries compiled: a whole operation as one SQL statement, whose result is the answer's JSON.

From the same declarations that loaders go by (`resolvers/declarations.py`). What the compiler does
not know sends the whole operation down the plain path: Strawberry's executor with loaders.
"""
