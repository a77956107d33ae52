"""Numbers with their nouns, as a message says them."""


def counted(number: int, noun: str, several: str = "") -> str:
    """Give a number with its noun: "1 row", "2 rows"; `several` is the plural where it takes more than an s."""
    return f"{number} {noun if number == 1 else several or noun + 's'}"
