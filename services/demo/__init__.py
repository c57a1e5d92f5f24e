"""Demo data: an Indonesian shop and its customers, of any size, the same every time."""
