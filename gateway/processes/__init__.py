"""What each process of an installation runs: `python -m gateway.processes.serving` and others."""
