"""Money of incentive schemes inside the budget, and what of performance money was not earned.

Under full integration the Improvement Payment Scheme takes the place of the Quality and Outcomes Framework and of
Commissioning for Quality and Innovation. Lines that hold such money say so, and `incentive_budget` is what the contract
pays for them: bound as the base of a performance payment it is the pool, part of the budget and nothing on top of it.

What is not earned stays with the party that the term sheet names. It becomes next year's pool where a sheet has a
second performance payment, on top, whose base is bound to `unearned_before`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mcp_finance.rows.expr import Expr, prior, ref, total
from mcp_finance.rows.model import reads
from mcp_finance.rows.row import Row, row
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import added

SHEET, SETTLEMENT = "Budget", "Settlement"
ORIGIN = "mcp_finance/model/share/incentive.py"
UNEARNED, UNEARNED_BEFORE = "performance_unearned", "unearned_before"


@row(sheet=SHEET, unit="GBP", dims=("incentive",))
def scheme_budget(line_budget: Expr) -> Expr:
    """Budget of each incentive scheme's lines that have transferred."""
    return total(line_budget, over="line", by="incentive")


@row(sheet=SHEET, unit="GBP")
def incentive_budget(scheme_budget: Expr) -> Expr:
    """Budget of all lines of incentive schemes that have transferred."""
    return total(scheme_budget, over="incentive")


def known_unearned_before() -> Row:
    """Performance money of last year that was not earned, as a fact may be bound to it."""
    doc = "Performance money of last year that was not earned."
    return Row(UNEARNED_BEFORE, prior(ref(UNEARNED)), (), SETTLEMENT, "GBP", doc, ORIGIN)


def unearned_rows(sheets: Iterable[Compiled]) -> Iterator[Row]:
    """What the performance payments of all sheets left unearned, where one of them goes on with last year's."""
    sheets = tuple(sheets)
    items = [f"{s.sheet.prefix}.at_risk_{n}.unearned" for s in sheets for n in range(1, len(s.sheet.at_risk) + 1)]
    if any(UNEARNED_BEFORE in reads(row.expr) for sheet in sheets for row in sheet.rows):
        unearned = added(ref(item) for item in items) if items else Expr("num", value=0.0)
        doc = "Performance money of the year that is not earned, of all term sheets."
        yield Row(UNEARNED, unearned, (), SETTLEMENT, "GBP", doc, ORIGIN)
        yield known_unearned_before()
