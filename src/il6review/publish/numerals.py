"""Find numbers that were typed in prose. In a chapter every number comes from the ledger through a role."""

import re

# A numeral counts as typed where a token starts with it: "66" and "0.05" do, the names IL-6, DAS28 and RA-25 do not.
_NUMERAL = re.compile(r"(?<![\w-])[(\[±~≈<>≤≥=+−-]*[\d¼-¾⅐-⅞][\w.,:/%-]*")
_WORDS = (
    "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|dozen"
)
_NUMBER_WORD = re.compile(rf"\b(?:{_WORDS})[\w-]*", re.IGNORECASE)


def typed_numbers(text: str) -> list[str]:
    """List the numerals and the number words from eleven upwards that stand bare in a text."""
    return [match[0] for pattern in (_NUMERAL, _NUMBER_WORD) for match in pattern.finditer(text)]
