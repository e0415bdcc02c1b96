"""The one table of what every operation means, in words and in each reader.

Nothing may be added to the language without a line here, a numpy meaning in `mcp_finance.rows.evaluate` and
`mcp_finance.rows.tape`, an Excel form in `mcp_finance.rows.formulas`, and a property test that holds numpy and a
spreadsheet engine together. The list is kept short and plain, so that a further reader stays possible.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """What one operation means.

    `words` and `excel` are templates over the arguments; `level` is the binding strength of an infix operator (0 for
    functions), `firm` is 1 where the right-hand side needs brackets at equal strength. `excel` is empty where the
    formula depends on where the cells are (operations along an axis).
    """

    meaning: str
    words: str
    excel: str = ""
    level: int = 0
    firm: int = 0
    gives_test: bool = False
    ifs: int = 0


OPERATIONS: dict[str, Operation] = {
    "num": Operation("the number 0 or 1", ""),
    "ref": Operation("another row or an input, in the same year", ""),
    "+": Operation("sum", "{0} + {1}", "{0}+{1}", level=4),
    "-": Operation("difference", "{0} − {1}", "{0}-{1}", level=4, firm=1),
    "*": Operation("product", "{0} × {1}", "{0}*{1}", level=5),
    "/": Operation("quotient; the divisor must not be 0", "{0} ÷ {1}", "{0}/{1}", level=5, firm=1),
    "neg": Operation("the negative", "−{0}", "-{0}", level=6),
    ">": Operation("test: greater", "{0} > {1}", "{0}>{1}", level=3, gives_test=True),
    ">=": Operation("test: greater or equal", "{0} ≥ {1}", "{0}>={1}", level=3, gives_test=True),
    "<": Operation("test: less", "{0} < {1}", "{0}<{1}", level=3, gives_test=True),
    "<=": Operation("test: less or equal", "{0} ≤ {1}", "{0}<={1}", level=3, gives_test=True),
    "and": Operation("both tests hold", "{0} and {1}", "AND({0},{1})", level=2, gives_test=True),
    "or": Operation("either test holds", "{0} or {1}", "OR({0},{1})", level=1, gives_test=True),
    "least": Operation("the smallest", "the least of ({all})", "MIN({all})"),
    "most": Operation("the largest", "the most of ({all})", "MAX({all})"),
    "size": Operation("absolute value", "the size of ({0})", "ABS({0})"),
    "choose": Operation("one of two, by a test", "({1} if {0}, otherwise {2})", "IF({0},{1},{2})", ifs=1),
    "ratio": Operation(
        "quotient, 0 where the divisor is 0", "({0} ÷ {1}, or 0 where that is 0)", "IF({1}=0,0,{0}/{1})", ifs=1
    ),
    "total": Operation("sum over a dimension, or by a map's groups", "the total of {0} over {over}{by}"),
    "weighted": Operation("sum of products over a dimension", "the total of {0} × {1} over {over}"),
    "up": Operation("a group's value for each member", "{0} of its {along}"),
    "running": Operation("cumulative sum along a dimension", "the running total of {0} over {over}"),
    "shift": Operation("the element before", "{0} of the {over} before (for the first, {1})"),
    "last": Operation("the value at the end of a dimension", "{0} at the last {over}"),
    "prior": Operation("last year's value; an opening in the first year", "last year's {0}"),
    "interpolate": Operation("straight lines between points", "{2} read at {0} between the points {1}"),
    "steps": Operation("a step function of points", "{2} of the step of {1} that holds {0}"),
}
