"""Laws of the charts of risk: well formed whatever the names, bands that nest, lengths in proportion, all counted."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
import risk_shapes as shapes
from drawn import HOSTILE, NAMESPACE, check, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console, RenderableType
from tools import examples

from mcp_finance.report import palette, svg
from mcp_finance.report.html import TEMPLATE, template_folder
from mcp_finance.report.risk import console as risk_console
from mcp_finance.report.risk import grades, placing
from mcp_finance.report.risk import plots_console as risk_plots_console
from mcp_finance.report.risk.draws import DEAD, draws_of, payoff_with_draws
from mcp_finance.report.risk.fan import fan_chart
from mcp_finance.report.risk.frontier import STYLES, frontier_chart
from mcp_finance.report.risk.heat import Shaded, grid_table, heat_table, shade, steps_of
from mcp_finance.report.risk.indices import indices_chart, ranking_chart
from mcp_finance.report.risk.pairs import pairs_chart
from mcp_finance.report.risk.shapes import (
    Bar,
    Draws,
    Estimate,
    Fan,
    Frontier,
    Grid,
    Index,
    Indices,
    Point,
    Ranking,
    Tornado,
    Values,
    Weight,
)
from mcp_finance.report.risk.tornado import tornado_chart
from mcp_finance.report.views import GRADES, Section
from mcp_finance.report.views import Chart as DrawnChart
from mcp_finance.terms.compiler.compile import compile_terms
from mcp_finance.terms.load import find_terms, load_terms
from mcp_finance.terms.reading.payoff import Payoff, payoff

Chart = Callable[..., str]
CHARTS: list[tuple[Chart, st.SearchStrategy[Any]]] = [
    (fan_chart, shapes.fans()),
    (tornado_chart, shapes.tornadoes()),
    (frontier_chart, shapes.frontiers()),
    (pairs_chart, shapes.pairings()),
    (indices_chart, shapes.indexes()),
    (ranking_chart, shapes.rankings()),
]
TERMINAL: list[tuple[Callable[..., RenderableType], st.SearchStrategy[Any]]] = [
    (risk_console.fan, shapes.fans()),
    (risk_console.tornado, shapes.tornadoes()),
    (risk_console.heat, shapes.heats()),
    (risk_console.grid, shapes.grids()),
    (risk_console.indices, shapes.indexes()),
    (risk_console.ranking, shapes.rankings()),
    (risk_plots_console.frontier, shapes.frontiers()),
    (risk_plots_console.pairs, shapes.pairings()),
]
NAN = float("nan")


def curve(name: str = "mssp-basic-e") -> Payoff:
    return payoff(compile_terms(load_terms(find_terms(name))))


def printed(shown: RenderableType, width: int) -> str:
    """What a file gets that the terminal's output is sent to."""
    console = Console(file=io.StringIO(), width=width)
    console.print(shown, highlight=False)
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def nodes(chart: str, tag: str, **attributes: str) -> list[ElementTree.Element]:
    """Elements outside the key, which is in groups."""
    root = ElementTree.fromstring(chart)
    keyed = {id(node) for group in root.iter(f"{NAMESPACE}g") for node in group.iter()}
    keyed |= {id(node) for group in root.iter(f"{NAMESPACE}defs") for node in group.iter()}
    found = [node for node in root.iter(f"{NAMESPACE}{tag}") if id(node) not in keyed]
    return [node for node in found if all(node.get(k.replace("_", "-")) == v for k, v in attributes.items())]


def points(node: ElementTree.Element) -> list[tuple[float, float]]:
    """The points of a path or a polygon."""
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", node.get("points") or node.get("d") or "")]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


# Every drawing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("draw", "found"), CHARTS, ids=lambda part: getattr(part, "__name__", ""))
def test_charts_hold_together_whatever_the_figures_and_names(draw: Chart, found: st.SearchStrategy[Any]) -> None:
    @settings(deadline=None, max_examples=examples(60))
    @given(found)
    def law(shape: Any) -> None:
        chart = draw(shape, key="k")
        check(chart)
        assert chart == draw(shape, key="k")

    law()


@pytest.mark.parametrize(("draw", "found"), CHARTS, ids=lambda part: getattr(part, "__name__", ""))
def test_charts_are_named_and_described(draw: Chart, found: st.SearchStrategy[Any]) -> None:
    realistic = {fan_chart: shapes.fan(), tornado_chart: shapes.tornado(), frontier_chart: shapes.frontier(),
                 pairs_chart: shapes.pairs(), indices_chart: some_indices(), ranking_chart: some_ranking()}  # fmt: skip
    chart = draw(realistic[draw], key="k")
    check(chart)
    root = ElementTree.fromstring(chart)
    title, description = (root.find(f"{NAMESPACE}{tag}") for tag in ("title", "desc"))
    assert title is not None and title.text == realistic[draw].title
    assert description is not None and len(description.text or "") > 40
    assert len(chart) < 40_000


def some_indices(count: int = 9) -> Indices:
    def index(k: int) -> Index:
        first, total = 0.4 * 0.6**k, 0.45 * 0.6**k + 0.03
        return Index(
            f"Input {k}", Estimate(first, first - 0.03, first + 0.03), Estimate(total, total - 0.05, total + 0.05)
        )

    return Indices("What uncertainty comes from", tuple(map(index, range(count))))


def some_ranking(count: int = 8) -> Ranking:
    names = sorted(GRADES)
    weights = (Weight(f"Group {k}", 38e6 * 0.7**k, names[k % len(names)], f"{k} inputs") for k in range(count))
    return Ranking("Money on weak evidence", tuple(weights))


@pytest.mark.parametrize(("draw", "found"), TERMINAL, ids=lambda part: getattr(part, "__name__", ""))
@pytest.mark.parametrize("width", [80, 120])
def test_terminal_fits_and_carries_no_control_characters(
    draw: Callable[..., RenderableType], found: st.SearchStrategy[Any], width: int
) -> None:
    @settings(deadline=None, max_examples=examples(30))
    @given(found)
    def law(shape: Any) -> None:
        text = printed(draw(shape, width), width)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        assert text == printed(draw(shape, width), width)

    law()


@pytest.mark.parametrize("width", [80, 120])
def test_at_realistic_sizes_nothing_is_cut_in_the_terminal(width: int) -> None:
    drawn = [
        risk_console.fan(shapes.fan(), width),
        risk_console.tornado(shapes.tornado(), width),
        risk_console.heat(shapes.heat(), width),
        risk_console.indices(some_indices(), width),
        risk_console.ranking(some_ranking(), width),
        risk_plots_console.frontier(shapes.frontier(), width),
        risk_plots_console.pairs(shapes.pairs(), width),
        risk_plots_console.draws(draws_of(curve(), [k / 1000 for k in range(-140, 141)]), width),
    ]
    for shown in drawn:
        text = printed(shown, width)
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in printed(drawn[0], width)


REFUSED: list[Callable[[], object]] = [
    lambda: replace(shapes.fan(), p50=(NAN,) * 15),
    lambda: replace(shapes.fan(), base=(math.inf,) * 15),
    lambda: replace(shapes.fan(), p50=shapes.fan().p5, p5=shapes.fan().p50),
    lambda: replace(shapes.fan(), p50=(0.0,) * 14),
    lambda: Fan((), (), (), (), (), (), "£m", "None"),
    lambda: Tornado("T", NAN, ()),
    lambda: Tornado("T", 0.0, (Bar("b", NAN, 0.0, "", "", "derived"),)),
    lambda: Tornado("T", 0.0, (Bar("b", 1e19, 0.0, "", "", "derived"),)),
    lambda: replace(shapes.heat(), values=((NAN, 0.0), (0.0, 0.0))),
    lambda: replace(shapes.heat(), values=((0.0,), (0.0, 0.0))),
    lambda: replace(shapes.heat(), marks=(("", ""),)),
    lambda: replace(shapes.heat(), columns=()),
    lambda: Grid("G", "d", "a", ("1",), ("1",), ((-math.inf,),)),
    lambda: Grid("G", "d", "a", ("1",), ("1",), ((0.0,),), (1, 0)),
    lambda: replace(shapes.frontier(), points=()),
    lambda: replace(shapes.frontier(), points=(Point("p", NAN, 0.0, "base"),)),
    lambda: replace(shapes.frontier(), without=(NAN, 0.0)),
    lambda: replace(shapes.pairs(), base=(NAN, 0.0)),
    lambda: replace(shapes.pairs(), curve=()),
    lambda: replace(shapes.pairs(), curve=((1.0, 0.0), (0.0, 1.0))),
    lambda: Indices("I", (Index("i", Estimate(NAN, 0.0, 1.0), Estimate(0.0, 0.0, 1.0)),)),
    lambda: Indices("I", (Index("i", Estimate(2.0, 0.0, 1.0), Estimate(0.0, 0.0, 1.0)),)),
    lambda: Ranking("R", (Weight("w", -1.0, "derived"),)),
    lambda: Ranking("R", (Weight("w", NAN, "derived"),)),
    lambda: draws_of(curve(), []),
    lambda: draws_of(curve(), [0.1, NAN]),
    lambda: Draws((0.0, 1.0), (), 0, 0, 0.0, 0.0, 0.0),
    lambda: Draws((0.0, 1.0), (3,), 0, 0, 0.2, 0.1, 0.3),
    lambda: tornado_chart(Tornado("T", 0.0, (Bar("b", 1.0, 0.0, "", "", "hearsay"),)), key="k"),
    lambda: ranking_chart(Ranking("R", (Weight("w", 1.0, "hearsay"),)), key="k"),
    lambda: fan_chart(shapes.fan(), key="1 <"),
]  # fmt: skip


@pytest.mark.parametrize("make", REFUSED)
def test_what_cannot_be_drawn_honestly_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()


# Fan -----------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=examples(60))
@given(shapes.fans())
def test_the_median_lies_within_the_inner_band_and_that_within_the_outer(shape: Fan) -> None:
    chart = fan_chart(shape, key="k")
    bands = [[p for node in nodes(chart, "polygon", fill=f) for p in points(node)] for f in
             (palette.BAND_CORE, palette.BAND_TINT)]  # fmt: skip
    (median,) = nodes(chart, "path", stroke_width="4") or (None,)
    held = points(median) if median is not None else []
    for inner, outer in ((held, bands[0]), (bands[0], bands[1])):
        for x, y in inner:
            around = [level for at, level in outer if abs(at - x) < 0.02]
            assert not around or min(around) - 0.02 <= y <= max(around) + 0.02


def test_every_quantile_of_the_last_year_is_labelled() -> None:
    # 14 years on: median -1.4*14 = -19.6; root of 14 is 3.742, times 9 = 33.67; 1.645*33.67 = 55.4, 0.674*33.67 = 22.7
    said = [content for *_, content in rows_of(fan_chart(shapes.fan(), key="k"))]
    for figure in ("−£75.0m", "−£42.3m", "−£19.6m", "£3.1m", "£35.8m", "−£5.6m"):
        assert figure in said


def test_the_band_of_a_year_is_on_the_scale_of_all() -> None:
    lines = printed(risk_console.fan(shapes.fan(), 80), 80).splitlines()
    for at, line in enumerate(lines[2:17]):
        assert line.startswith(shapes.YEARS[at])
        band = line[58:].rstrip()
        assert band.count("█") == 1
        inner, outer = [k for k, c in enumerate(band) if c in "▒█"], [k for k, c in enumerate(band) if c != " "]
        assert outer[0] <= inner[0] <= band.index("█") <= inner[-1] <= outer[-1]
    widths = [len(line[58:].strip()) for line in lines[3:17]]
    assert widths[0] < widths[-1]


# Tornado -------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=examples(60))
@given(shapes.tornadoes().filter(lambda t: any(abs(v - t.base) > 1e5 for b in t.bars for v in (b.low, b.high))))
def test_bars_are_as_long_as_what_they_change_longest_first(shape: Tornado) -> None:
    chart = tornado_chart(shape, key="k")
    lengths = [
        [float(node.get("width", "")) for node in nodes(chart, "rect", fill=fill)]
        for fill in ("url(#k-low)", palette.DARK_BLUE)
    ]
    kept = shape.largest(20)
    marks = [float(node.get("width", "")) for node in nodes(chart, "rect", fill=palette.DARK_BLUE)]
    assert len(marks) >= len(kept)
    largest = max(abs(v - shape.base) for bar in kept for v in (bar.low, bar.high))
    changes = [[abs(end - shape.base) for end in ends] for ends in ([b.low for b in kept], [b.high for b in kept])]
    longest = max(max(side, default=0.0) for side in lengths)
    for drawn, wanted in zip(lengths, changes, strict=True):
        for length, change in zip(drawn, wanted, strict=True):
            assert length == pytest.approx(change / largest * longest, abs=0.02)
    reaches = [shape.reach(bar) for bar in kept]
    assert reaches == sorted(reaches, reverse=True)


def test_a_bar_too_many_is_counted_and_its_size_said() -> None:
    # the 21st bar reaches from -38 - 40*0.8^20 to -38 + 30*0.8^20: 70*0.01153 = 0.807
    said = " ".join(content for *_, content in rows_of(tornado_chart(shapes.tornado(24), key="k")))
    assert "Not shown: 4 more inputs that each move it by £0.8m at most" in said
    assert "Not shown" not in tornado_chart(shapes.tornado(20), key="k")
    assert "Not shown: 4 more inputs" in printed(risk_console.tornado(shapes.tornado(24), 80), 80)


def test_twenty_bars_with_grades_do_not_overlap_and_say_their_grades() -> None:
    chart = tornado_chart(shapes.tornado(20), key="k")
    check(chart)
    said = " ".join(content for *_, content in rows_of(chart))
    for grade in GRADES:
        assert grades.words(grade).lower() in re.sub(r"\s+", " ", said)
    assert len({(grades.mark(g).marker, g) for g in GRADES}) == len({grades.character(g) for g in GRADES})


def test_an_input_that_moves_one_way_only_shows_both_ends() -> None:
    shape = Tornado("T", 0.0, (Bar("Up", 4e6, 11e6, "0", "1", "derived"), Bar("Down", -9e6, -2e6, "0", "1", "derived")))
    chart = tornado_chart(shape, key="k")
    check(chart)
    assert {"£4.0m", "£11.0m", "−£9.0m", "−£2.0m"} <= {content for *_, content in rows_of(chart)}
    assert {node.get("height") for node in nodes(chart, "rect", fill="url(#k-low)")} == {"11"}
    lines = printed(risk_console.tornado(shape, 80), 80).splitlines()
    assert "░" in lines[2] + lines[4] and "█" in lines[2] + lines[4]


def test_a_bar_in_characters_lies_on_the_side_it_should_and_is_as_long_as_it_should_be() -> None:
    shape = Tornado("T", 0.0, (Bar("A", -1e7, 3e7, "0", "1", "derived"), Bar("B", 3e7, -1e7, "0", "1", "derived")))
    lines = printed(risk_console.tornado(shape, 80), 80).splitlines()
    for line, left, right in ((lines[2], "░", "█"), (lines[4], "█", "░")):
        before, after = line.rstrip().split("│")
        assert before.lstrip("AB −0123456789.").strip(left) == "" and after.strip(right) == ""
        # 40m over the whole bar: 10m is a quarter of it, 30m three quarters
        assert 3 * before.count(left) == pytest.approx(after.count(right), abs=3)


@pytest.mark.parametrize("draw", [tornado_chart, indices_chart, ranking_chart])
def test_nothing_to_show_is_said(draw: Chart) -> None:
    empty = {tornado_chart: Tornado("T", -1e6, ()), indices_chart: Indices("I", ()), ranking_chart: Ranking("R", ())}
    chart = draw(empty[draw], key="k")
    check(chart)
    assert "No input" in chart


def test_intervals_are_drawn_and_said() -> None:
    chart = indices_chart(some_indices(3), key="k")
    check(chart)
    said = {content for *_, content in rows_of(chart)}
    # 0.4*0.6 = 0.24 give or take 0.03; 0.45*0.6+0.03 = 0.30 give or take 0.05
    assert {"0.24 (0.21 to 0.27)", "0.30 (0.25 to 0.35)"} <= said
    text = printed(risk_console.indices(some_indices(3), 80), 80)
    assert "0.24 (0.21 to 0.27)" in text and "95% interval" in text


# Shaded tables -------------------------------------------------------------------------------------------------------


def placed(part: Shaded) -> str:
    environment = Environment(loader=FileSystemLoader(template_folder()), autoescape=True, undefined=StrictUndefined)
    return environment.from_string('{% from "shaded.html.j2" import shaded %}{{ shaded(part) }}').render(part=part)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


def test_the_report_places_charts_of_risk_and_shaded_tables() -> None:
    environment = Environment(loader=FileSystemLoader(template_folder()), autoescape=True, undefined=StrictUndefined)
    section = Section("risk", "Risk", (heat_table(shapes.heat()), DrawnChart(fan_chart(shapes.fan(), key="fan"))))
    words = dict.fromkeys(("title", "kicker", "term", "status", "status_words", "statement", "in_short"), "words")
    lists: dict[str, list[str]] = {k: [] for k in ("parties", "cases", "settings", "tiles", "headline_parts")}
    page = environment.get_template(TEMPLATE).render(**words, **lists, sections=(section,), tags={})
    assert page.count('<table class="shaded">') == 1 and page.count("<svg xmlns") == 1
    assert '<td class="n4">−62.5<br><b>2031/32</b></td>' in page and ".shaded td" in page


@settings(deadline=None, max_examples=examples(40))
@given(st.one_of(shapes.heats().map(heat_table), shapes.grids().map(grid_table)))
def test_names_never_become_markup_and_every_cell_says_its_sign(part: Shaded) -> None:
    reader = Tags()
    reader.feed(placed(part))
    known = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "sup", "br", "b", "p", "ul", "li"}
    assert set(reader.found) <= known
    for _, _, cells in part.rows:
        assert len(cells) == len(part.columns)
        for cell in cells:
            signs = {"n": "−", "p": "+"}
            assert cell.text.startswith(signs.get(cell.tone[0], ("0", "–")))


@settings(deadline=None, max_examples=examples(60))
@given(st.lists(shapes.FIGURES, min_size=1, max_size=20))
def test_a_larger_figure_never_has_a_lesser_shade(values: list[float]) -> None:
    steps = steps_of(values, "£m")
    assert len(steps) == 3 and list(steps) == sorted(steps)
    shades = [shade(v, steps, "£m") for v in sorted(values)]
    assert all(before <= after for before, after in pairwise(shades))
    largest = max(abs(v) for v in values)
    if largest > 1e6:
        assert max(map(abs, shades)) == 4


@pytest.mark.parametrize(
    ("values", "places", "steps"),
    [
        ([-96.3e6, 12e6], 1, (10.0, 20.0, 50.0)),
        ([-100e6], 1, (10.0, 20.0, 50.0)),
        ([101e6], 1, (20.0, 50.0, 100.0)),
        ([-3e4], 1, (0.1, 0.2, 0.5)),
        ([0.0], 0, (1.0, 2.0, 5.0)),
    ],
)
def test_shades_deepen_at_round_figures(values: list[float], places: int, steps: tuple[float, ...]) -> None:
    assert steps_of(values, "£m", places) == pytest.approx(steps)


def test_ink_is_legible_on_every_shade() -> None:
    css = (template_folder() / "shaded.css").read_text(encoding="utf-8")
    grounds = dict(re.findall(r"\.([np][1-4]|z|x) \{ background: (#[0-9a-f]{3,6});", css))
    assert set(grounds) == {*(f"{s}{k}" for s in "np" for k in range(1, 5)), "z", "x"}
    for ground in grounds.values():
        full = ground if len(ground) == 7 else "#" + "".join(2 * c for c in ground[1:])
        assert palette.contrast("#1a1a1a", full) >= 4.5


def test_a_cell_without_a_figure_says_why_and_a_failing_one_when() -> None:
    part = heat_table(shapes.heat())
    markup = placed(part)
    # the largest is 62.5: steps 10, 20, 50; -62.5 is beyond all, 31 beyond two, 1.2 beyond none
    assert [cell.tone for _, _, cells in part.rows for cell in cells] == ["n4", "p1", "p3", "x"]
    assert "<b>2031/32</b>" in markup and "–<sup>a</sup>" in markup and "a. No practices could withdraw" in markup
    text = printed(risk_console.heat(shapes.heat(), 80), 80)
    assert all(said in text for said in ("−62.5", "+31.0", "2031/32", "–a", "a. No practices could withdraw"))


def test_the_cell_of_the_scenario_is_marked() -> None:
    grid = Grid("Result", "Shift", "Growth", ("0%", "100%"), ("0", "1"), ((-8e6, -9e6), (3e6, 2e6)), (1, 0))
    assert [c.mark for _, _, cells in grid_table(grid).rows for c in cells] == ["", "", "scenario", ""]
    assert "[+3.0]" in printed(risk_console.grid(grid, 80), 80)


def test_a_table_of_many_parties_is_split_in_the_terminal() -> None:
    names = tuple(f"Organisation number {k}" for k in range(12))
    whole = replace(shapes.heat(), columns=names, values=((-1e6,) * 12,) * 2, marks=(("",) * 12,) * 2,
                    notes=(("",) * 12,) * 2)  # fmt: skip
    text = printed(risk_console.heat(whole, 80), 80)
    assert text.count("−1.0") == 24
    assert text.count("ST01") > 1


# Scatter -------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=examples(60))
@given(shapes.frontiers())
def test_points_keep_their_order(shape: Frontier) -> None:
    chart = frontier_chart(shape, key="k")
    drawn = [
        (float(node.get("cx", "")), float(node.get("cy", "")))
        for node in nodes(chart, "circle", fill=STYLES["pareto"].colour, r="5.5")
    ]
    wanted = shape.of("pareto")
    assert len(drawn) == len(wanted)
    for (one, a), (other, b) in combinations(zip(wanted, drawn, strict=True), 2):
        assert (one.x - other.x) * (a[0] - b[0]) >= 0
        assert (one.y - other.y) * (a[1] - b[1]) <= 0


def test_the_corner_of_those_who_should_not_sign_ends_at_what_they_have_without() -> None:
    chart = frontier_chart(shapes.frontier(), key="k")
    (corner,) = nodes(chart, "rect", fill="url(#k-neither)")
    right, top = float(corner.get("x", "")) + float(corner.get("width", "")), float(corner.get("y", ""))
    bounds = [float(node.get("x1", "")) for node in nodes(chart, "line", stroke=palette.INK)]
    assert right == pytest.approx(bounds[0], abs=0.02)
    triangles = [points(node) for node in nodes(chart, "polygon", fill=STYLES["refused"].colour)]
    assert len(triangles) == 1
    assert all(x < right and y > top for x, y in triangles[0])
    assert all(float(node.get("cx", "")) > right or float(node.get("cy", "")) < top for node in nodes(chart, "circle"))
    assert "Neither should sign" in {content for *_, content in rows_of(chart)}


def test_points_that_would_hide_one_another_are_drawn_once() -> None:
    crowd = tuple(Point(f"p{k}", (k % 100) * 1e3, (k // 100) * 1e3, "dominated") for k in range(10_000))
    shape = replace(shapes.frontier(), points=(*crowd, *shapes.frontier().points))
    chart = frontier_chart(shape, key="k")
    assert len(chart) < 60_000
    assert "(10001)" in chart


def test_the_frontier_in_characters_marks_every_kind() -> None:
    text = printed(risk_plots_console.frontier(shapes.frontier(), 80), 80)
    plot = text.split("● on the frontier")[0]
    assert plot.count("●") == 5 and plot.count("◆") == 1 and plot.count("x") >= 1
    assert all(said in text for said in ("Share 40%", "+£28.0m", "−£8.0m", "As offered"))


def test_the_plot_of_pairs_ends_where_the_search_did_and_the_base_is_safe() -> None:
    chart = pairs_chart(shapes.pairs(), key="k")
    check(chart)
    (area,) = nodes(chart, "polygon", fill="url(#k-fails)")
    (line,) = nodes(chart, "path")
    along, corners = points(line), points(area)
    assert set(along) <= set(corners)
    right = max(float(node.get("x2", "")) for node in nodes(chart, "line"))
    assert along[-1][0] == pytest.approx(right)
    assert corners[0][1] < min(y for _, y in along)
    (below,) = nodes(pairs_chart(replace(shapes.pairs(), failing="below"), key="k"), "polygon", fill="url(#k-fails)")
    assert points(below)[0][1] > max(y for _, y in points(below)[1:-1])
    said = {content for *_, content in rows_of(chart)}
    assert {"Reserves run out", "Reserves last", "0.0%, 3.0 years", "22.0%, 0.0 years"} <= said
    text = printed(risk_plots_console.pairs(shapes.pairs(), 80), 80)
    assert "░" in text and "22.0%" in text and text.count("◆") == 3


@settings(deadline=None, max_examples=examples(60))
@given(st.lists(st.tuples(shapes.NAMES, st.floats(0, 800), st.floats(0, 300)), max_size=12))
def test_labels_within_a_plot_never_cover_one_another(wanted: list[tuple[str, float, float]]) -> None:
    labels = [placing.about(text, (x, y)) for text, x, y in wanted]
    body = placing.placed(labels, (0.0, 0.0, 880.0, 320.0), [(x, y) for _, x, y in wanted])
    check(svg.figure("k", "t", "d", 320.0, [body]))


# Draws ---------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=examples(30))
@given(st.lists(st.floats(-0.5, 0.5) | st.sampled_from([-0.15, -0.03, 0.0, 0.03, 0.15]), min_size=1, max_size=60))
def test_every_draw_is_counted_once(rates: list[float]) -> None:
    found = curve()
    draws = draws_of(found, rates)
    assert draws.total == len(rates)
    beyond = (draws.below + draws.above) / len(rates)
    assert math.fsum(zone.share for zone in draws.zones) + beyond == pytest.approx(1)
    assert [z.high for z in draws.zones[:-1]] == [z.low for z in draws.zones[1:]]
    check(payoff_with_draws(found, draws, HOSTILE, key="k"))
    printed(risk_plots_console.draws(draws, 80), 80)


def test_the_dead_band_is_named_with_its_share() -> None:
    # gates at 3% either side: of these ten draws -2%, -1%, 0, 1% and 2% lie between them
    draws = draws_of(curve(), [-0.2, -0.05, -0.04, -0.02, -0.01, 0.0, 0.01, 0.02, 0.04, 0.06])
    assert [(z.name, round(z.share, 9)) for z in draws.zones if z.name == DEAD] == [(DEAD, 0.5)]
    assert (draws.below, draws.above) == (1, 0)
    chart = payoff_with_draws(curve(), draws, "Payoff", key="k")
    said = [content for *_, content in rows_of(chart)]
    assert "50%" in said and DEAD in said
    assert "Beyond the range drawn: 1 of 10 draws, 1 below it, 0 above." in said
    text = printed(risk_plots_console.draws(draws, 80), 80)
    assert "50%" in text and "of draws in the dead band" in text and "1 below it" in text


def test_indices_of_nothing_but_noise_have_no_bars() -> None:
    """Estimates below nothing, however little, are longer than no bar: there is none."""
    below = Index("i", Estimate(-1.0, -1.0, 0.0), Estimate(-1.4e-138, -1.0, 0.0))
    assert "█" not in printed(risk_console.indices(Indices("", (below,)), 80), 80).splitlines()[2]


def test_a_share_from_the_first_pound_has_no_dead_band() -> None:
    """Nothing is shared of a variance of nil, in the middle of the curve: that alone is no dead band."""
    draws = draws_of(curve("single-rate"), [-0.02, -0.01, 0.0, 0.01, 0.02])
    assert DEAD not in {zone.name for zone in draws.zones}


@pytest.mark.parametrize("name", ["golden-example", "mssp-basic-e", "nhs-multilateral-pool"])
def test_draws_stand_on_the_scale_of_the_curve(name: str) -> None:
    found = curve(name)
    rates: Sequence[float] = [k / 1000 for k in range(-140, 141)]
    draws = draws_of(found, rates)
    chart = payoff_with_draws(found, draws, "Payoff", key="k")
    check(chart)
    (histogram,) = nodes(chart, "path", fill=palette.BAND_CORE)
    xs, levels = zip(*points(histogram), strict=True)
    heights = [max(levels) - level for level in levels[1:-1:2]]
    assert heights == pytest.approx([count / max(draws.counts) * max(heights) for count in draws.counts], abs=0.05)
    assert max(heights) > 50
    gates = [node.get("x1") for node in nodes(chart, "line") if node.get("stroke-dasharray") == "2 4"]
    assert all(gates.count(gate) >= 2 for gate in gates)
    axis = [
        node for node in nodes(chart, "line") if node.get("stroke") == palette.INK and node.get("stroke-width") == "2"
    ]
    quantiles: Values = (draws.p5, draws.p50, draws.p95)
    low, high = found.rates[0], found.rates[-1]
    for node, rate in zip(axis, quantiles, strict=True):
        wanted = min(xs) + (rate - low) / (high - low) * (max(xs) - min(xs))
        assert float(node.get("x1", "")) == pytest.approx(wanted, abs=0.05)
