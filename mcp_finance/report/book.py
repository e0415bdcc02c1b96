"""A workbook in the making, shared by the modules that fill its sheets."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from mcp_finance.analysis.run import Run
from mcp_finance.report.sheet_data import SheetData
from mcp_finance.rows.layout import Layout
from mcp_finance.terms.compiler.compile import Compiled


@dataclass
class Book:
    """A workbook in the making: openpyxl's part, and the cells of each sheet.

    `described` are the descriptions of the charts on the sheet of terms.
    """

    run: Run
    layout: Layout
    book: Workbook
    data: dict[str, SheetData]
    described: tuple[str, ...] = ()

    @property
    def structure_terms(self) -> tuple[Compiled, ...]:
        """The contract's term sheets, bound to its rows."""
        return self.run.inputs.terms

    def sheet(self, name: str) -> Worksheet:
        sheet = self.book[name]
        assert isinstance(sheet, Worksheet)
        return sheet
