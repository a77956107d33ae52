"""The book: staging, the Jupyter Book build, and the Sphinx roles and directives for claims."""

from .build import PublishError, book
from .own import Own

__all__ = ["Own", "PublishError", "book"]
