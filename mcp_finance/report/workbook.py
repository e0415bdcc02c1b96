"""The live workbook: the model's inputs and formulas on sheets that a finance team can follow, audit and change.

Every formula of the model stands in the workbook as the formula reader writes it, one a row, with its value cached
beside it. Inputs stand apart, blue on cream, each with its source, grade, owner, date, note and place in the file.
`Summary` links to the rows behind the headlines; `Checks` says whether the books hold. Text from a scenario is
written as text, whatever it begins with.
"""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mcp_finance.analysis.headlines import Headlines
from mcp_finance.analysis.run import Run
from mcp_finance.report.book import Book
from mcp_finance.report.finisher import finish
from mcp_finance.report.sheet_data import SheetData
from mcp_finance.report.summary_sheet import CHARTS, SUMMARY, write_summary
from mcp_finance.report.terms_sheet import TERMS, write_terms
from mcp_finance.rows.evaluate import opening_values
from mcp_finance.rows.expr import plain_name, words
from mcp_finance.rows.formulas import formula_cells
from mcp_finance.rows.layout import FIRST_KEY, HEADER_ROW, INPUT_SHEET, ITEM, LABEL, OPENING, UNIT, Layout, letters
from mcp_finance.rows.row import Origin

INK, RULE, BAND = "12436D", "BFBFBF", "E8EDF3"
INPUT_INK, INPUT_FILL = "1F4FD8", "FFF9E5"
FORMATS = {
    "GBP": "#,##0;[Red]-#,##0;0",
    "pence": "#,##0.00;[Red]-#,##0.00;0.00",
    "share": "0.0%",
    "rate": "0.00%",
    "index": "0.0000",
    "count": "#,##0",
    "plain": "0.00",
    "switch": "0",
}
FORMAT_OF_UNIT = {
    "GBP": "GBP",
    "GBP a head": "pence",
    "share": "share",
    "rate": "rate",
    "index": "index",
    "level": "index",
    "people": "count",
    "weighted people": "count",
    "activity": "count",
    "bed-days": "count",
    "switch": "switch",
}
SMALL_MONEY = 20_000
MOST_TEXT = 2_000
PAPER_A3 = 8


def workbook_bytes(run: Run, headlines: Headlines) -> bytes:
    """The workbook of a run as a file's content; the same run gives the same bytes."""
    book = make_book(run, headlines)
    stream = io.BytesIO()
    book.book.save(stream)
    return finish(stream.getvalue(), book.data, (tuple(CHARTS.values()), book.described))


def make_book(run: Run, headlines: Headlines) -> Book:
    """All sheets and cells, not yet a file."""
    layout, book = Layout(run.model), Workbook()
    book.properties.creator = "mcp-finance"
    styles = _styles(book)
    first = book.active
    assert first is not None
    first.title = SUMMARY
    own = (TERMS, *layout.sheets) if run.loaded.terms else tuple(layout.sheets)
    for name in own:
        book.create_sheet(name)
    made = Book(run, layout, book, {name: SheetData(styles) for name in (SUMMARY, *own)})
    for name in layout.sheets:
        _frame(made, name)
    _inputs(made)
    _rows(made)
    write_summary(made, headlines)
    if run.loaded.terms:
        made.described = write_terms(made)
    return made


def _styles(book: Workbook) -> dict[str, int]:
    """The workbook's named styles, and the number that the file gives each."""
    thin = Side(style="thin", color=RULE)
    for name, number_format in FORMATS.items():
        book.add_named_style(NamedStyle(f"m_{name}", number_format=number_format, font=Font(name="Arial", size=10)))
        book.add_named_style(
            NamedStyle(
                f"i_{name}",
                number_format=number_format,
                font=Font(name="Arial", size=10, color=INPUT_INK),
                fill=PatternFill("solid", fgColor=INPUT_FILL),
                border=Border(thin, thin, thin, thin),
            )
        )
        bold = Font(name="Arial", size=10, bold=True)
        book.add_named_style(NamedStyle(f"b_{name}", number_format=number_format, font=bold))
    book.add_named_style(NamedStyle("text", font=Font(name="Arial", size=10)))
    book.add_named_style(
        NamedStyle(
            "note", font=Font(name="Arial", size=10, color="404040"), alignment=Alignment(horizontal="left", indent=1)
        )
    )
    book.add_named_style(NamedStyle("bold", font=Font(name="Arial", size=10, bold=True)))
    book.add_named_style(NamedStyle("quiet", font=Font(name="Arial", size=9, color="595959")))
    book.add_named_style(NamedStyle("title", font=Font(name="Arial", size=14, bold=True, color=INK)))
    banner = Alignment(vertical="top", wrap_text=True)
    book.add_named_style(NamedStyle("banner", font=Font(name="Arial", size=10, italic=True), alignment=banner))
    wrapped = Alignment(vertical="top", wrap_text=True)
    book.add_named_style(NamedStyle("wrapped", font=Font(name="Arial", size=10), alignment=wrapped))
    head = NamedStyle("head", font=Font(name="Arial", size=10, bold=True, color=INK))
    head.border = Border(bottom=Side(style="medium", color=INK))
    head.alignment = Alignment(horizontal="right", wrap_text=True, vertical="bottom")
    book.add_named_style(head)
    left = NamedStyle("head_left", font=Font(name="Arial", size=10, bold=True, color=INK))
    left.border = Border(bottom=Side(style="medium", color=INK))
    book.add_named_style(left)
    block = NamedStyle("block", font=Font(name="Arial", size=10, bold=True, color=INK))
    block.fill = PatternFill("solid", fgColor=BAND)
    book.add_named_style(block)
    meaning = NamedStyle("block_meaning", font=Font(name="Arial", size=9, color="404040"))
    meaning.fill = PatternFill("solid", fgColor=BAND)
    book.add_named_style(meaning)
    probe = book.create_sheet("styles")
    numbers = {}
    for name in book.named_styles:
        probe["A1"].style = name
        numbers[name] = probe["A1"].style_id
    book.remove(probe)
    return numbers


def _frame(book: Book, name: str) -> None:
    """Titles, headings, widths, panes and print settings of a model sheet."""
    layout, scenario, data = book.layout, book.run.loaded.scenario, book.data[name]
    data.text(1, LABEL, f"{name} – {scenario.title}", "title")
    data.text(2, LABEL, f"{scenario.status.capitalize()}. Cases: {book.run.loaded.case}. Money in GBP.", "quiet")
    heads = {LABEL: "Row", ITEM: "Item", UNIT: "Unit"} | {c: f"key: {key}" for key, c in layout.keys.items()}
    last = ("Source", "Grade", "Owner", "Date", "Note", "Place") if name == INPUT_SHEET else ("Formula in words",)
    heads |= {layout.after_years + k: head for k, head in enumerate(last)}
    for column, head in heads.items():
        data.text(HEADER_ROW, column, head, "head_left")
    data.text(HEADER_ROW, layout.constant_column, "Constant or opening", "head")
    for t, year in enumerate(layout.model.years):
        data.text(HEADER_ROW, layout.column(t), year, "head")
    _columns(book, book.sheet(name), len(last))
    _page(book.sheet(name), f"{letters(FIRST_KEY)}{HEADER_ROW + 1}")
    book.sheet(name).print_title_rows = f"1:{HEADER_ROW}"
    last_line = max(layout.lines(row)[1] for row in layout.sheets[name])
    book.sheet(name).print_area = f"A1:{letters(layout.after_years + len(last) - 1)}{last_line}"


def _columns(book: Book, sheet: Worksheet, after: int) -> None:
    """Widths; key columns are grouped and folded away."""
    layout = book.layout
    widths = {LABEL: 30, ITEM: 44, UNIT: 10, layout.constant_column: 15}
    widths |= {layout.column(t): 14 for t in range(len(layout.model.years))}
    widths |= {layout.after_years + k: 30 for k in range(after)}
    for column, width in widths.items():
        sheet.column_dimensions[letters(column)].width = width
    for column in layout.keys.values():
        sheet.column_dimensions[letters(column)].hidden = True
        sheet.column_dimensions[letters(column)].outlineLevel = 1


def _page(sheet: Worksheet, panes: str) -> None:
    sheet.freeze_panes = panes
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 85
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = PAPER_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _heading(book: Book, sheet: str, name: str, unit: str, text: str) -> None:
    """The title line of a block: name, and what it means."""
    line, layout, data = book.layout.title_line(name), book.layout, book.data[sheet]
    for column in range(LABEL, layout.after_years + 1):
        data.fill(line, column, "block")
    data.text(line, LABEL, capitalised(_label(book, name)), "block")
    data.text(line, UNIT, unit, "block")
    data.text(line, layout.constant_column, text, "block_meaning")


def _labels(book: Book, data: SheetData, name: str, at: dict[str, int], unit: str) -> int:
    """Label, item, unit and keys of an element; returns its line."""
    line = book.layout.line(name, at)
    data.text(line, LABEL, _label(book, name), "quiet" if at else "text")
    data.text(line, ITEM, book.layout.item(at))
    data.text(line, UNIT, unit, "quiet")
    for column, key in book.layout.key_cells(at).items():
        data.text(line, column, key, "quiet")
    return line


def _label(book: Book, name: str) -> str:
    """A row's name as a reader would say it; on the sheet of its own terms without their id."""
    row = book.layout.model.rows.get(name)
    return plain_name(row.tags.get("label", name) if row else name)


def capitalised(text: str) -> str:
    """The text with a capital at its start and all else as it is."""
    return text[:1].upper() + text[1:]


def _inputs(book: Book) -> None:
    layout, data = book.layout, book.data[INPUT_SHEET]
    for name, spec in layout.model.inputs.items():
        _heading(book, INPUT_SHEET, name, spec.unit, spec.doc)
        values = book.run.inputs.values[name]
        style = f"i_{_format(spec.unit, float(abs(values).max()))}"
        years = range(int(spec.growth), len(layout.model.years)) if spec.yearly else (OPENING,)
        origins = book.run.inputs.origins[name]
        for at in layout.elements(name):
            line = _labels(book, data, name, at, spec.unit)
            position = tuple(at[d] for d in spec.dims)
            for year in years:
                data.number(line, layout.column(year), float(values[(max(year, 0), *position)]), style)
            found = [origins[(*position, y)] for y in years] if spec.yearly else [origins[position]]
            _provenance(book, data, line, list(dict.fromkeys(found)))


def _provenance(book: Book, data: SheetData, line: int, origins: list[Origin]) -> None:
    """Source, grade, owner, date, note and place of a line's figures; each once, where years differ."""
    for k, key in enumerate(("source", "grade", "owner", "date", "note", "place")):
        text = "; ".join(dict.fromkeys(t for o in origins if (t := str(getattr(o, key)))))
        data.text(line, book.layout.after_years + k, text[:MOST_TEXT], "quiet")


def _format(unit: str, largest: float) -> str:
    if unit == "GBP" and largest < SMALL_MONEY:
        return "pence"
    return FORMAT_OF_UNIT.get(unit, "plain")


def _rows(book: Book) -> None:
    layout, results = book.layout, book.run.results
    styles = {}
    for name, row in layout.model.rows.items():
        _heading(book, row.sheet, name, row.unit, row.doc)
        book.data[row.sheet].text(layout.title_line(name), layout.after_years, words(row.expr), "block_meaning")
        styles[name] = f"m_{_format(row.unit, float(abs(results[name]).max()))}"
        for at in layout.elements(name):
            _labels(book, book.data[row.sheet], name, at, row.unit)
    openings = opening_values(results)
    values = {name: results[name][..., 0] for name in layout.model.rows}
    for cell in formula_cells(layout):
        position = tuple(cell.at[d] for d in layout.model.dims_of(cell.name))
        value = openings[cell.name][position] if cell.year == OPENING else values[cell.name][(cell.year, *position)]
        style = styles.get(cell.name, "m_plain")
        book.data[cell.sheet].formula(cell.line, cell.column, cell.formula, float(value), style)
