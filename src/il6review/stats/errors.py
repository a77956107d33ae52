"""Errors of the statistics."""


class StatsError(ValueError):
    """The numbers given cannot be computed with. The message says which, where, and what was expected."""


class NotConverged(StatsError):
    """A numerical search found no answer."""
