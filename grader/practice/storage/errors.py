"""What can be wrong with the database: for whoever runs the server, and with a status and a sentence for a browser."""

from __future__ import annotations

from question_bank.errors import GradpathError
from question_bank.language.words import N_


class StorageError(GradpathError):
    """The database cannot be used now, or not by this version."""

    status = 503
    on_a_page = N_(
        "The server’s database cannot be used just now. What was saved is safe; tell whoever runs this site."
    )
    """For whoever looks at a page: nothing of the machine, and a sentence of the catalogues."""


class NewerDatabase(StorageError):
    """The database was written by a later version of the program."""


class Busy(StorageError):
    """Somebody else holds the database, or it does not answer; it may work in a moment."""

    on_a_page = N_("Too many people write at once, or the database does not answer. Try again in a moment.")


class Full(StorageError):
    """There is no room left to write to."""

    status = 507
    on_a_page = N_("The server has no room left. What was saved is safe; tell whoever runs this site.")
