"""A reader's own table as rows of the evidence base: which columns they fill, and which questions they bear on."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from ..evidence import EvidenceError, Problem
from ..evidence.exports import formula_safe
from ..evidence.own import OwnTable
from ..evidence.own_cells import CONTROLS, CONVERTED, role_of
from ..evidence.own_tables import KIND, LINKS, OWN, ROW, SOURCES
from ..evidence.problems import nearest
from ..evidence.rules import values_as_printed
from ..plurals import counted
from ..stats import censored, conversions
from ..stats.errors import StatsError
from .cohort import MEANS, ROLES, Cohort, Contrast, Group, Ratio, Summary, cohorts, summary_contrasts
from .review import Review, Row
from .rules import Question, load, questions, questions_of
from .stages import ordered_sets
from .synthesis import Unusable, answer, control_pairs, mean_and_sd

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[str, str]
#: How a locator begins that the reader did not give.
NO_PLACE = "own table"
#: How own rows go with the others: beside them, in place of those of the same chapter and analyte, or alone.
MODES = ("add", "replace", "alone")
#: The column that numbers the rows of a table, and the one that says what was measured.
KEYS = {"groups": "row_id", "comparisons": "comparison_id", "correlations": "row_id", "proportions": "row_id"}
MEASURED = {"groups": "analyte", "correlations": "x", "proportions": "outcome"}
#: Above this ratio of SD to mean, values that cannot be negative are skewed (Altman and Bland 1996, BMJ 313:1200).
SKEWED = 0.5


@dataclass(frozen=True)
class OwnRows:
    """Rows of a reader, ready for the tables of the evidence base.

    `tables` holds the cells of each row by table; `links` the pairs of row and question that hold whatever words the
    row uses for its population; `cohorts` what was found in a table of persons.
    """

    chapters: tuple[str, ...]
    tables: Mapping[str, list[Cells]]
    sources: list[Cells]
    links: list[Cells]
    cohorts: tuple[Cohort, ...]
    notes: tuple[str, ...]

    @property
    def all_tables(self) -> dict[str, list[Cells]]:
        """All that goes into a copy of the evidence base: the rows by table, their sources and links."""
        return {**self.tables, SOURCES: self.sources, LINKS: self.links}

    @property
    def ids(self) -> tuple[str, ...]:
        """The numbers of all rows, in order."""
        return tuple(row[KEYS[table]] for table, rows in self.tables.items() for row in rows)


def own_rows(
    table: OwnTable,
    name: str,
    claims: Collection[str],
    known: Mapping[str, str],
    chapter: str = "",
    alpha: float = 0.05,
) -> OwnRows:
    """Turn a reader's own table into rows of the evidence base.

    `name` becomes the key of the source; `claims` names claims that the rows bear on; `known` gives the chapter of
    each claim of the evidence base; `chapter` is that of rows which name none.

    Raises EvidenceError where the table has a problem, a claim is unknown, or a row has no chapter.
    """
    frame = table.sound()
    _refuse_unknown(table, frame, claims, known)
    chapters = _chapters(table, frame, claims, known, chapter)
    keys = _keys(frame, name)
    build = {"persons": _persons, "groups": _groups}.get(table.kind.name, _plain)
    tables, found, notes = build(table, frame, chapters, keys, sorted(claims), alpha)
    tables = {name: [_tidy(row) for row in rows] for name, rows in tables.items()}
    number = 0
    for kind, rows in tables.items():
        for row in rows:
            number += 1
            row[KEYS[kind]] = f"{ROW}{number:03}"
    return OwnRows(
        chapters=tuple(dict.fromkeys(chapters)),
        tables=tables,
        sources=[_source(key, Path(table.file).name) for key in dict.fromkeys(keys)],
        links=[_tidy(link) for kind, rows in tables.items() for link in _links(kind, rows, claims)],
        cohorts=found,
        notes=tuple(notes),
    )


def _refuse_unknown(table: OwnTable, frame: pd.DataFrame, claims: Collection[str], known: Mapping[str, str]) -> None:
    """Raise EvidenceError for a claim that the evidence base does not have."""
    problems = [
        Problem("--claims", None, None, claim, "a claim of claims.csv", f"{nearest(claim, known)}See: il6review claims")
        for claim in sorted(claims)
        if claim not in known
    ]
    if "claim_ids" in frame:
        for line, cell in zip(frame["line"], frame["claim_ids"], strict=True):
            for claim in filter(None, cell.split(";")):
                if claim not in known:
                    mend = f"{nearest(claim, known)}See: il6review claims"
                    problems.append(Problem(table.file, line, "claim_ids", claim, "a claim of claims.csv", mend))
    if problems:
        raise EvidenceError(problems)


def _chapters(
    table: OwnTable, frame: pd.DataFrame, claims: Collection[str], known: Mapping[str, str], chapter: str
) -> list[str]:
    """Give the chapter of each row: its own, that of its claims, or that of the run."""
    found, problems = [], []
    given = next((known[claim] for claim in sorted(claims)), "") or chapter
    linked = frame["claim_ids"] if "claim_ids" in frame else [""] * len(frame)
    for line, own, cell in zip(frame["line"], frame["chapter"], linked, strict=True):
        of_claim = known[cell.split(";")[0]] if cell else ""
        found.append(own or of_claim or given)
        if not found[-1]:
            mend = "fill it in, or say --set chapter=ra_serum_levels, or name the chapter to run, or --claims."
            problems.append(Problem(table.file, line, "chapter", "", "the chapter that the row belongs to", mend))
    if problems:
        raise EvidenceError(problems)
    return found


def _keys(frame: pd.DataFrame, name: str) -> list[str]:
    """Give the key of the source of each row: one study is Own_NAME, several keep their keys behind it."""
    several = frame["source_key"].nunique() > 1
    return [f"{OWN}{name}_{key}" if several else f"{OWN}{name}" for key in frame["source_key"]]


def _source(key: str, file: str) -> Cells:
    return {"source_key": key, "kind": KIND, "title": _text(f"Own table {file}"), "read_as": "table"}


def _text(value: object) -> str:
    """Give a cell as the evidence base holds text: on one line, without spaces around it, and no formula."""
    return str(formula_safe(" ".join(re.sub(r"[\x00-\x1f\x7f]", " ", str(value)).split())))


def _tidy(row: Mapping[str, object]) -> Cells:
    return {name: _text(value) for name, value in row.items()}


def number(value: object) -> str:
    """Write a number in plain decimals, with as many digits as it has; nothing for a missing one."""
    if value is None or value != value:
        return ""
    text = format(Decimal(repr(float(value))), "f")
    return text.removesuffix(".0")


def _plain(
    table: OwnTable, frame: pd.DataFrame, chapters: Sequence[str], keys: Sequence[str], claims: Sequence[str], _: float
) -> tuple[dict[str, list[Cells]], tuple, list[str]]:
    """Take over comparisons, correlations or proportions, which have the columns of the evidence base."""
    rows = []
    columns = [field for field in table.kind.fields if field["name"] not in ("source_key", "chapter")]
    for position, cells in enumerate(_records(frame)):
        row = {field["name"]: _cell(field, cells) for field in columns}
        row |= {"source_key": keys[position], "chapter": chapters[position]}
        row["locator"] = row["locator"] or f"{NO_PLACE}, line {cells['line']}"
        if table.kind.name == "comparisons":
            row["claim_ids"] = row["claim_ids"] or ";".join(claims)
            row["population"] = row["population"] or "own study"
        else:
            row |= {"extractors": "own", "agreement": "single"}
        if table.kind.name == "correlations":
            row["population"] = row["population"] or "own study"
            row["direction_only"] = "no" if row["r"] else "yes"
        if table.kind.name == "proportions":
            row["trial"] = row["trial"] or keys[position]
            row["arm"] = _arm(row["arm"])
        rows.append(row)
    return {table.kind.name: rows}, (), []


def _arm(name: str) -> str:
    """Give an arm the word by which a question knows it, where it differs in capitals alone."""
    rules = [question.proportions for question in questions().values() if question.proportions]
    words = [word for rule in rules for word in (*rule["arms"], *rule["controls"])]
    return next((word for word in words if word.casefold() == name.casefold()), name)


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.to_dict("records")


def _cell(field: Mapping, cells: Mapping[str, object]) -> object:
    value = cells[field["name"]]
    return number(value) if field["type"] in ("number", "integer") else value or ""


VALUES = ("centre", "spread", "spread_low", "spread_high")


def _groups(
    table: OwnTable,
    frame: pd.DataFrame,
    chapters: Sequence[str],
    keys: Sequence[str],
    claims: Sequence[str],
    alpha: float,
) -> tuple[dict[str, list[Cells]], tuple, list[str]]:
    """Take over group summaries, in the unit in which the analyte is compared where that is another.

    Where stages or cases stand beside others, the contrasts that claims state are taken as comparisons that vote, and
    all stages together stand against the controls.
    """
    rows = []
    for position, cells in enumerate(_records(frame)):
        role = cells["role"] or role_of(cells["group_label"], cells["order"])
        row = {
            **{name: cells[name] for name in ("species", "sample", "assay", "statistic", "p_reported", "url")},
            "source_key": keys[position],
            "comparison_set": cells["comparison_set"]
            or "-".join(filter(None, (keys[position], cells["analyte_known"], cells["sample"]))),
            "chapter": chapters[position],
            "population": cells["population"] or "own study",
            "group_label": _label(cells["group_label"], role),
            "role": role,
            "order": number(cells["order"]),
            "analyte": cells["analyte_known"],
            "n": number(cells["n"]),
            "locator": cells["locator"] or f"{NO_PLACE}, line {cells['line']}",
            "extractors": "own",
            "agreement": "single",
        }
        rows.append(row | _measured(cells))
    comparisons, notes = [], []
    for members in _sets(rows):
        first = members[0]
        found, said = summary_contrasts(first["analyte"], first["chapter"], list(_read(members)), claims, alpha)
        stated = [contrast for contrast in found if contrast.claims]
        comparisons += [_comparison(first["analyte"], first["sample"], contrast, first, stated) for contrast in stated]
        notes += [f"{first['comparison_set']}: {note}" for note in said] if stated else []
        rows += _all_stages(members)
    return {name: rows for name, rows in (("groups", rows), ("comparisons", comparisons)) if rows}, (), notes


def _sets(rows: Sequence[Cells]) -> list[list[Cells]]:
    """Give the rows that are read together, in blood."""
    blood = load("words.yaml")["blood"]
    sets: dict[tuple[str, str], list[Cells]] = {}
    for row in rows:
        if (row["sample"] or "") in blood:
            sets.setdefault((row["comparison_set"], row["unit"]), []).append(row)
    return list(sets.values())


def _read(rows: Iterable[Cells]) -> Iterable[Summary]:
    """Give mean and SD of the groups that can be compared, in their order; others are left out."""
    compared = [row for row in rows if row["role"] in ROLES]
    for row in sorted(compared, key=lambda row: (ROLES.index(row["role"]), int(row["order"] or 0))):
        numbers = {name: float(row[name]) if row[name] else None for name in VALUES}
        try:
            found, _ = mean_and_sd({**row, **numbers, "n": int(row["n"])}, "exclude")
        except (Unusable, StatsError):
            continue
        if found.sd > 0 and int(row["n"]) > 1:
            stage = int(row["order"]) if row["role"] == "stage" and row["order"] else None
            yield Summary(row["group_label"], row["role"], stage, found.mean, found.sd, int(row["n"]))


def _all_stages(rows: Sequence[Cells]) -> list[Cells]:
    """Give the row of all stages together, where each can be read and controls but no cases stand beside them."""
    roles = {row["role"] for row in rows}
    stages = [summary for summary in _read(rows) if summary.stage is not None]
    if "control" not in roles or "case" in roles or len(stages) < max(1, sum(row["role"] == "stage" for row in rows)):
        return []
    whole = conversions.combine_groups(*zip(*((one.mean, one.sd, one.n) for one in stages), strict=True))
    centre, spread = (format(Decimal(f"{value:.6g}"), "f") for value in (whole.mean, whole.sd))
    kept = ("source_key", "comparison_set", "chapter", "population", "species", "analyte", "sample", "unit", "url")
    return [
        {
            **{name: rows[0][name] for name in kept},
            "group_label": load("own.yaml")["all_stages"],
            "role": "case",
            "order": "",
            "n": str(whole.n),
            "statistic": "mean_sd",
            "centre": centre,
            "spread": spread,
            "as_reported": f"mean {centre}, SD {spread}",
            "locator": rows[0]["locator"],
            "extractors": "own",
            "agreement": "single",
            "note": f"combined from {counted(len(stages), 'stage')}",
        }
    ]


def _label(label: str, role: str) -> str:
    """Give controls the name under which people without arthritis are known."""
    plain = label.casefold()
    known = load("words.yaml")["controls"]
    return plain if role == "control" and plain in known else "controls" if plain in CONTROLS else label


def _measured(cells: Mapping[str, object]) -> Cells:
    """Give values, unit and note: as printed, or converted with the printed ones in the note."""
    # A column that the file lacks has no converted one.
    converted = {name: cells.get(name + CONVERTED) for name in VALUES}
    same = cells["unit_converted"] == cells["unit"] or all(
        cells[name] == converted[name] for name in VALUES if cells[name] is not None
    )
    if same or (cells["centre"] is not None and converted["centre"] is None):
        values = {name: number(cells[name]) for name in VALUES}
        below = cells["centre"] is None
        printed = cells["centre_printed"] if below else _standing(cells["as_reported"], values)
        note = "" if printed == cells["as_reported"] or below else f"printed: {cells['as_reported']}"
        return {**values, "unit": cells["unit"], "as_reported": printed, "note": _joined(cells["note"], note)}
    shown = cells["as_reported"] or cells["centre_printed"]
    note = f"printed: {shown} {cells['unit']}, converted to {cells['unit_converted']}"
    return {
        **{name: number(value) for name, value in converted.items()},
        "unit": cells["unit_converted"],
        "as_reported": "",
        "note": _joined(cells["note"], note),
    }


def _standing(printed: str, values: Mapping[str, str]) -> str:
    """Give the printed string, with a decimal point for a comma where so its values stand in it; else nothing."""
    for text in (printed, printed.replace(",", ".")):
        if not any(values_as_printed({"as_reported": text, **values})):
            return text
    return ""


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))


def _persons(
    table: OwnTable,
    frame: pd.DataFrame,
    chapters: Sequence[str],
    keys: Sequence[str],
    claims: Sequence[str],
    alpha: float,
) -> tuple[dict[str, list[Cells]], tuple[Cohort, ...], list[str]]:
    """Summarise persons by group, and take the contrasts of each cohort as comparisons that vote."""
    tables: dict[str, list[Cells]] = {"groups": [], "comparisons": []}
    every: list[Cohort] = []
    frame = frame.assign(own_key=keys, own_chapter=chapters)
    for (key, chapter), rows in frame.groupby(["own_key", "own_chapter"], sort=False):
        first = rows.iloc[0]
        shared = {
            "source_key": key,
            "chapter": chapter,
            "population": first["population"] or "own study",
            "species": first["species"],
            "assay": first["assay"],
            "locator": _whole(rows["locator"]) or f"{NO_PLACE} {Path(table.file).name}, one row per person",
            "url": _whole(rows["url"]),
        }
        found = cohorts(rows, chapter, claims, alpha)
        every += found
        for one in found:
            tables["groups"] += _summaries(one, shared)
            tables["comparisons"] += [
                _comparison(one.analyte, one.sample, contrast, shared, one.contrasts) for contrast in one.contrasts
            ]
    tables = {name: rows for name, rows in tables.items() if rows}
    notes = [f"{one.name}: {note}" for one in every for note in one.notes]
    return tables, tuple(every), notes


def _whole(cells: Iterable[str]) -> str:
    """Give the one text that all cells hold; nothing where one differs."""
    different = set(cells)
    return different.pop() if len(different) == 1 else ""


def _summaries(cohort: Cohort, shared: Mapping[str, str]) -> list[Cells]:
    """Give one row for each group, and one for all stages together where controls stand beside them."""
    groups = list(cohort.groups)
    roles = {group.role for group in groups}
    if cohort.stages and "control" in roles and "case" not in roles:
        groups.append(
            Group(
                load("own.yaml")["all_stages"],
                "case",
                None,
                tuple(value for stage in cohort.stages for value in stage.values),
                tuple(limit for stage in cohort.stages for limit in stage.limits),
            )
        )
    return [_summary(cohort, group, shared) for group in groups]


def _summary(cohort: Cohort, group: Group, shared: Mapping[str, str]) -> Cells:
    """Summarise one group by mean and SD; where values lie below detection, by the likelihood of a log-normal."""
    found = censored.below_detection(group.values, group.limits)
    by_likelihood = found.censored if group.limits else None
    mean, sd = ((by_likelihood or found.half).mean, (by_likelihood or found.half).sd)
    centre, spread = (format(Decimal(f"{value:.6g}"), "f") for value in (mean, sd))
    notes = ["summarised from one row per person"]
    if group.limits:
        way = "log-normal likelihood" if by_likelihood else f"limit / 2 ({found.reason})"
        notes.append(f"{found.below} of {found.n} below detection: mean and SD by {way}")
        if by_likelihood:
            notes.append(f"with limit / 2 they are {found.half.mean:.4g} and {found.half.sd:.4g}")
    if sd > SKEWED * mean:
        notes.append(_skewed(group))
    row = {
        **shared,
        "comparison_set": "-".join(filter(None, (shared["source_key"], cohort.analyte, cohort.sample, cohort.time))),
        "group_label": _label(group.name, group.role),
        "role": group.role,
        "order": number(group.stage),
        "analyte": cohort.analyte,
        "sample": cohort.sample,
        "unit": cohort.unit,
        "n": str(group.n),
        "extractors": "own",
        "agreement": "single",
        "note": "; ".join(filter(None, notes)),
    }
    if sd == 0:
        return row | {"statistic": "mean_only", "centre": centre, "spread": "", "as_reported": centre}
    return row | {
        "statistic": "mean_sd",
        "centre": centre,
        "spread": spread,
        "as_reported": f"mean {centre}, SD {spread}{_quartiles(group)}",
    }


def _skewed(group: Group) -> str:
    """Say that a group is skewed, with its mean and SD on the logarithm where they exist."""
    try:
        fit = censored.log_normal(group.values, group.limits)
    except StatsError:
        return "skewed"
    return f"skewed: on the natural logarithm mean {fit.mean_log:.4g}, SD {fit.sd_log:.4g}"


def _quartiles(group: Group) -> str:
    """Give median and quartiles as text, where nothing lies below detection."""
    if group.limits or group.n < 4:
        return ""
    # The quantiles of type 7, which R and NumPy take by default.
    from statistics import quantiles

    low, median, high = quantiles(group.values, n=4, method="inclusive")
    return f"; median {median:.6g}, quartiles {low:.6g} to {high:.6g}"


def _comparison(
    analyte: str, sample: str, contrast: Contrast, shared: Mapping[str, str], family: Sequence[Contrast]
) -> Cells:
    """Give one contrast as a comparison that votes for the claims that state it."""
    adjusted = f"{contrast.test}, P adjusted by Holm over {counted(len(family), 'contrast')}"
    share = [] if contrast.superiority is None else [f"{100 * contrast.superiority:.0f} % of pairs higher"]
    ratios = [_ratio(ratio) for ratio in contrast.ratios if ratio.estimate is not None]
    return {
        **{name: shared[name] for name in ("source_key", "chapter", "population", "species", "locator", "url")},
        "claim_ids": ";".join(contrast.claims),
        "outcome": f"{analyte} ({sample or 'sample not told'})",
        "group_a": contrast.higher.name,
        "group_b": contrast.lower.name,
        "n_a": str(contrast.higher.n),
        "n_b": str(contrast.lower.n),
        "direction": contrast.direction,
        "p_reported": printed(contrast.p_holm),
        "test_reported": adjusted,
        "design": "independent",
        "unit_of_analysis": "patient",
        "note": "; ".join([*share, *ratios]),
    }


def _ratio(ratio: Ratio) -> str:
    """Say a ratio with its interval and the way in which it was taken."""
    text = f"{ratio.estimate:.3g} ({ratio.ci_low:.3g} to {ratio.ci_high:.3g})"
    return f"ratio of means {text}" if ratio.way == MEANS else f"ratio of geometric means {text} by {ratio.way}"


def printed(p: float) -> str:
    """Write a P as the column p_reported takes it."""
    if p < 0.0001:
        return "<0.0001"
    return "1.0" if p > 0.99995 else f"{p:.4f}"


def _links(kind: str, rows: Sequence[Cells], claims: Collection[str]) -> list[Cells]:
    """Link rows of groups, correlations or proportions to the questions that ask for what they measure.

    Without `claims` those of the chapter of a row are taken; with them those that decide the claims. The words of the
    row for its population, which are many for one thing, do not matter then.
    """
    named = [question for claim in claims for question in questions_of(claim)]
    fits: dict[str, Callable[[Question, Cells], bool]] = {
        "groups": lambda question, row: (
            bool(question.pairs) and row["analyte"] == question.pairs["analyte"] and row["role"] in ("case", "control")
        ),
        "correlations": lambda question, row: (
            bool(question.correlations)
            and row["x"] in question.correlations["x"]
            and (row["y"] in question.correlations["y"] or bool(claims))
        ),
        "proportions": lambda question, row: (
            bool(question.proportions) and bool(claims) and _is_the_arm(question.proportions, row, rows)
        ),
    }
    if kind not in fits:
        return []
    links = []
    for row in rows:
        asked = named or [question for question in questions().values() if question.chapter == row["chapter"]]
        keys = dict.fromkeys(question.key for question in asked if fits[kind](question, row))
        links += [{"row_id": row[KEYS[kind]], "question": key} for key in keys]
    return links


def _is_the_arm(rule: Mapping, row: Cells, rows: Iterable[Cells]) -> bool:
    """Tell whether a row is the one arm of its trial, beside a control known by its word, with an outcome asked for."""
    together = ("source_key", "trial", "timepoint", "outcome")
    beside = [one["arm"] for one in rows if all(one[column] == row[column] for column in together)]
    treated = [arm for arm in beside if arm not in rule["controls"]]
    return row["outcome"] in rule["outcome"] and treated == [row["arm"]] and len(beside) == 2


def read_by(claim: str) -> str:
    """Say which rows of an own table the questions of a claim read, in words."""
    found = []
    for question in questions_of(claim):
        if question.comparisons:
            found.append("comparisons")
        if question.correlations:
            found.append(f"correlations of {_either(question.correlations['x'])}")
        if question.pairs:
            found.append(f"groups, cases and controls, of {question.pairs['analyte']}")
        if question.proportions:
            rule = question.proportions
            found.append(
                f"proportions with {_either(rule['outcome'])}, of one arm and at the same time "
                f"one control arm named {_either(rule['controls'])}"
            )
        found += [_values_read(rule) for rule in question.values if rule["table"] in KEYS]
    return "; ".join(dict.fromkeys(found)) or "no table of your own"


def _values_read(rule: Mapping) -> str:
    """Say which rows of one table a rule for printed values reads."""
    return f"{rule['table']} with " + ", ".join(f"{column} {_either(words)}" for column, words in rule["where"].items())


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def kept(mode: str, own: OwnRows, documents: Collection[str]) -> Callable[[str, Row], bool]:
    """Say which rows of the evidence base stay beside the own ones.

    `documents` are the sources whose statements are checked, and those that these cite: their comparisons stay
    always, since they are what is checked. `replace` takes out the rows of the same chapter and analyte (comparisons:
    of the same claims), `alone` every other row of the tables that own rows go to.
    """
    touched = {
        table: {(row["chapter"], row[MEASURED[table]]) for row in rows}
        for table, rows in own.tables.items()
        if table in MEASURED
    }
    claims = {claim for row in own.tables.get("comparisons", ()) for claim in row["claim_ids"].split(";") if claim}

    def stays(table: str, row: Row) -> bool:
        if mode == "add" or table not in own.tables or (table == "comparisons" and row["source_key"] in documents):
            return True
        if mode == "alone":
            return False
        if table == "comparisons":
            return not claims & set(row["claim_ids"].split(";"))
        return (row["chapter"], row[MEASURED[table]]) not in touched[table]

    return stays


def reached(review: Review, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Give for each own row the claims whose evidence it enters, or beside which it is shown with a reason.

    `review` is that of the chapter of the rows, over the tables that hold them.
    """
    claims: dict[str, dict[str, None]] = {row: {} for row in ids}
    for question in questions().values():
        found = answer(review, question)
        pairs = [row for pair in control_pairs(review, question) for row in pair.rows]
        for row in {*found.rows, *(item.row for item in found.aside), *pairs} & claims.keys():
            claims[row] |= dict.fromkeys(question.claims)
    return {row: tuple(found) for row, found in claims.items()}


def staged(review: Review, analytes: Iterable[str]) -> set[str]:
    """Give the rows that stand among the ordered stages of a chapter."""
    return {row for analyte in analytes for stages in ordered_sets(review, analyte) for row in stages.rows}
