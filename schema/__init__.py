"""What clients see: types, fields, inputs and their descriptions, one file an entity."""
