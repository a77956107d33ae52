"""What the page on speed says is counted from the measured rounds."""

import pytest

from il6review import speed


def line(job, way, number, seconds, runs=10, **rest):
    found = {"job": job, "way": way, "round": number, "runs": runs, "seconds": seconds, "peak_mb": 100, "load": 1}
    return {name: str(value) for name, value in (found | {"cores": 2, "python": "3"} | rest).items()}


def measured(**seconds):
    """Two rounds; the second takes twice as long throughout."""
    base = {
        speed.COMMAND: 100, speed.COLD: 10, speed.UNCHANGED: 1, speed.ONE_VALUE: 9, speed.FLOOR: 5, speed.BOOK: 10,
        speed.TRIVIAL: 7, speed.THREADS: 100, speed.ONE_WORKER: 201, speed.TWO_WORKERS: 110,
    }  # fmt: skip
    base |= {getattr(speed, name): value for name, value in seconds.items()}
    runs = {"trivial": 40, "sweep": 400}
    return [
        line(*way, number, value * number, runs.get(way[0], 10)) for number in (1, 2) for way, value in base.items()
    ]


def figure(key, lines):
    return next(goal for goal in speed.GOALS if goal.key == key).figure(lines)


def test_figures_are_ratios_within_a_round():
    lines = measured()
    assert figure("cold", lines) == [110 / 20] * 2
    assert figure("floor", lines) == [1.0, 1.0]
    assert figure("unchanged", lines) == [100, 100]
    assert figure("overhead", lines) == [0.175, 0.35]
    assert figure("dask", lines) == [1.1, 1.1]


def test_a_round_in_which_one_way_is_missing_does_not_count():
    lines = [one for one in measured() if (one["way"], one["round"]) != ("bare build", "2")]
    assert len(figure("cold", lines)) == 1
    assert len(figure("unchanged", lines)) == 2


@pytest.mark.parametrize(
    ("seconds", "missed"),
    [({}, set()), ({"COLD": 12.1}, {"cold", "floor"}), ({"UNCHANGED": 3.4}, {"unchanged"}),
     ({"TRIVIAL": 8.1}, {"overhead"}), ({"TWO_WORKERS": 116}, {"dask"})],
)  # fmt: skip
def test_a_goal_is_met_when_the_median_keeps_it(seconds, missed):
    lines = measured(**seconds)
    assert {goal.key for goal in speed.GOALS if not goal.met(lines)} == missed
    frame = speed.goals(lines).frame
    assert list(frame["met"]) == ["no" if goal.key in missed else "yes" for goal in speed.GOALS]
    assert speed.numbers(lines)["met"].value == len(speed.GOALS) - len(missed)


def test_model_takes_a_run_from_one_worker_and_is_checked_on_two_other_points():
    lines = [one for one in measured() if one["round"] == "1"]
    model = speed.fitted(lines)
    assert (model.start, model.overhead, model.compute) == (1, 0.5, 0)
    assert model.seconds(400, 2) == 101
    assert model.seconds(1, 1024) == 1.5
    assert speed.with_compute(lines).seconds(10, 1) == 1 + 10 * (0.5 + 0.5)
    threads, workers = speed.checks(lines)
    assert (threads["predicted"], threads["measured"], threads["cores"]) == (101, 100, 2)
    assert workers["ratio"] == pytest.approx(110 / 101)
    assert list(speed.costs(lines).frame["runs"]) == ["1000", "10000", "100000", "1000000"]
    assert speed.costs(lines).frame.iloc[3]["2 cores, h"] == speed.short((1 + 500_000) / 3600)


def test_a_way_that_shares_no_round_with_ours_has_no_ratio():
    lines = [*measured(), line("notebooks", "papermill API", 3, 50)]
    assert speed.ways(lines).frame.set_index("way").loc["papermill API", "times ours"] == ""


def test_tables_write_median_with_range():
    frame = speed.ways(measured()).frame.set_index("way")
    assert frame.loc["papermill command", "seconds"] == "150 (100 to 200)"
    assert frame.loc["papermill command", "times ours"] == "10.0 (10.0 to 10.0)"
    assert frame.loc["Dask two workers", "times ours"] == "1.10 (1.10 to 1.10)"
    assert list(speed.check_table(measured()).frame["way"]) == ["threads", "Dask two workers"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.0035, "0.0035"), (0.25, "0.25"), (9.876, "9.88"), (16.34, "16.3"), (163.4, "163")]
)
def test_small_times_keep_two_digits(value, text):
    assert speed.short(value) == text
