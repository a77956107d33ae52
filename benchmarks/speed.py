"""Time a REML fit beside metafor, PyMARE and pimeta, in one run, and write `speed.csv`. See README.md.

Each tool fits the same simulated data set (seeded, named synthetic) over several rounds, in turn, so that a busy
machine slows all of them. A tool that takes longer than a fifth of a second at one size is not asked for a larger one.
The universes of a claim that rests on thirteen studies are timed too, and written to `universes.csv`: six estimators
and two intervals, with none, each and each pair of studies left out.
"""

import argparse
import csv
import random
import shutil
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
import pimeta
from pymare.estimators import VarianceBasedLikelihoodEstimator

from il6review.stats import pooling, sensitivity

HERE = Path(__file__).resolve().parent
SIZES = (13, 100, 1_000, 10_000)
SLOW = 0.2


def synthetic(k: int) -> tuple[list[float], list[float]]:
    """Draw k study effects around 0.5 with tau² 0.1, and their variances."""
    draw = random.Random(k)
    vi = [draw.uniform(0.02, 0.3) for _ in range(k)]
    return [draw.gauss(0.5, (0.1 + v) ** 0.5) for v in vi], vi


def timed(fit) -> float:
    """Give the seconds of one call."""
    start = time.perf_counter()
    fit()
    return time.perf_counter() - start


def ours(yi: list[float], vi: list[float]):
    """Fit with our functions: estimate, standard error and interval."""
    return lambda: pooling.fit(yi, vi, method="REML", interval="wald")


def pymare(yi: list[float], vi: list[float]):
    """Fit with PyMARE."""
    y, v, x = np.array(yi)[:, None], np.array(vi)[:, None], np.ones((len(yi), 1))
    return lambda: VarianceBasedLikelihoodEstimator(method="reml", small_sample_correction="wald").fit(y, v, x)


def pimeta_fit(yi: list[float], vi: list[float]):
    """Fit with pimeta."""
    y, v = np.array(yi), np.array(vi)
    return lambda: pimeta.rma(yi=y, vi=v, method="REML")


TOOLS = {
    f"il6review {version('il6review')}": ours,
    f"PyMARE {version('pymare')}": pymare,
    f"pimeta {version('pimeta')}": pimeta_fit,
}


def metafor(yi: list[float], vi: list[float], rounds: int) -> tuple[str, list[float]]:
    """Time metafor in its own process, without its start."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.csv")
        path.write_text("yi,vi\n" + "".join(f"{y!r},{v!r}\n" for y, v in zip(yi, vi, strict=True)), encoding="utf-8")
        command = ["Rscript", str(HERE / "metafor.R"), "speed", str(path), str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, *seconds = done.stdout.splitlines()
    return f"metafor {first.split()[1]}", [float(line) for line in seconds]


def spread(seconds: list[float]) -> dict[str, str]:
    """Give rounds, minimum, median and maximum, in milliseconds."""
    found = {"min_ms": min(seconds), "median_ms": median(seconds), "max_ms": max(seconds)}
    return {"rounds": str(len(seconds))} | {name: f"{1000 * value:.3f}" for name, value in found.items()}


def universes(rounds: int) -> dict[str, str]:
    """Time the universes of thirteen studies, each read in one way."""
    data = zip(*synthetic(13), strict=True)
    studies = [[sensitivity.StudyReading(f"study {row}", y, v)] for row, (y, v) in enumerate(data, 1)]
    left_out = sensitivity.leave_out([reading.study for (reading,) in studies], 2)
    span = sensitivity.universes(studies, left_out)
    seconds = [timed(lambda: sensitivity.multiverse(span)) for _ in range(rounds)]
    return {"studies": str(len(studies)), "universes": str(span.count)} | spread(seconds)


def write(name: str, lines: list[dict]) -> None:
    """Write a table beside this script."""
    with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def main() -> None:
    """Measure and write the tables: milliseconds as minimum, median and maximum, and the ratio of medians to ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--install-r", action="store_true", help="install R and metafor from Debian's packages first")
    arguments = parser.parse_args()
    if arguments.install_r:
        subprocess.run(["apt-get", "install", "-y", "r-cran-metafor"], check=True)
    lines, slow = [], set()
    for k in SIZES:
        yi, vi = synthetic(k)
        seconds: dict[str, list[float]] = {tool: [] for tool in TOOLS if tool not in slow}
        fits = {tool: TOOLS[tool](yi, vi) for tool in seconds}
        for fit in fits.values():
            fit()
        for _ in range(arguments.rounds):
            for tool, fit in fits.items():
                seconds[tool].append(timed(fit))
        if shutil.which("Rscript") and "metafor" not in slow:
            tool, seconds_of_r = metafor(yi, vi, arguments.rounds)
            seconds[tool] = seconds_of_r
        slow |= {
            tool.split()[0] if tool.startswith("metafor") else tool for tool in seconds if median(seconds[tool]) > SLOW
        }
        own = median(seconds[next(iter(TOOLS))])
        for tool, found in seconds.items():
            line = {"k": k, "tool": tool} | spread(found) | {"ratio": f"{median(found) / own:.2f}"}
            lines.append(line)
            print(f"{k:6} {tool:18} {line['median_ms']:>12} ms  {line['ratio']:>9} times ours")
    many = universes(arguments.rounds)
    print(f"{many['universes']} universes of {many['studies']} studies: {many['median_ms']} ms")
    write("speed", lines)
    write("universes", [many])


if __name__ == "__main__":
    main()
