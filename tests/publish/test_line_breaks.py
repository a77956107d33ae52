import pytest

from il6review.publish.line_breaks import kept_together


@pytest.mark.parametrize("name", ["IL-6", "sIL-6R", "IL-1\u03b2", "IL-6R", "IL-34"])
def test_the_name_of_an_interleukin_is_kept_on_one_line(name):
    assert kept_together(f"<p>of {name}, and</p>") == f'<p>of <span class="il6-nobr">{name}</span>, and</p>'


@pytest.mark.parametrize(
    "page",
    [
        "<title>IL-6</title>",
        "<script>const a = 'IL-6' > 1;</script>",
        "<svg><text>IL-6</text></svg>",
        "<pre>IL-6</pre>",
        "<select><option>IL-6</option></select>",
        "<!-- it's IL-6 -->",
        '<img alt="IL-6 > 3, and IL-6">',
        "<a title='more \"IL-6\" > less IL-6'>x</a>",
        "<p>interleukin-6, TNF-alpha, FAIL-6</p>",
    ],
)
def test_all_else_stays_as_it_is(page):
    assert kept_together(page) == page


def test_text_after_what_is_left_alone_is_still_read():
    assert kept_together("<title>x</title><p>IL-6</p>").endswith('<p><span class="il6-nobr">IL-6</span></p>')
