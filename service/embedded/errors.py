"""Why an embedded server cannot run, in words for the person who must act."""

from __future__ import annotations

__all__ = ["EmbeddedError", "FolderInUse", "NotInstalled", "NotPrivate"]


class EmbeddedError(RuntimeError):
    """The server did not start, or did not answer in time. The message says what to do."""


class FolderInUse(EmbeddedError):
    """Another efface is running on this data folder. Stop it, or name another folder."""


class NotInstalled(EmbeddedError):
    """No usable program was found, neither in the installed packages nor on this machine."""


class NotPrivate(EmbeddedError):
    """The folder may be entered by others, or belongs to somebody else. Its owner must decide."""
