"""One message with a document, as a file that mail programs open as a draft (RFC 5322)."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from grader.files.safe_names import printable
from question_bank.errors import InputError
from question_bank.language.words import _


def message(
    title: str, name: str, mail: str, sender: str | None, document: str, pdf: bytes, *, is_feedback: bool
) -> bytes:
    """The bytes of a message in the language that is spoken; raises InputError for an address that is none."""
    written = EmailMessage(policy=SMTP)
    try:
        # An address outside of ASCII needs what few servers can: it is refused here and not on the way.
        user, _at, host = mail.rpartition("@")
        written["To"] = Address(printable(name), user, host)
        if sender:
            written["From"] = sender
        written["Subject"] = printable(title)
        mail.encode("ascii")
    except (MessageError, ValueError, IndexError) as error:
        raise InputError(
            f"no address for a message: {mail!r}" + (f" from {sender!r}" if sender else ""),
            expected="one such as ann@example.org",
        ) from error
    written["X-Unsent"] = "1"
    said = (
        _("Your feedback on “{title}” is attached to this message.")
        if is_feedback
        else _(
            "Your sheet for “{title}” is attached to this message. It is for you alone: everybody has other numbers."
        )
    )
    written.set_content(f"{said.format(title=title)}\n")
    written.add_attachment(pdf, maintype="application", subtype="pdf", filename=document)
    return bytes(written)
