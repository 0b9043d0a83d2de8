"""What can be wrong with the database, in words for a person and with the status for a browser."""

from __future__ import annotations

from question_bank.errors import GradpathError


class StorageError(GradpathError):
    """The database cannot be used now, or not by this version."""

    status = 503


class NewerDatabase(StorageError):
    """The database was written by a later version of the program."""


class Busy(StorageError):
    """Somebody else holds the database, or it does not answer; it may work in a moment."""


class Full(StorageError):
    """There is no room left to write to."""

    status = 507
