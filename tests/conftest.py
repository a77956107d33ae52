"""Settings shared by all tests."""

from hypothesis import settings

# The same examples on every machine, and no time limit on a busy one: a red test must mean a wrong number.
settings.register_profile("project", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("project")
