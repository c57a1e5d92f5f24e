"""The process that serves: HTTP in front, everything else composed behind it."""
