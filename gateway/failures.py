"""What the command line says when it cannot do what it was asked."""

from collections.abc import Callable


class Failure(Exception):
    """A sentence for the person at the terminal: what went wrong, and what to do about it.

    The command line prints it alone, without a traceback, and ends with exit code 1.
    """


_SENTENCES: dict[type[Exception], Callable[[Exception], str]] = {Failure: str}


def explain_as(kind: type[Exception], sentence: Callable[[Exception], str]) -> None:
    """From now on an exception of this kind is no bug but an answer, told by `sentence`.

    Modules that load a library say so for its exceptions: the command line itself stays light.
    """
    _SENTENCES[kind] = sentence


def sentence_for(error: Exception) -> str | None:
    """What to tell the person at the terminal; None for what is a bug."""
    for kind in type(error).__mro__:
        if kind in _SENTENCES:
            return _SENTENCES[kind](error)
    return None
