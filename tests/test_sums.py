"""Sums in parts: the whole is the sum however many rows there are, and no name is used twice."""

from __future__ import annotations

import numpy as np
import pytest

from mcp_finance.model.sums import MOST_TERMS, NIL, summed
from mcp_finance.rows.evaluate import evaluate
from mcp_finance.rows.model import build
from mcp_finance.rows.row import InputSpec, Row


@pytest.mark.parametrize("count", [1, MOST_TERMS, MOST_TERMS + 1, MOST_TERMS**2 + 1, 2 * MOST_TERMS**3])
def test_a_sum_of_many_is_their_sum(count: int) -> None:
    """Every third one is taken off; more than 25 need parts of parts."""
    names = [f"x_{k}" for k in range(count)]
    signed = [f"-{name}" if k % 3 == 2 else name for k, name in enumerate(names)]
    rows = list(summed(Row("whole", NIL, (), "Sheet", "GBP", "A sum.", "here"), signed))
    assert len({row.name for row in rows}) == len(rows)
    terms = [InputSpec(name, "GBP", "A term.") for name in names]
    model = build((), (), ("2026/27",), terms, rows)
    values = {name: np.array([float(k + 1)]) for k, name in enumerate(names)}
    expected = sum(-(k + 1) if k % 3 == 2 else k + 1 for k in range(count))
    assert evaluate(model, values).series("whole") == pytest.approx([expected])


def test_a_sum_of_nothing_is_nil() -> None:
    (row,) = summed(Row("whole", NIL, (), "Sheet", "GBP", "A sum.", "here"), [])
    assert row.expr is NIL
