"""What can go wrong with a model file. Every message says what would mend it."""

from emberline.errors import UserError


class ModelError(UserError):
    """The base of all errors of this package."""


class UnknownModel(ModelError):
    """The catalogue has no model of this name."""


class ModelMissing(ModelError):
    """The model has not been fetched, or not wholly."""


class HashMismatch(ModelError):
    """The bytes are not the ones the catalogue promises; they have been, or must be, thrown away."""


class NotGguf(ModelError):
    """The file is not a GGUF file that the engine could load."""


class NoSpace(ModelError):
    """The disk has no room for the model. What was fetched before is kept."""


class DiskFull(NoSpace):
    """The disk filled up in the middle of a fetch. The partial file is removed, to give the space back."""


class Cancelled(ModelError):
    """The caller stopped the fetch; what was fetched so far is kept and the next fetch goes on from there."""


class FetchFailed(ModelError):
    """No source gave the whole file; what came so far is kept and the next fetch goes on from there."""


class SourceFailed(ModelError):
    """One source could not give its bytes; the next one is tried. Never leaves this package."""
