"""The graph measured: its data, its peers, the load, and what is printed."""
