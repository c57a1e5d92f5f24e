"""What the benchmarks of subscriptions are made of."""
