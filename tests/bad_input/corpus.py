"""Make the files of cases.yml: a good table with one thing wrong, raw text or bytes, or a file that code must make."""

import csv
import io
import os
import zipfile
from datetime import datetime
from pathlib import Path

import yaml

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "cases.yml").read_text(encoding="utf-8"))
GOOD = yaml.safe_load((HERE / "good.yml").read_text(encoding="utf-8"))


def table(case):
    """Return header and rows of the good table that a case breaks, as broken."""
    header, *rows = [list(row) for row in GOOD[case["base"]]]
    for line, cells in case.get("cells", {}).items():
        for column, cell in cells.items():
            rows[line - 2][header.index(column)] = cell
    for column, cell in case.get("all", {}).items():
        for row in rows:
            row[header.index(column)] = cell
    rows += [list(rows[line - 2]) for line in case.get("repeat", [])]
    for column in case.get("drop", []):
        place = header.index(column)
        for row in (header, *rows):
            del row[place]
    header = [case.get("rename", {}).get(column, column) for column in header]
    return header, rows


def written(header, rows, delimiter=","):
    """Return a table as CSV."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()


def make(case, folder):
    """Write the file of a case into a folder, where it has one."""
    path = folder / case.get("file", "my.csv")
    if "make" in case:
        MAKERS[case["make"]](path, case)
    elif "bytes" in case:
        path.write_bytes(case["bytes"].encode("latin-1").decode("unicode_escape").encode("latin-1"))
    elif "text" in case:
        path.write_text(case["text"], encoding=case.get("saved_as", "utf-8"), newline="")
    elif "base" in case:
        text = case.get("above", "") + written(*table(case), case.get("delimiter", ","))
        path.write_text(text, encoding=case.get("saved_as", "utf-8"), newline="")
    for name, text in case.get("beside", {}).items():
        (folder / name).write_text(text, encoding="utf-8")


def workbook(path, sheets):
    """Write a workbook; a cell is anything that openpyxl takes."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def good_rows():
    """Return the good table of persons with its values as numbers, as a spreadsheet has them."""
    header, *rows = [list(row) for row in GOOD["persons"]]
    for row in rows:
        row[4] = float(row[4])
    return [header, *rows]


def book_with(line, column, cell):
    """Return a maker of a workbook with one cell changed."""

    def write(path, _case):
        rows = good_rows()
        rows[line - 1][rows[0].index(column)] = cell
        workbook(path, {"Sheet1": rows})

    return write


def truncated_book(path, _case):
    workbook(path, {"Sheet1": good_rows()})
    path.write_bytes(path.read_bytes()[:1500])


def broken_book(path, _case):
    """A workbook whose sheet is not XML."""
    workbook(path, {"Sheet1": good_rows()})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet><sheetData><row"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def bomb(path, _case):
    """A workbook of a few kilobytes that would unpack to 600 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(600):
                part.write(b" " * 1_000_000)


def other_zip(path, _case):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")


def merged_book(path, _case):
    header, *rows = good_rows()
    workbook(path, {"Sheet1": [["Patients", None, None, None, "Laboratory", None, None], header, *rows]})


def many_rows(path, _case):
    """A million rows of which the last but one is bad."""
    row = "P{},stage 1,1,IL-6,{},pg/mL,serum\n"
    with path.open("w", encoding="utf-8") as file:
        file.write("person,group,stage,analyte,value,unit,sample\n")
        for block in range(100):
            numbers = range(block * 10_000, (block + 1) * 10_000)
            file.write("".join(row.format(n, "12.x" if n == 999_998 else "12.4") for n in numbers))


MAKERS = {
    "folder": lambda path, _case: path.mkdir(),
    "nothing": lambda path, _case: None,
    "dangling link": lambda path, _case: path.symlink_to("nowhere.csv"),
    "link to itself": lambda path, _case: path.symlink_to(path.name),
    "link to a folder": lambda path, _case: path.symlink_to("."),
    "pipe": lambda path, _case: os.mkfifo(path),
    "10000 columns": lambda path, _case: path.write_text(",".join(f"c{n}" for n in range(10_000)) + "\n1\n"),
    "million rows": many_rows,
    "many bad rows": lambda path, _case: path.write_text(
        "person,group,stage,analyte,value,unit\n" + "P1,stage 1,1,IL-6,x1,pg/mL\n" * 50_000
    ),
    "long cell": lambda path, _case: path.write_text(
        written(*table({"base": "persons", "cells": {3: {"value": "9" * 200_000}}}))
    ),
    "text as workbook": lambda path, _case: path.write_text(written(*table({"base": "persons"}))),
    "truncated workbook": truncated_book,
    "broken workbook": broken_book,
    "bomb": bomb,
    "other zip": other_zip,
    "old workbook": lambda path, _case: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
    "workbook": lambda path, _case: workbook(path, {"Sheet1": good_rows()}),
    "empty workbook": lambda path, _case: workbook(path, {"Sheet1": []}),
    "two sheets": lambda path, _case: workbook(path, {"IL-6": good_rows(), "CRP": good_rows()}),
    "date in workbook": book_with(3, "value", datetime(2026, 5, 1)),
    "date as group in workbook": book_with(3, "group", datetime(2026, 1, 2)),
    "text in workbook": book_with(4, "value", "twelve"),
    "truth in workbook": book_with(4, "value", True),
    "error in workbook": book_with(4, "value", "#DIV/0!"),
    "formula in workbook": book_with(4, "value", "=6*2"),
    "negative in workbook": book_with(4, "value", -1.25),
    "merged workbook": merged_book,
    "wide workbook": lambda path, _case: workbook(path, {"Sheet1": [[f"c{n}" for n in range(600)]]}),
    "header only workbook": lambda path, _case: workbook(path, {"Sheet1": good_rows()[:1]}),
}
