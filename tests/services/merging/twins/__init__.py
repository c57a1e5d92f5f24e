"""Twin workspaces: one that merges, and one that does all the same but merge."""
