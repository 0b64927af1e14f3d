"""What the machine refuses, as one sentence: a full disk, a folder that cannot be written to, too little memory."""

from __future__ import annotations

import errno

from engine.errors import Refused

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")
"""How torch says so: on a processor by a plain RuntimeError."""


def refusal_of(error: Exception) -> Refused | None:
    """What to say of an error that is nobody's mistake in a program; None for any other, which is a fault of ours."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _tells_of_memory(str(error))):
        return Refused(
            "There is not enough memory for this; give shorter lines, or fewer at once, or train with a smaller batch."
        )
    if not isinstance(error, OSError):
        return None
    where = error.filename or "the output"
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return Refused(
            "The disk is full ({where}): {reason}. Free some of it and try again.", where=where, reason=reason
        )
    if error.errno in _CLOSED:
        return Refused("{where} cannot be written or read: {reason}. Choose another place.", where=where, reason=reason)
    return Refused("{where} cannot be used: {reason}.", where=where, reason=reason)


def _tells_of_memory(sentence: str) -> bool:
    return any(sign in sentence.lower() for sign in _NO_MEMORY)
