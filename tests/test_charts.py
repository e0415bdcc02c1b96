"""Laws of the charts: well-formed whatever the names, nothing cut off, nothing overlapping, nothing untrue."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from drawn import HOSTILE, NAMESPACE, check, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.report import palette, svg
from mcp_finance.report.charts import (
    Band,
    Panel,
    Series,
    Step,
    gap_chart,
    line_chart,
    positions,
    small_multiples,
    sparkline,
    waterfall,
)
from mcp_finance.report.plots import areas

YEARS = tuple(f"{year}/{(year + 1) % 100:02d}" for year in range(2027, 2042))
BUDGET = Series("Budget", [250e6 * 1.023**year for year in range(15)])
COST = Series("Cost", [249e6 * 1.03**year for year in range(15)], emphasis=True)

NAMES = st.one_of(st.text(max_size=60), st.just(HOSTILE), st.sampled_from(["Council", "Hospital trust"]))
FIGURES = st.one_of(
    st.floats(-1e18, 1e18, allow_nan=False),
    st.floats(-1e7, 1e7),
    st.integers(-3, 3).map(lambda million: million * 1e6),
    st.just(0.0),
)
Drawing = tuple[str, str, tuple[str, ...], list[Series]]


@st.composite
def drawings(draw: st.DrawFn, most: int = 7) -> Drawing:
    count = draw(st.integers(1, 16))
    values = st.lists(st.none() | FIGURES, min_size=count, max_size=count)
    series = st.lists(st.builds(Series, NAMES, values, st.booleans()), min_size=1, max_size=most)
    years = draw(st.sampled_from([tuple(str(2027 + at) for at in range(count)), (*YEARS, "2042/43")[:count]]))
    return draw(NAMES), draw(NAMES), years, draw(series)


@st.composite
def cascades(draw: st.DrawFn) -> list[Step]:
    size = draw(st.sampled_from([1e6, 1e8, 1e15]))
    opening = draw(st.floats(-size, size))
    changes = draw(st.lists(st.floats(-size, size) | st.floats(-1e5, 1e5), max_size=12))
    named = [Step(draw(NAMES), change, "change") for change in changes]
    return [Step(draw(NAMES), opening, "total"), *named, Step(draw(NAMES), opening + math.fsum(changes), "total")]


@settings(deadline=None, max_examples=examples(60))
@given(drawings(), st.booleans(), NAMES)
def test_line_charts_hold_together(drawing: Drawing, zero: bool, name: str) -> None:
    title, description, years, series = drawing
    band = Band(name, series[0].values, series[-1].values)
    check(line_chart(title, description, years, series, band=band, zero=zero, key="k"))


@settings(deadline=None, max_examples=examples(60))
@given(drawings(), st.booleans())
def test_gap_charts_hold_together(drawing: Drawing, zero: bool) -> None:
    title, description, years, series = drawing
    check(gap_chart(title, description, years, series[0], series[-1], zero=zero, key="k"))


@settings(deadline=None, max_examples=examples(60))
@given(drawings(most=9))
def test_positions_hold_together(drawing: Drawing) -> None:
    title, description, years, series = drawing
    check(positions(title, description, years, series, key="k"))


@settings(deadline=None, max_examples=examples(40))
@given(st.data())
def test_small_multiples_hold_together(data: st.DataObject) -> None:
    years = YEARS[: data.draw(st.integers(1, 15))]
    values = st.lists(st.none() | st.floats(-50, 1e4), min_size=len(years), max_size=len(years))
    sure = st.lists(st.integers(1, 10**6).map(float), min_size=len(years), max_size=len(years))
    panels = data.draw(st.lists(st.builds(Panel, NAMES, values, sure), min_size=1, max_size=20))
    check(small_multiples("Activity", "Index by line", years, panels, key="k"))


@settings(deadline=None, max_examples=examples(100))
@given(NAMES, cascades(), st.none() | st.booleans())
def test_waterfalls_hold_together(title: str, steps: list[Step], crop: bool | None) -> None:
    check(waterfall(title, "How it changes", steps, key="k", crop=crop))


@given(st.lists(st.none() | FIGURES, max_size=20), NAMES)
def test_sparklines_are_well_formed(values: list[float | None], title: str) -> None:
    root = ElementTree.fromstring(sparkline(values, title))
    assert (root.get("role") == "img") == bool(title)


@given(cascades(), st.floats(0.06, 1e3), st.sampled_from([1, -1]))
def test_a_waterfall_that_does_not_add_up_is_refused(steps: list[Step], excess: float, sign: int) -> None:
    closing = Step("Close", steps[-1].value + sign * (excess * 1e6 + abs(steps[-1].value) * 1e-9), "total")
    with pytest.raises(ValueError, match="do not add up"):
        waterfall("", "", [*steps[:-1], closing], key="k")


def test_a_difference_too_small_to_show_is_accepted() -> None:
    steps = [Step("Open", 100e6, "total"), Step("Growth", 2e6, "change"), Step("Close", 102.049e6, "total")]
    assert "£102.0m" in waterfall("", "", steps, key="k")


def bars(chart: str) -> list[tuple[float, float]]:
    found = [node for node in ElementTree.fromstring(chart).findall(f"{NAMESPACE}rect") if node.get("height") == "22"]
    return [(float(bar.get("x", "")), float(bar.get("width", ""))) for bar in found]


def test_each_bar_starts_where_the_last_ended_and_its_length_is_its_value() -> None:
    changes = (5.0, -9.0, 2.5, -1.0)
    steps = [
        Step("Open", 3e6, "total"),
        *(Step(str(c), c * 1e6, "change") for c in changes),
        Step("Close", 0.5e6, "total"),
    ]
    drawn = bars(waterfall("", "", steps, key="k"))
    per_million = drawn[0][1] / 3
    zero, running = drawn[0][0], 3.0
    for (x, width), change in zip(drawn[1:-1], changes, strict=True):
        assert x == pytest.approx(zero + min(running, running + change) * per_million, abs=0.02)
        assert width == pytest.approx(abs(change) * per_million, abs=0.02)
        running += change
    assert drawn[-1] == pytest.approx((zero, 0.5 * per_million), abs=0.02)


def test_a_cropped_axis_says_so_and_an_uncropped_one_does_not() -> None:
    small = [Step("Open", 244.3e6, "total"), Step("Growth", 5.1e6, "change"), Step("Close", 249.4e6, "total")]
    large = [Step("Open", 10e6, "total"), Step("Growth", 5.1e6, "change"), Step("Close", 15.1e6, "total")]
    below = [Step(step.label, -step.value, step.kind) for step in small]
    assert "not at zero" in waterfall("", "", small, key="k")
    assert "not at zero" in waterfall("", "", below, key="k")
    assert "not at zero" not in waterfall("", "", large, key="k")
    assert "not at zero" not in waterfall("", "", small, key="k", crop=False)
    opening, growth, _ = bars(waterfall("", "", small, key="k", crop=False))
    assert opening[1] / growth[1] == pytest.approx(244.3 / 5.1, rel=0.01)


def test_changes_carry_their_sign() -> None:
    steps = [Step("Up", 2e6, "change"), Step("Down", -3e6, "change"), Step("Close", -1e6, "total")]
    shown = [row[-1] for row in rows_of(waterfall("", "", steps, key="k"))]
    assert {"+£2.0m", "\N{MINUS SIGN}£3.0m", "\N{MINUS SIGN}£1.0m"} <= set(shown)


def test_a_line_axis_away_from_zero_says_so() -> None:
    assert "does not start at zero" in gap_chart("", "", YEARS, BUDGET, COST, key="k")
    assert "does not start at zero" not in line_chart("", "", YEARS, [BUDGET, COST], key="k")


def test_the_gap_in_the_last_year_is_named() -> None:
    shown = [row[-1] for row in rows_of(gap_chart("", "", YEARS, BUDGET, COST, key="k"))]
    assert "£32.9m" in shown
    assert "Deficit" in shown
    assert "Surplus" in [row[-1] for row in rows_of(gap_chart("", "", YEARS, COST, BUDGET, key="k"))]


def test_small_multiples_share_the_base_of_the_comparison() -> None:
    panel = Panel("Emergency admissions", [90.0, 80.0], [100.0, 110.0])
    shown = [row[-1] for row in rows_of(small_multiples("", "", YEARS[:2], [panel], key="k"))]
    assert {"80", "110"} <= set(shown)
    none = Panel("New service", [0.0, 80.0], [0.0, 0.0])
    assert "No base year" in small_multiples("", "", YEARS[:2], [none], key="k")


def every_chart() -> list[Callable[[str], str]]:
    steps = [Step("Open", 1e6, "total"), Step("Change", -2e6, "change"), Step("Close", -1e6, "total")]
    panel = Panel("Admissions", [1.0] * 15, [2.0] * 15)
    return [
        lambda key: line_chart("T", "D", YEARS, [BUDGET, COST], key=key),
        lambda key: gap_chart("T", "D", YEARS, BUDGET, COST, key=key),
        lambda key: waterfall("T", "D", steps, key=key),
        lambda key: positions("T", "D", YEARS, [BUDGET, COST], key=key),
        lambda key: small_multiples("T", "D", YEARS, [panel], key=key),
    ]


@pytest.mark.parametrize("draw", every_chart())
def test_the_same_input_gives_the_same_bytes_and_ids_come_from_the_key(draw: Callable[[str], str]) -> None:
    assert draw("first") == draw("first")
    ids = [set(re.findall(r' id="([^"]+)"', draw(key))) for key in ("first", "second")]
    assert ids[0].isdisjoint(ids[1])
    assert all(reference in ids[0] for reference in re.findall(r"url\(#([^)]+)\)", draw("first")))
    assert not re.search(r"\d\.\d{3,}", draw("first"))
    for bad in ("", "1a", 'a"b', "a b", "a" * 81):
        with pytest.raises(ValueError, match="key"):
            draw(bad)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1.1e18])
def test_figures_that_cannot_be_drawn_are_refused(bad: float) -> None:
    wrong = Series("Budget", [bad])
    for draw in (line_chart, positions):
        with pytest.raises(ValueError, match="cannot be drawn"):
            draw("", "", YEARS[:1], [wrong], key="k")
    with pytest.raises(ValueError, match="cannot be drawn"):
        waterfall("", "", [Step("Open", bad, "total")], key="k")


def test_shapes_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="15 values for 14 years"):
        line_chart("", "", YEARS[:14], [BUDGET], key="k")
    with pytest.raises(ValueError, match="at least one"):
        line_chart("", "", YEARS, [], key="k")
    with pytest.raises(ValueError, match="21"):
        positions("", "", YEARS, [BUDGET] * 21, key="k")
    with pytest.raises(ValueError, match="steps"):
        waterfall("", "", [], key="k")
    with pytest.raises(ValueError, match="scale"):
        line_chart("", "", YEARS, [BUDGET], scale=0.0, key="k")


RANGES = st.tuples(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15)).map(sorted)


@given(RANGES, st.integers(1, 12))
def test_ticks_cover_evenly_in_steps_of_one_two_or_five(limits: list[float], about: int) -> None:
    low, high = limits
    marks = svg.ticks(low, high, about)
    step = marks[1] - marks[0]
    assert 2 <= len(marks) <= about + 2
    assert marks[0] <= low + step * 1e-6
    assert marks[-1] >= high - step * 1e-6
    assert all(after - before == pytest.approx(step, rel=1e-6) for before, after in pairwise(marks))
    leading = step / 10.0 ** math.floor(math.log10(step) + 1e-6)
    assert min(abs(leading - good) for good in (1, 2, 5)) < 1e-5
    shown = [round(mark, svg.tick_places(marks)) for mark in marks]
    assert len(set(shown)) == len(shown)


def test_tick_examples() -> None:
    assert svg.ticks(0, 243) == (0, 50, 100, 150, 200, 250)
    assert svg.ticks(-0.3, 0.6) == (-0.4, -0.2, 0.0, 0.2, 0.4, 0.6)
    assert svg.ticks(0, 0) == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    with pytest.raises(ValueError, match="ticks"):
        svg.ticks(1, 0)
    with pytest.raises(ValueError, match="ticks"):
        svg.ticks(0, math.inf)


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(1, 60)), max_size=12))
def test_spread_labels_keep_apart_in_order_and_within_bounds(wanted: list[tuple[float, float]]) -> None:
    centres, heights = [centre for centre, _ in wanted], [height for _, height in wanted]
    placed = svg.spread(centres, heights, 0, 800)
    boxes = sorted((c - h / 2, c + h / 2) for c, h in zip(placed, heights, strict=True))
    assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(boxes))
    assert all(top >= -1e-6 and bottom <= 800 + 1e-6 for top, bottom in boxes)
    assert all(placed[i] <= placed[j] for i, j in combinations(range(len(wanted)), 2) if centres[i] <= centres[j])


@given(st.lists(st.floats(60, 340), max_size=8, unique_by=lambda y: round(y / 60)))
def test_labels_with_room_stay_where_they_belong(centres: list[float]) -> None:
    if all(after - before >= 10 for before, after in pairwise(sorted(centres))):
        assert svg.spread(centres, [10.0] * len(centres), 0, 400) == pytest.approx(tuple(centres))


SENTENCES = st.lists(st.text("abc W", min_size=1, max_size=12), min_size=1, max_size=30).map(" ".join)


@given(st.text(max_size=200) | SENTENCES, st.floats(60, 400), st.integers(1, 4))
def test_wrapped_text_fits(content: str, width: float, lines: int) -> None:
    rows = svg.wrap(content, 16, width, lines)
    assert len(rows) <= lines
    assert all(svg.text_width(row, 16) <= width for row in rows)
    if not any(svg.ELLIPSIS in row for row in rows):
        assert " ".join(rows) == svg.clean(content)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=15))
def test_areas_between_lines_measure_the_gap(pairs: list[tuple[float, float]]) -> None:
    """Areas with their signs add up to the integral of the gap, so tint shows neither more nor less of it."""
    first = [(float(at), one) for at, (one, _) in enumerate(pairs)]
    second = [(float(at), other) for at, (_, other) in enumerate(pairs)]
    total = 0.0
    for area in areas(first, second):
        gaps = [below[1] - above[1] for above, below in zip(area.first, area.second, strict=True)]
        assert all(gap >= -1e-9 if area.first_higher else gap <= 1e-9 for gap in gaps)
        total += trapezium(area.second) - trapezium(area.first)
    assert total == pytest.approx(trapezium(second) - trapezium(first), abs=1e-6)


def trapezium(points: Sequence[tuple[float, float]]) -> float:
    return sum((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in pairwise(points))


def test_colours_stand_out_from_the_paper() -> None:
    assert all(palette.contrast(ink, palette.PAPER) >= 4.5 for ink in (palette.INK, palette.MUTED))
    assert all(palette.contrast(ink, palette.PAPER) >= 3 for ink in (*palette.CATEGORICAL, palette.AXIS))
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    styles = [palette.style(at) for at in range(36)]
    assert len({(style.colour, style.dash) for style in styles}) == 36
    assert len({style.dash for style in styles[:6]}) == len({style.marker for style in styles[:6]}) == 6
