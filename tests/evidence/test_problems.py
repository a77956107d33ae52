"""A problem says what, where, what was expected and how to mend it."""

import pytest

from il6review.evidence import EvidenceError, Problem


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (
            Problem("groups.csv", 12, "spread", "-3", "a number >= 0", "read it again."),
            'groups.csv, line 12, column spread: found "-3", expected a number >= 0. Mend: read it again.',
        ),
        (
            Problem("groups.csv", 12, "n", "", "a whole number", "fill it in."),
            "groups.csv, line 12, column n: found an empty cell, expected a whole number. Mend: fill it in.",
        ),
        (
            Problem("groups.csv", 2, "note", "a\n" + "b" * 99, "text", "cut it."),
            f'groups.csv, line 2, column note: found "a\\n{"b" * 57}...", expected text. Mend: cut it.',
        ),
        (Problem("x.csv", None, None, None, "a table", "add it."), "x.csv: expected a table. Mend: add it."),
    ],
)
def test_a_problem_reads_as_one_sentence_and_a_remedy(problem, message):
    assert str(problem) == message


def test_a_column_name_from_a_file_stays_on_one_line():
    problem = Problem("x.csv", 1, "a\n\tb" + "c" * 99, None, "a", "b")
    assert str(problem) == f"x.csv, line 1, column a\\n\\tb{'c' * 54}...: expected a. Mend: b"


def test_an_error_counts_reasons_that_are_not_kept():
    problems = [Problem(f"t{i}.csv", None, None, None, "a", "b") for i in range(21)]
    assert str(EvidenceError(problems, 1000)).splitlines()[-1] == "and 980 more"


@pytest.mark.parametrize(("count", "last"), [(20, "t19.csv: expected a. Mend: b"), (23, "and 3 more")])
def test_an_error_lists_twenty_problems_and_counts_the_rest(count, last):
    error = EvidenceError([Problem(f"t{i}.csv", None, None, None, "a", "b") for i in range(count)])
    lines = str(error).splitlines()
    assert len(lines) == min(count, 21)
    assert lines[-1] == last
    assert len(error.problems) == count
