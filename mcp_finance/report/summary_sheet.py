"""The workbook's first sheet: headlines, yearly accounts, parties and charts, every figure a link to its row."""

from __future__ import annotations

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.legend import Legend
from openpyxl.chart.series import SeriesLabel
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mcp_finance.analysis.headlines import Headlines, Metric, cost_entries
from mcp_finance.analysis.run import Run
from mcp_finance.report.book import Book
from mcp_finance.report.palette import CATEGORICAL
from mcp_finance.report.sheet_data import SheetData
from mcp_finance.rows.layout import HEADER_ROW, Layout, letters

SUMMARY = "Summary"
LABEL, VALUE, REAL, BESIDE = 1, 2, 3, 4
STYLES = {"money": "GBP", "share": "share", "head": "pence", "index": "index"}
CHARTS = {
    "result": "Bar chart of the budget holder's income less cost in each year.",
    "balances": "Line chart of each party's change in result against do-nothing, cumulative, by year.",
}


def yearly_rows(run: Run) -> dict[str, str]:
    """Rows of the budget holder's years, and what they are called."""
    return {
        "wpb": "Whole-population budget",
        "holder_cost": "Cost of the budget",
        **{row: f"of which {label[0].lower()}{label[1:]}" for row, label in cost_entries(run).items()},
        "share_payment": "Gain/loss share",
        "withheld_total": "Withheld from instalments",
        "performance_payment": "Performance payment earned",
        "budget_holder.result": "Income less cost",
        "real_result": "The same at first-year prices",
        "budget_holder.closing": "Balance at year end",
        "stranded_cost": "Hospitals: stranded cost",
        "live_share": "Live budget, of full scope",
    }


def write_summary(book: Book, headlines: Headlines) -> None:
    """Fill the summary sheet."""
    scenario, data = book.run.loaded.scenario, book.data[SUMMARY]
    data.text(1, LABEL, scenario.title, "title")
    data.text(2, LABEL, f"{scenario.status.capitalize()}. {scenario.statement}".strip(), "banner")
    data.heights[2] = 62
    data.text(3, LABEL, f"Cases: {book.run.loaded.case}. Blue cells on Inputs may be changed.", "quiet")
    line = _checks(book, data, 4)
    line = _metrics(book, data, headlines, line + 2)
    line = _bridge(book, data, headlines, line + 2)
    line = _parties(book, data, headlines, line + 2)
    lines = _yearly(book, data, headlines, line + 2)
    sheet = book.sheet(SUMMARY)
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=12)
    _charts(book, sheet, lines)
    sheet.column_dimensions["A"].width = 46
    for column in range(2, 3 + len(book.run.years)):
        sheet.column_dimensions[letters(column)].width = 15
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 8
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 1
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def address(layout: Layout, row: str, year: int) -> str:
    """The cell of a row without dimensions in a year, with its sheet."""
    return f"{layout.sheet[row]}!{letters(layout.column(year))}{layout.first[row]}"


def _link(book: Book, data: SheetData, line: int, column: int, row: str, year: int, style: str) -> None:
    value, cell = float(book.run.results.series(row)[year]), address(book.layout, row, year)
    if style.endswith("GBP"):
        # sums that cancel leave a rounding that would show as -0
        data.formula(line, column, f"=ROUND({cell},4)", round(value, 4) + 0.0, style)
    else:
        data.formula(line, column, f"={cell}", value, style)


def _checks(book: Book, data: SheetData, line: int) -> int:
    """One cell that says whether every check holds."""
    layout = book.layout
    names = layout.sheets["Checks"]
    first, last = layout.first[names[0]], layout.first[names[-1]]
    block = f"Checks!{letters(layout.column(0))}{first}:{letters(layout.column(len(book.run.years) - 1))}{last}"
    formula = f'=IF(MAX(MAX({block}),-MIN({block}))<0.01,"all checks hold","A CHECK FAILS: see Checks")'
    holds = all(c.holds for c in book.run.integrity())
    data.text(line, LABEL, "Books, scope and bridge", "text")
    data.formula(line, VALUE, formula, "all checks hold" if holds else "A CHECK FAILS: see Checks", "bold")
    return line


def _metrics(book: Book, data: SheetData, headlines: Headlines, line: int) -> int:
    for column, head in ((LABEL, "Headline"), (VALUE, "Nominal"), (REAL, "Real"), (BESIDE, "Beside it")):
        data.text(line, column, head, "head" if column in (VALUE, REAL) else "head_left")
    for metric in headlines.metrics:
        line += 1
        _metric(book, data, line, metric)
    return _affordability(book, data, headlines, line + 1)


def _metric(book: Book, data: SheetData, line: int, metric: Metric) -> None:
    style = f"m_{STYLES[metric.unit]}"
    data.text(line, BESIDE, metric.beside or metric.comment, "note")
    if metric.key == "worst_year":
        _worst_year(book, data, line, metric, style)
        return
    data.text(line, LABEL, metric.label, "text")
    _link(book, data, line, VALUE, metric.row, metric.year, style)
    if metric.real_row:
        _link(book, data, line, REAL, metric.real_row, metric.year, style)


def _worst_year(book: Book, data: SheetData, line: int, metric: Metric, style: str) -> None:
    """The worst year is found by formula, so that it moves when an input does."""
    last = len(book.run.years) - 1
    years, results = _span(book, "budget_holder.result", HEADER_ROW), _span(book, "budget_holder.result")
    found = f"MATCH({address(book.layout, 'worst_result', last)},{results},0)"
    data.formula(line, LABEL, f'="Worst year, "&INDEX({years},{found})', metric.label, "text")
    _link(book, data, line, VALUE, "worst_result", last, style)
    real = float(book.run.results.series(metric.real_row)[metric.year])
    data.formula(line, REAL, f"=INDEX({_span(book, metric.real_row)},{found})", real, style)


def _span(book: Book, row: str, line: int = 0) -> str:
    """All years of a row, or of another line of its sheet."""
    layout, at = book.layout, line or book.layout.first[row]
    ends = (letters(layout.column(0)), letters(layout.column(len(book.run.years) - 1)))
    return f"{layout.sheet[row]}!{ends[0]}{at}:{ends[1]}{at}"


def _affordability(book: Book, data: SheetData, headlines: Headlines, line: int) -> int:
    if "worst_headroom" not in book.run.model.rows:
        data.text(line, LABEL, "Affordability", "text")
        data.text(line, VALUE, headlines.affordability, "text")
        return line
    last = len(book.run.years) - 1
    within, beyond = "within the allocation in every year", "beyond the allocation in some year"
    data.text(line, LABEL, "Affordability: least headroom of any year", "text")
    _link(book, data, line, VALUE, "worst_headroom", last, "m_GBP")
    holds = book.run.results.final("worst_headroom") >= 0
    formula = f'=IF(B{line}>=0,"{within}","{beyond}")'
    data.formula(line, BESIDE, formula, within if holds else beyond, "note")
    return line


def _bridge(book: Book, data: SheetData, headlines: Headlines, line: int) -> int:
    data.text(line, LABEL, f"From the reference year to what is paid in {book.run.years[0]}", "head_left")
    data.text(line, VALUE, "GBP", "head")
    for row, label, _ in headlines.bridge:
        line += 1
        last = row == "wpb"
        data.text(line, LABEL, label, "bold" if last else "text")
        _link(book, data, line, VALUE, row, 0, "b_GBP" if last else "m_GBP")
    return line


def _parties(book: Book, data: SheetData, headlines: Headlines, line: int) -> int:
    """Each party over the term: change against do-nothing, the threshold, and the verdict, live."""
    last = len(book.run.years) - 1
    for column, head in enumerate(("Party", "Balance", "Against do-nothing", "Threshold", "Verdict"), 1):
        data.text(line, column, head, "head_left" if column == 1 else "head")
    for party in headlines.parties:
        line += 1
        data.text(line, LABEL, party.name, "text")
        for column, row in ((2, "closing"), (3, "change_to_date"), (4, "threshold")):
            _link(book, data, line, column, f"{party.party}.{row}", last, "m_GBP")
        verdict = f'IF(ABS(C{line})<=D{line},"no material change",IF(C{line}>0,"better off","worse off"))'
        data.formula(line, 5, f'=IF(ABS(C{line})<0.01,"not affected",{verdict})', party.verdict, "note")
    line += 1
    data.text(line, LABEL, "All parties together", "bold")
    _link(book, data, line, 3, "system.change_to_date", last, "b_GBP")
    return line


def _yearly(book: Book, data: SheetData, headlines: Headlines, line: int) -> dict[str, int]:
    """The budget holder's years, and each party's against do-nothing; returns the line of every row."""
    lines: dict[str, int] = {}
    against = {f"{p.party}.change_to_date": p.name for p in headlines.parties}
    tables = {"The budget holder's years": yearly_rows(book.run), "Result against do-nothing, cumulative": against}
    for title, rows in tables.items():
        data.text(line, LABEL, title, "head_left")
        for t, year in enumerate(book.run.years):
            data.text(line, 2 + t, year, "head")
        lines.setdefault("years", line)
        for row, label in rows.items():
            line += 1
            lines[row] = line
            strong = row in ("wpb", "budget_holder.result", "budget_holder.closing")
            data.text(line, LABEL, label, "bold" if strong else "text")
            style = ("b_" if strong else "m_") + ("share" if row == "live_share" else "GBP")
            for t in range(len(book.run.years)):
                _link(book, data, line, 2 + t, row, t, style)
        line += 2
    lines["end"] = line
    return lines


def _charts(book: Book, sheet: Worksheet, lines: dict[str, int]) -> None:
    """The result of each year, and each party against do-nothing, from the tables above them."""
    parties = tuple(f"{p}.change_to_date" for p in book.run.parties)
    charts = ((BarChart(), "A", "Income less cost", ("budget_holder.result",)),
              (LineChart(), "G", "Result against do-nothing, cumulative", parties))  # fmt: skip
    last = 1 + len(book.run.years)
    for chart, place, title, rows in charts:
        _dress(chart, title)
        for k, row in enumerate(rows):
            at, colour = lines[row], CATEGORICAL[k % len(CATEGORICAL)]
            chart.add_data(Reference(sheet, min_col=2, max_col=last, min_row=at), from_rows=True)
            series = chart.series[-1]
            series.tx = SeriesLabel(strRef=StrRef(f=f"{SUMMARY}!$A${at}"))
            series.graphicalProperties.solidFill = colour.removeprefix("#")
            series.graphicalProperties.line.solidFill = colour.removeprefix("#")
            series.graphicalProperties.line.width = 22_000
            series.graphicalProperties.line.dashStyle = "solid" if k < len(CATEGORICAL) else "dash"
            series.invertIfNegative = False if isinstance(chart, BarChart) else None
        chart.set_categories(Reference(sheet, min_col=2, max_col=last, min_row=lines["years"]))
        sheet.add_chart(chart, f"{place}{lines['end'] + 1}")


def _dress(chart: BarChart | LineChart, title: str) -> None:
    """Title in £m, size, axes with labels below, legend below."""
    chart.title = f"{title}, £m"
    chart.height, chart.width = 10, 22
    chart.y_axis.numFmt = "#,##0,,"
    chart.y_axis.delete = False
    chart.x_axis.delete = False
    chart.x_axis.tickLblPos = "low"
    chart.legend = Legend()
    chart.legend.position = "b"
