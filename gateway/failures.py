"""What the command line says when it cannot do what it was asked."""


class Failure(Exception):
    """A sentence for the person at the terminal: what went wrong, and what to do about it.

    The command line prints it alone, without a traceback, and ends with exit code 1.
    """
