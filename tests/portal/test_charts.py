"""Charts are figures with words: drawn for the eye, written for everybody else."""

import doctest
from xml.etree import ElementTree as ET

import pytest

from taihu.portal import charts
from taihu.portal.charts import Bar, Series


def read(figure: str) -> ET.Element:
    return ET.fromstring(figure)


def test_bars_are_as_long_as_their_share_of_the_longest() -> None:
    figure = read(charts.bar_chart([Bar("甲", 2), Bar("乙", 1)], title="求人倍率"))

    assert [bar.get("width") for bar in figure.iter("rect")] == ["100.00%", "50.00%"]


def test_a_chart_without_rows_says_so() -> None:
    assert "<rect" not in charts.bar_chart([], title="空")
    assert "<path" not in charts.line_chart([], [], title="空")
    assert "<path" not in charts.line_chart(["一"], [Series("甲", [None])], title="空")
    assert "<rect" not in charts.stacked_bars(["一"], [Series("甲", [0])], title="空")


def test_a_missing_value_leaves_a_gap_in_the_line() -> None:
    figure = charts.line_chart(["一", "二", "三"], [Series("甲", [1, None, 3])], title="线")

    assert [path.get("d", "").count("M") for path in read(figure).iter("path")] == [2]
    assert "—" in figure


def test_the_numbers_of_a_chart_can_be_read_as_a_table() -> None:
    figure = read(charts.stacked_bars(["一月"], [Series("甲", [1200]), Series("乙", [3])], title="和"))

    assert [cell.text for cell in figure.iter("td")] == ["1,200", "3"]


def test_labels_are_escaped() -> None:
    assert "<b>" not in charts.bar_chart([Bar("<b>", 1)], title="<b>")


def test_one_point_is_drawn_without_dividing_by_zero() -> None:
    read(charts.line_chart(["一"], [Series("甲", [5])], title="点", reference=2))
    read(charts.spark_line([0], label="零"))


@pytest.mark.parametrize("module", [charts])
def test_examples_in_the_documentation_hold(module) -> None:
    assert doctest.testmod(module).failed == 0
