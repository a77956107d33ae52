"""Each group with values below detection is shown with its share and three estimates."""

from il6review.claims.below_detection import groups_below
from il6review.evidence import read_own

TEXT = """person,group,analyte,value,unit
P1,a,IL-6,<1.5,pg/mL
P2,a,IL-6,2.1,pg/mL
P3,a,IL-6,0.0034,ng/mL
P4,a,IL-6,9.8,pg/mL
P5,b,IL-6,2.1,pg/mL
P6,b,IL-6,2.4,pg/mL
P7,c,IL-33,<4,OD
P8,c,IL-33,8,OD
"""


def test_share_and_estimates_stand_side_by_side_for_each_group_with_values_below(tmp_path):
    (tmp_path / "my.csv").write_text(TEXT)
    first, second = groups_below(read_own(tmp_path / "my.csv").sound())
    assert (first.group, first.unit, first.estimates.n, first.estimates.below) == ("a", "pg/mL", 4, 1)
    assert first.estimates.half.mean == (0.75 + 2.1 + 3.4 + 9.8) / 4
    assert str(first).startswith(
        "Below detection, IL-6, a: 1 of 4 (25 %). Mean (SD) in pg/mL with half the limit 4.01 (4.01)"
    )
    assert str(second).endswith("by log-normal likelihood none: 1 values were measured; expected at least 3.")


def test_a_group_of_one_has_no_estimate(tmp_path):
    (tmp_path / "my.csv").write_text("person,group,analyte,value,unit\nP1,a,IL-6,<1.5,pg/mL\n")
    assert groups_below(read_own(tmp_path / "my.csv").sound()) == []
