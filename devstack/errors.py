"""The one kind of failure `./dev` explains instead of showing a traceback."""


class DevError(Exception):
    """Something a person can mend.

    message: what went wrong, in one line.
    mend: what to do about it.
    output: closing lines of the program that failed, if one did.
    """

    def __init__(self, message: str, *, mend: str = "", output: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.output = output
