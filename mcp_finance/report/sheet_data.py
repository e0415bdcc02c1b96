"""The cells of a sheet, written as the file format wants them, formulas with their values.

openpyxl writes formulas without values, and one cell at a time through its style tables; a model has tens of
thousands of them. So openpyxl makes the workbook (styles, panes, widths, charts) and the cells come from here, by the
finisher.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from mcp_finance.rows.layout import letters

CachedValue = float | str


@dataclass(slots=True)
class SheetData:
    """Cells by line and column; `styles` are the numbers of the workbook's named styles."""

    styles: dict[str, int]
    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    formulas: dict[str, CachedValue] = field(default_factory=dict)

    def number(self, line: int, column: int, value: float, style: str) -> None:
        self._put(line, column, style, "", f"<v>{value!r}</v>")

    def text(self, line: int, column: int, text: str, style: str = "text") -> None:
        """Text as text, whatever it begins with; control characters are left out."""
        clean = "".join(c for c in text if c >= " " or c in "\n\t")
        if clean:
            self._put(line, column, style, ' t="inlineStr"', f'<is><t xml:space="preserve">{escape(clean)}</t></is>')

    def fill(self, line: int, column: int, style: str) -> None:
        """An empty cell with a style."""
        self._put(line, column, style, "", "")

    def formula(self, line: int, column: int, formula: str, value: CachedValue, style: str) -> None:
        """A formula (with its equals sign) and the value that it has."""
        kind = ' t="str"' if isinstance(value, str) else ""
        cached = escape(value) if isinstance(value, str) else repr(value + 0.0)  # no minus before nothing
        self._put(line, column, style, kind, f"<f>{escape(formula[1:])}</f><v>{cached}</v>")
        self.formulas[f"{letters(column)}{line}"] = value

    def _put(self, line: int, column: int, style: str, kind: str, content: str) -> None:
        cell = f'<c r="{letters(column)}{line}" s="{self.styles[style]}"{kind}>{content}</c>'
        self.cells.setdefault(line, {})[column] = cell

    def xml(self) -> str:
        """The `sheetData` element."""
        return f"<sheetData>{''.join(self._row(line) for line in sorted(self.cells))}</sheetData>"

    def _row(self, line: int) -> str:
        height = f' ht="{self.heights[line]}" customHeight="1"' if line in self.heights else ""
        cells = self.cells[line]
        return f'<row r="{line}"{height}>{"".join(cells[column] for column in sorted(cells))}</row>'
