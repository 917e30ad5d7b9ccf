"""Every error a person can cause, as one tree.

::

    ExplorerError            one clear sentence: expected, found, what to do
    ├── SourceError          the images, table or predictions to read are not usable
    │   ├── ImageError       one image cannot be decoded (the build lists it and goes on)
    │   └── UnmatchedError   hardly any label or prediction is of these images
    ├── ModelError           the CLIP model cannot be loaded, or lacks what was asked of it
    │   └── HubError         it is not on this machine, and where it would come from does not answer
    ├── WorkspaceError       the workspace is missing, foreign, locked or damaged
    ├── SubsetError          a subset is unknown, or its name is taken
    ├── ViewError            a saved view is unknown, or its name is taken
    ├── FindingError         a finding is unknown, or no reason is given to dismiss it
    ├── CorrectionError      a label cannot be corrected or confirmed
    ├── CategoryError        a category is unknown, its name is taken, or what is said of it cannot be
    ├── ReviewError          a round cannot be held as asked, or a verdict cannot be taken
    └── ExportError          the export cannot be written
"""

from __future__ import annotations

import re

_SECRETS = (
    re.compile(r"(\bpostgres(?:ql)?(?:\+\w+)?:/*[^:@/?\s]*:).*(?=@)", re.IGNORECASE),
    re.compile(r"(\b\w*pass(?:word)?\s*=\s*)(?:'[^']*'?|[^\s&]+)", re.IGNORECASE),
)


def without_secrets(text: str) -> str:
    """The text with `***` in place of passwords, of a PostgreSQL URL or in the form `password=`."""
    for secret in _SECRETS:
        text = secret.sub(r"\1***", text)
    return text


_OPENED = re.compile(r"<urlopen error (.*?)>")
_NUMBER = re.compile(r"\[(?:Errno|WinError) -?\d+\] ", re.IGNORECASE)
_NO_NETWORK = re.compile(
    r"Name or service not known|Temporary failure in name resolution|No address associated with hostname"
    r"|nodename nor servname provided, or not known|getaddrinfo failed"
)


def in_words(text: str) -> str:
    """What the system says in a text without its numbers: `No such file` for `[Errno 2] No such file`."""
    return _NO_NETWORK.sub("its address is not found, as without a network", _NUMBER.sub("", _OPENED.sub(r"\1", text)))


class ExplorerError(Exception):
    """Base of all errors whose message is written for the person using the tool; none shows a password."""

    def __init__(self, message: str) -> None:
        super().__init__(in_words(without_secrets(message)))


class SourceError(ExplorerError):
    """The images, the table or the predictions cannot be used."""


class ImageError(SourceError):
    """One image cannot be decoded; its message is the reason listed for the skipped image."""


class UnmatchedError(SourceError):
    """Less than a tenth of a file of labels or predictions is of these images, and nobody said that it is meant."""


class ModelError(ExplorerError):
    """The embedding model cannot be loaded, or cannot do what was asked."""


class HubError(ModelError):
    """A model is not on this machine, and where it would come from does not answer.

    Attributes:
        why: that, without what a command line can do about it.
    """

    def __init__(self, why: str, ways: str) -> None:
        super().__init__(f"{why} {ways}")
        self.why = in_words(why)


class WorkspaceError(ExplorerError):
    """The workspace is missing, foreign, locked by another build, or damaged."""


class SubsetError(ExplorerError):
    """A subset is unknown, or its name is empty or taken."""


class ViewError(ExplorerError):
    """A saved view is unknown, or its name is empty or taken."""


class FindingError(ExplorerError):
    """A finding is unknown, or it is to be dismissed without a reason."""


class CorrectionError(ExplorerError):
    """A label cannot be corrected or confirmed: the image is unknown, has no label, or no class was given."""


class CategoryError(ExplorerError):
    """A category is unknown, its name is empty or taken, or what is said of it cannot be."""


class ReviewError(ExplorerError):
    """A round is unknown, its protocol cannot be followed, or a verdict cannot be taken."""


class ExportError(ExplorerError):
    """An export cannot be written."""
