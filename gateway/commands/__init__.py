"""The subcommands of `./satukan`, by what they are about."""
