"""The jobs: thin, safe to repeat, and each a call of a service. `settings` is their inventory."""
