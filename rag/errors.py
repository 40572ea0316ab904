"""What can go wrong, as exceptions whose message is one clear line for the person.

A message has the value, what was expected, and what to do. They are caught at the boundary (command
line, page). A refusal to answer is not an error: it is an `Answer`.
"""


class RagError(Exception):
    """The base of every error that a person should see as one line."""


class UnreadableDocument(RagError):
    """A file that cannot be turned into text; the rest of its collection is still read."""


class DocumentAway(UnreadableDocument):
    """A file that cannot be looked into now: what was read of it before may still be true."""


class ModelNotFound(RagError):
    """A model whose files are missing, damaged, or of a kind that is not loaded."""


class IndexMismatch(RagError):
    """A library that was made by another version, and cannot be brought up to date."""


class LibraryError(RagError):
    """A library that cannot be opened, written or found."""


class SettingsError(RagError):
    """A setting that is unknown, or whose value does not fit."""


class QuestionError(RagError):
    """A question that cannot be asked: empty, or longer than the limit (wrong usage)."""


class QuestionSetError(RagError):
    """A question set, or a line of one, that cannot be read."""


class ReportError(RagError):
    """A report that cannot be written, read or compared."""


class ConversationError(RagError):
    """Conversations that cannot be kept, found or read; answering goes on without."""


class CalibrationError(RagError):
    """Questions by which no threshold can be chosen."""
