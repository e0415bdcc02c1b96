"""The sheet `Terms` of the workbook: what each term sheet says, its payoff curve, and payments rounded to pennies.

The step-by-step formulas of a term sheet stand on a sheet of their own, `Terms` and its id; here are its clauses to
read beside them. The rounding of payments is done here, by live formulas, and nowhere else in the workbook. The curve
is drawn for the facts that its notes name and does not move with the workbook.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from openpyxl.chart import Reference, ScatterChart
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mcp_finance.files.problems import harmless
from mcp_finance.report import payoff_chart
from mcp_finance.report.book import Book
from mcp_finance.report.palette import CATEGORICAL
from mcp_finance.report.sheet_data import SheetData
from mcp_finance.report.terms_section import curve, paragraphs
from mcp_finance.report.views import names
from mcp_finance.rows.layout import letters, quoted
from mcp_finance.scenario.terms import BoundTerms
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.reading.lint import lint
from mcp_finance.terms.reading.payoff import Payoff
from mcp_finance.terms.reading.phrases import party as party_name

TERMS = "Terms"
NUMBER, TEXT = 1, 2
CURVE = 4
TEXT_WIDTH, LINE_HEIGHT = 95, 13.5
STEPS = 30


def write_terms(book: Book) -> tuple[str, ...]:
    """Fill the sheet; returns the descriptions of its charts, in their order."""
    data, sheet = book.data[TERMS], book.sheet(TERMS)
    data.text(1, NUMBER, f"Terms – {book.run.loaded.scenario.title}", "title")
    data.text(2, NUMBER, "What the term sheets say; their formulas stand on the sheets named after them.", "quiet")
    line, described = 4, []
    for bound in book.run.loaded.terms:
        compiled = bound.compiled
        drawn = curve(book.run, compiled)
        data.text(line, NUMBER, bound.terms.sheet.title, "block")
        data.fill(line, TEXT, "block")
        after = _paragraphs(data, bound, line + 1)
        for warning in lint(compiled):
            data.text(after, TEXT, f"Worth a second look: {harmless(warning.message)}", "wrapped")
            data.heights[after] = LINE_HEIGHT * max(1, -(-(len(warning.message) + 22) // TEXT_WIDTH))
            after += 1
        if drawn is not None:
            after = max(after, _curve(book, sheet, drawn, line + 1))
            described.append(payoff_chart.description(drawn))
        line = _payments(book, bound, after + 1) + 2
    sheet.column_dimensions["A"].width = 8
    sheet.column_dimensions["B"].width = TEXT_WIDTH
    for column in range(3, CURVE + 3 + len(book.run.years)):
        sheet.column_dimensions[letters(column)].width = 14
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 8
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return tuple(described)


def _paragraphs(data: SheetData, bound: BoundTerms, line: int) -> int:
    """The clauses, one a line; returns the line after them."""
    for number, text in paragraphs(bound):
        is_heading = number.isdigit()
        data.text(line, NUMBER, number, "bold" if is_heading else "wrapped")
        data.text(line, TEXT, text, "bold" if is_heading else "wrapped")
        data.heights[line] = LINE_HEIGHT * max(1, -(-len(text) // TEXT_WIDTH))
        line += 1
    return line


def _curve(book: Book, sheet: Worksheet, drawn: Payoff, line: int) -> int:
    """The points of the curve and its chart, beside the clauses; returns the line after them."""
    data, unit = book.data[TERMS], payoff_chart.unit_of(drawn)
    panel = payoff_chart.panels(drawn)[0]
    over = "Variance, of target" if drawn.over == "variance" else "Score"
    first = line + 22
    data.text(first, CURVE, over, "head")
    for k, party in enumerate(panel.amounts, 1):
        data.text(first, CURVE + k, f"{party_name(party)}, {unit.words}", "head")
    data.heights[first] = 3 * LINE_HEIGHT
    chosen = _chosen(drawn)
    for n, at in enumerate(chosen, 1):
        data.number(first + n, CURVE, drawn.rates[at], "m_share")
        for k, values in enumerate(panel.amounts.values(), 1):
            data.number(first + n, CURVE + k, values[at], "m_pence")
    last = first + len(chosen)
    chart = ScatterChart(scatterStyle="lineMarker")
    chart.title = f"{panel.title}, {unit.words}"
    chart.height, chart.width = 10, 20
    chart.x_axis.numFmt, chart.x_axis.delete, chart.y_axis.delete = "0%", False, False
    chart.x_axis.tickLblPos = "low"
    if chart.legend is not None:
        chart.legend.position = "b"
    across = Reference(sheet, min_col=CURVE, min_row=first + 1, max_row=last)
    for k, (party, colour) in enumerate(zip(panel.amounts, CATEGORICAL, strict=False), 1):
        up = Reference(sheet, min_col=CURVE + k, min_row=first + 1, max_row=last)
        series = SeriesFactory(up, across, title=party_name(party))
        series.marker.symbol, series.smooth = "none", False
        series.graphicalProperties.line.solidFill = colour.removeprefix("#")
        series.graphicalProperties.line.width = 22_000
        chart.series.append(series)
    sheet.add_chart(chart, f"{letters(CURVE)}{line}")
    for text in payoff_chart.captions(drawn):
        last += 1
        data.text(last, CURVE, text, "quiet")
    return last + 1


def _chosen(drawn: Payoff) -> list[int]:
    """Points enough for the curve: evenly spread, and all that lie at a bend or a jump."""
    count = len(drawn.rates)
    even = {round(k * (count - 1) / STEPS) for k in range(STEPS + 1)}
    bends = {k for k in range(count) for e in drawn.edges if abs(drawn.rates[k] - e.rate) < 1e-5}
    return sorted(even | bends)


def _payments(book: Book, bound: BoundTerms, line: int) -> int:
    """Payments of every year, rounded; the party that takes the rest takes the remainder."""
    compiled = next(c for c in book.structure_terms if c.sheet.id == bound.terms.sheet.id)
    data, years = book.data[TERMS], book.run.years
    places = bound.terms.sheet.rounding.places
    data.text(line, TEXT, f"Payments, rounded to {places} places: positive receives, and all sum to nil", "head_left")
    for t, year in enumerate(years):
        data.text(line, CURVE + t, year, "head")
    parties = [p for p in compiled.names("payment") if p != bound.terms.sheet.rest]
    called = names(book.run)
    totals = [Decimal(0)] * len(years)
    for party in parties:
        line += 1
        data.text(line, TEXT, called[compiled.as_party(party)])
        for t in range(len(years)):
            value = _rounded(float(book.run.results.series(compiled.names("payment")[party])[t]), places)
            totals[t] += value
            formula = f"=ROUND({_cell(book, compiled, party, t)},{places})"
            data.formula(line, CURVE + t, formula, float(value), "m_pence")
    first, line = line - len(parties) + 1, line + 1
    data.text(line, TEXT, f"{called[compiled.as_party(bound.terms.sheet.rest)]}, the rest")
    for t, total in enumerate(totals):
        column = letters(CURVE + t)
        data.formula(line, CURVE + t, f"=-SUM({column}{first}:{column}{line - 1})", -float(total) + 0.0, "m_pence")
    return line


def _rounded(value: float, places: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _cell(book: Book, compiled: Compiled, party: str, year: int) -> str:
    name = compiled.names("payment")[party]
    return f"{quoted(book.layout.sheet[name])}!{letters(book.layout.column(year))}{book.layout.first[name]}"
