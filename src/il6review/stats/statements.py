"""Do printed figures fit the words, units, years and marks that stand beside them?"""

from collections.abc import Mapping, Sequence
from itertools import product

from il6review.stats import checks
from il6review.stats.errors import StatsError
from il6review.stats.p_values import NS_LEVEL, parse_p
from il6review.stats.printed import Check, Reading, read_number, show


def sign_pattern(values: Sequence[str]) -> Check:
    """Ask whether one sign was lost among values that should agree in sign, such as one relation at several sites.

    `doubtful` if exactly one of three or more has the opposite sign, and its size lies between half the smallest and
    twice the largest of the others: without its sign it would be one of them. Raises StatsError for fewer than three
    values, or a value of 0.
    """
    texts = checks.rows(values, "values", 3)
    numbers = [read_number(value, f"values, row {row},").value for row, value in enumerate(texts, 1)]
    if 0 in numbers:
        raise StatsError(f"values, row {numbers.index(0) + 1}, is 0; expected values with a sign.")
    negative = [-value for value in numbers if value < 0]
    positive = [value for value in numbers if value > 0]
    odd, rest = sorted((negative, positive), key=len)
    lost = len(odd) == 1 and min(rest) / 2 <= odd[0] <= 2 * max(rest)
    word = "negative" if rest is negative else "positive"
    expected = Reading("all values", word, None, None, not lost)
    step = f"{len(negative)} negative, {len(positive)} positive"
    verdict = "doubtful" if lost else "consistent"
    return Check("sign_pattern", "; ".join(texts), (expected,), "none", verdict, (), (step,))


def direction_against_text(values: Mapping[str, str], higher: Sequence[str], lower: Sequence[str]) -> Check:
    """Hold a text that puts the groups `higher` above the groups `lower` against the printed values of the groups.

    `contradiction` if a pair stands the other way round, `doubtful` if the values of a pair are equal. Raises
    StatsError for a group without a value and for no group.
    """
    named = checks.named(values, "values", 2)
    up, down = checks.rows(higher, "higher", 1), checks.rows(lower, "lower", 1)
    numbers = {
        group: read_number(named[checks.known(group, "group", named)], f"values, {group},").value
        for group in (*up, *down)
    }
    pairs = list(product(up, down))
    above = dict.fromkeys(b for a, b in pairs if numbers[b] > numbers[a])
    equal = any(numbers[a] == numbers[b] for a, b in pairs)
    verdict = "contradiction" if above else "doubtful" if equal else "consistent"
    words = {"contradiction": f"{' and '.join(above)} higher", "doubtful": "no difference"}
    said = f"{' and '.join(up)} higher"
    expected = Reading("values", words.get(verdict, said), None, None, verdict == "consistent")
    steps = tuple(f"{a} {named[a]}, {b} {named[b]}" for a, b in pairs)
    return Check("direction", said, (expected,), "none", verdict, (), steps)


def unit_against_range(
    values: Sequence[str], unit: str, usual: str, largest: float, factors: Mapping[str, float]
) -> Check:
    """Ask whether values can carry their printed unit: none may lie above `largest`, which is given in `usual`.

    `factors` turns one of each unit into `usual`. `error` if the values fit in the usual unit and not in the printed
    one, `doubtful` if in neither. Raises StatsError for an unknown unit, no value, or a factor that is not above 0.
    """
    units = checks.named(factors, "factors", 1)
    rows = checks.rows(values, "values", 1)
    top = float(max(read_number(value, f"values, row {row},").value for row, value in enumerate(rows, 1)))
    limit = checks.positive(largest, "largest")
    sizes = {
        name: top * checks.positive(units[checks.known(name, "unit", units)], f"factor of {name}")
        for name in (unit, usual)
    }
    fits = sizes[unit] <= limit
    verdict = "consistent" if fits else "error" if sizes[usual] <= limit else "doubtful"
    step = f"{show(top)} {unit} = {show(sizes[unit])} {usual}; up to {show(limit)} {usual} is possible"
    expected = Reading("unit", unit if fits else usual, None, None, fits)
    return Check("unit", unit, (expected,), f"up to {show(limit)} {usual}", verdict, (), (step,))


def date(known: int, printed: int) -> Check:
    """Hold a printed year against the known one: `error` if they differ. Raises StatsError for no year."""
    known, printed = (checks.whole(year, name, 1) for name, year in (("known", known), ("printed", printed)))
    expected = Reading("year", known, known, known, known == printed)
    verdict = "consistent" if known == printed else "error"
    return Check("date", str(printed), (expected,), "none", verdict, (), (f"the year is {known}",))


def marker(text: str) -> Check:
    """Hold a mark of significance against its own explanation, such as "*P>0.05": a star belongs to p below 0.05.

    `error` if p is above 0.05. Raises StatsError for text without a star, and if no p follows that can be read.
    """
    if not isinstance(text, str) or not text.strip().startswith("*"):
        raise StatsError(f"text is {text!r}; expected a star with its p, such as '*P<0.05'.")
    p = parse_p(text.strip().lstrip("*"))
    above = p.operator in (">", ">=", "NS") or (p.operator == "=" and p.value > NS_LEVEL)
    word, verdict = ("no asterisk", "error") if above else ("asterisk", "consistent")
    expected = Reading("mark", word, None, None, not above)
    return Check("marker", text.strip(), (expected,), "none", verdict, (), (f"{p.text} takes {word}",))
