"""The root fields of mutations, one file an entity."""
