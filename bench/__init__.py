"""What is measured, and the data for it. `./satukan bench NAME` runs a module's `main`."""
