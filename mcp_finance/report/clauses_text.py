"""A term sheet's clauses as the terminal shows them: hanging numbers, small tables, what it is above everything.

Text of the sheet is never markup, and long tables of points are folded into columns side by side.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from mcp_finance.files.problems import harmless
from mcp_finance.terms.load import Terms
from mcp_finance.terms.reading.english import Heading, Sentence, Table, clauses, preamble

INDENT, LONG_TABLE, IN_A_BLOCK, MOST_BLOCKS = 6, 10, 9, 4


def contract(terms: Terms) -> RenderableType:
    """The whole sheet in words."""
    sheet = terms.sheet
    top: list[RenderableType] = [Text(harmless(sheet.title), style="bold"), Text(f"Term sheet {sheet.id}", style="dim")]
    for name, said in preamble(terms):
        style = "bold magenta" if name == "Status" and sheet.status == "illustrative" else ""
        top.append(Text.assemble((f"{name}: ", "dim"), (harmless(said), style)))
    return Group(*top, *(part for heading in clauses(terms) for part in _heading(heading)))


def _heading(heading: Heading) -> list[RenderableType]:
    body: list[RenderableType] = [Text(), Text(f"{heading.number}. {heading.title}", style="bold")]
    for sentence in heading.sentences:
        body += _sentence(sentence)
    return body


def _sentence(sentence: Sentence) -> list[RenderableType]:
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=INDENT - 1, no_wrap=True)
    grid.add_column()
    grid.add_row(Text(sentence.number), Text(harmless(sentence.text)))
    if sentence.table is None:
        return [grid]
    return [grid, Padding(_table(sentence.table), (0, 0, 0, INDENT))]


def _table(table: Table) -> Grid:
    head, rows = folded(table)
    grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for title in head:
        grid.add_column(Text(harmless(title)))
    for row in rows:
        grid.add_row(*(Text(harmless(cell)) for cell in row))
    return grid


def folded(table: Table) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows; a long table of two columns stands in several blocks side by side, read downwards."""
    count = len(table.rows)
    if len(table.head) > 2 or count <= LONG_TABLE:
        return table.head, list(table.rows)
    blocks = min(MOST_BLOCKS, -(-count // IN_A_BLOCK))
    deep = -(-count // blocks)
    blank = ("",) * len(table.head)
    rows = [
        tuple(cell for b in range(blocks) for cell in (table.rows[b * deep + k] if b * deep + k < count else blank))
        for k in range(deep)
    ]
    return table.head * blocks, rows
