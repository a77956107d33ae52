import pytest

from il6review.plurals import counted


@pytest.mark.parametrize(
    ("given", "said"),
    [((0, "row"), "0 rows"), ((1, "row"), "1 row"), ((2, "row"), "2 rows"), ((2, "study", "studies"), "2 studies")],
)
def test_one_is_singular_and_all_else_plural(given, said):
    assert counted(*given) == said
    assert counted(1, "study", "studies") == "1 study"
