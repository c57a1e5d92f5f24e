"""Lists written as text, so that they can be read and added to easily."""


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


def phrases(text: str) -> list[str]:
    """What stands between bars."""
    return text.split("|")
