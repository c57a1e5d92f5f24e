"""Nothing of one workspace is reached with the key of another: found from the schema itself."""
