"""The parts of the benchmark `outbox`: an installation that is hurt, and those who depend on it."""
