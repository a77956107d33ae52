"""What a copy of the evidence base with a reader's own rows has beside its tables, and which keys it takes.

The copy keeps the description of the base as it is: own sources and links lie in tables of their own, and their being
there is what widens the description. So what reads no table that own rows go to is the same over the copy.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: The sources of own rows, and the pairs of an own row and a question that it bears on.
SOURCES, LINKS = "own_sources", "own_links"
#: The kind of an own source, what its key begins with, and what the number of an own row begins with.
KIND, OWN, ROW = "own, unpublished", "Own_", "OWN"
#: The tables that own rows go to.
NUMBERED = {"groups", "comparisons", "correlations", "proportions"}


_KEY = f"{OWN}[A-Za-z0-9_]+"
_SOURCE = {"resource": "sources", "also": [SOURCES], "field": "source_key", "separator": ";"}


def widened(package: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Return the description of the tables in `folder`: as it is, or as `admitting` has it where own sources lie there.

    Looking whether they do is not noted as read by a notebook. Nothing is lost by that: only the key of an own row
    leads to these tables, and such a row changes the table in which it stands.
    """
    return admitting(package) if (folder / f"{SOURCES}.csv").exists() else package


def admitting(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description that takes own rows too: their keys, their numbers, no address; their sources and links.

    One that does already is returned as it is.
    """
    if any(resource["name"] == SOURCES for resource in package["resources"]):
        return dict(package)
    admitted = copy.deepcopy(dict(package))
    resources = {resource["name"]: resource for resource in admitted["resources"]}
    for name in NUMBERED & resources.keys():
        schema = resources[name]["schema"]
        keys = schema.get("foreignKeys", ())
        schema["foreignKeys"] = [key for key in keys if key["reference"]["resource"] != "sources"]
        for field in schema["fields"]:
            rule = field.get("constraints", {})
            if field["name"] == "source_key":
                rule["pattern"] = f"({rule['pattern']}|{_KEY})"
                field["listForeignKey"] = _SOURCE
            elif field["name"] == schema["primaryKey"][0]:
                rule["pattern"] = f"({rule['pattern']}|{ROW}[0-9]{{3,}})"
            elif field["name"] == "url":
                rule.pop("required", None)
    if "sources" in resources:
        admitted["resources"].append(_own_sources(resources["sources"]))
    admitted["resources"].append(_LINKS_RESOURCE)
    return admitted


def _own_sources(sources: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of own sources: that of the sources, with their keys and their kind."""
    own = copy.deepcopy(dict(sources))
    own |= {
        "name": SOURCES,
        "path": f"{SOURCES}.csv",
        "title": "Own sources",
        "description": "The studies that own rows come from.",
    }
    for field in own["schema"]["fields"]:
        rule = field.get("constraints", {})
        if field["name"] == "source_key":
            rule["pattern"] = _KEY
        elif field["name"] == "kind":
            rule["enum"] = [KIND]
    return own


_LINKS_RESOURCE = {
    "name": LINKS,
    "path": f"{LINKS}.csv",
    "profile": "tabular-data-resource",
    "title": "Links of own rows",
    "description": "Which own row bears on which question, whatever words it has for its population.",
    "format": "csv",
    "mediatype": "text/csv",
    "encoding": "utf-8",
    "may_be_empty": True,
    "schema": {
        "fields": [
            {
                "name": "row_id",
                "type": "string",
                "description": "Number of the own row.",
                "constraints": {"required": True},
            },
            {
                "name": "question",
                "type": "string",
                "description": "Key of the question.",
                "constraints": {"required": True},
            },
        ],
        "missingValues": [""],
        "primaryKey": ["row_id", "question"],
    },
}
