"""Count the correct digits of tools that pool, in one run, and write `digits.csv`. See README.md."""

import argparse
import csv
import shutil
import subprocess
import tempfile
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import meta_analyze
import numpy as np
import pimeta
from pymare.estimators import DerSimonianLaird, Hedges, VarianceBasedLikelihoodEstimator
from statsmodels.stats.meta_analysis import combine_effects

from il6review.exactness import QUANTITIES, correct_digits, own_digits, summary, yardstick

HERE = Path(__file__).resolve().parent


def pymare_fit(estimator: str, yi: np.ndarray, vi: np.ndarray) -> dict[str, float]:
    """Fit with PyMARE; its standard error is that of the Wald interval."""
    fitters = {
        "DL": DerSimonianLaird,
        "HE": Hedges,
        "ML": lambda: VarianceBasedLikelihoodEstimator(method="ml", small_sample_correction="wald"),
        "REML": lambda: VarianceBasedLikelihoodEstimator(method="reml", small_sample_correction="wald"),
    }
    fit = fitters[estimator]().fit(yi[:, None], vi[:, None], np.ones((len(yi), 1)))
    found = fit.summary() if hasattr(fit, "summary") else fit
    effects = found.get_fe_stats()
    return {"tau2": float(np.ravel(found.tau2)[0]), "mu": float(effects["est"][0, 0]), "se": float(effects["se"][0, 0])}


def statsmodels_fit(estimator: str, yi: np.ndarray, vi: np.ndarray) -> dict[str, float]:
    """Fit with statsmodels, which has DerSimonian and Laird and Paule and Mandel."""
    found = combine_effects(yi, vi, method_re={"DL": "chi2", "PM": "iterated"}[estimator])
    return {
        "tau2": float(found.tau2),
        "mu": float(found.mean_effect_re),
        "se": float(found.sd_eff_w_re),
        "se_knha": float(found.sd_eff_w_re_hksj),
    }


def pimeta_fit(estimator: str, yi: np.ndarray, vi: np.ndarray) -> dict[str, float]:
    """Fit with pimeta, which calls equal effects fixed."""
    method = "FE" if estimator == "EE" else estimator
    wald = pimeta.rma(yi=yi, vi=vi, method=method)
    knha = pimeta.rma(yi=yi, vi=vi, method=method, test="knha")
    return {"tau2": float(wald.tau2), "mu": float(wald.b[0]), "se": float(wald.se[0]), "se_knha": float(knha.se[0])}


def pymetaanalysis_fit(estimator: str, yi: np.ndarray, vi: np.ndarray) -> dict[str, float]:
    """Fit with PyMetaAnalysis, which is imported as `meta_analyze` and calls equal effects common."""
    how = {"model": "common"} if estimator == "EE" else {"model": "random", "tau2_method": estimator}
    found = meta_analyze.meta_analysis(effect=yi, variance=vi, **how)
    result = {"tau2": float(found.tau2), "mu": float(found.estimate), "se": float(found.standard_error)}
    if estimator != "EE":
        knha = meta_analyze.meta_analysis(effect=yi, variance=vi, ci_method="hartung_knapp", **how)
        result["se_knha"] = float(knha.standard_error)
    return result


PYTHON = {
    "PyMARE": (version("pymare"), pymare_fit, ("DL", "HE", "ML", "REML")),
    "statsmodels": (version("statsmodels"), statsmodels_fit, ("DL", "PM")),
    "pimeta": (version("pimeta"), pimeta_fit, ("EE", "DL", "HE", "HS", "SJ", "PM", "ML", "REML")),
    "PyMetaAnalysis": (version("pymetaanalysis"), pymetaanalysis_fit, ("EE", "DL", "PM", "REML")),
}


def python_digits(cases: dict) -> list[dict]:
    """Count the digits of the Python packages."""
    lines = []
    for tool, (number, fit, estimators) in PYTHON.items():
        for estimator in estimators:
            digits = defaultdict(list)
            for case in cases.values():
                found = fit(estimator, np.array(case["yi"]), np.array(case["vi"]))
                for quantity, value in found.items():
                    digits[quantity].append(correct_digits(value, case["exact"][estimator][quantity]))
            lines += [summary(tool, number, estimator, quantity, found) for quantity, found in digits.items()]
    return lines


def metafor_digits(cases: dict) -> list[dict]:
    """Count the digits of metafor, with its default control and with a tight one."""
    with tempfile.TemporaryDirectory() as folder:
        for name, case in cases.items():
            pairs = "".join(f"{y!r},{v!r}\n" for y, v in zip(case["yi"], case["vi"], strict=True))
            Path(folder, f"{name}.csv").write_text("yi,vi\n" + pairs, encoding="utf-8")
        command = ["Rscript", str(HERE / "metafor.R"), "digits", folder]
        first, *lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    digits = defaultdict(list)
    for line in lines:
        name, estimator, control, *values = line.split()
        for quantity, value in zip(QUANTITIES, values, strict=True):
            exact = cases[name]["exact"][estimator][quantity]
            digits[control, estimator, quantity].append(correct_digits(float(value), exact))
    return [
        summary(f"metafor, {control}", first.split()[1], estimator, quantity, found)
        for (control, estimator, quantity), found in digits.items()
    ]


def main() -> None:
    """Measure all and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install-r", action="store_true", help="install R and metafor from Debian's packages first")
    if parser.parse_args().install_r:
        subprocess.run(["apt-get", "install", "-y", "r-cran-metafor"], check=True)
    cases = yardstick()
    lines = [*own_digits(), *python_digits(cases)]
    if shutil.which("Rscript"):
        lines += metafor_digits(cases)
    else:
        print("R is not here: metafor is left out. Mend: --install-r")
    with (HERE / "digits.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(line for line in lines if line["tool"] != "il6review")
    for line in lines:
        if line["quantity"] in ("tau2", "mu"):
            print(f"{line['tool']:18}{line['estimator']:6}{line['quantity']:6}{line['fewest']:6}{line['median']:6}")


if __name__ == "__main__":
    main()
