"""Every shipped sheet in every reader: workbook cells equal the engine, and two sheets stand in one model."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from spreadsheet import cells_of_model, differences, expected_cells
from term_sheets import inputs_of

from mcp_finance.rows.evaluate import evaluate
from mcp_finance.rows.formulas import MOST_CHARACTERS, formula_cells
from mcp_finance.rows.layout import Layout
from mcp_finance.terms.compiler.compile import Compiled, compile_terms, standalone
from mcp_finance.terms.compiler.parts import party_inputs
from mcp_finance.terms.load import load_terms, shipped_terms
from mcp_finance.terms.reading.given import given_facts
from mcp_finance.terms.settling.settle import Settler

SHIPPED = sorted(shipped_terms())


def compiled(name: str) -> Compiled:
    return compile_terms(load_terms(shipped_terms()[name]))


def facts_of(made: Compiled, rate: Fraction) -> dict[str, Fraction]:
    """Facts by their names among rows: a target of £10m, a variance of that rate, the rest as a curve assumes it."""
    found = dict(given_facts(made, {"target": "10000000"} if made.sheet.pools else {}, {"actual"}).values)
    for use in made.facts:
        if use.fact == "actual":
            found[use.name] = found[use.name.removesuffix("actual") + "target"] * (1 - rate)
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_every_cell_of_a_shipped_sheet_equals_the_engine(name: str) -> None:
    made = compiled(name)
    for rate in (Fraction(7, 100), Fraction(-7, 100)):
        inputs = inputs_of(made, facts_of(made, rate))
        expected = expected_cells(evaluate(made.model, inputs))
        cells = cells_of_model(made.model, inputs)
        assert expected.keys() <= cells.keys()
        assert differences(cells, expected, within=0.01) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_formulas_are_short_and_each_band_has_a_line(name: str) -> None:
    made = compiled(name)
    assert max(len(c.formula) for c in formula_cells(Layout(made.model))) <= MOST_CHARACTERS
    for pool in made.sheet.pools:
        for side, clauses in (("gain", pool.gain), ("loss", pool.loss_side)):
            for n, band in enumerate(clauses.bands, 1):
                if any(band.share for band in clauses.bands):
                    assert f"{made.sheet.prefix}.{pool.id}.{side}.band_{n}" in made.model.rows, band


def test_two_sheets_stand_in_one_model() -> None:
    """Each settles as it does alone; names are the sheet's own, parties are shared."""
    both = (compiled("golden-example"), compiled("dudley-performance"))
    model = standalone(both)
    parties = model.dimension["party"].members
    inputs: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = {}
    for made in both:
        inputs |= inputs_of(made, facts_of(made, Fraction(6, 100)))
    for name, (_, cells) in party_inputs(parties).items():
        inputs[name] = np.array([[float(value) for value, _ in cells]])
    results = evaluate(model, inputs)
    for made in both:
        alone = Settler(made).settle(facts_of(made, Fraction(6, 100)))
        for party, paid in alone.payments.items():
            assert results.series(made.payment, party=party)[0] == pytest.approx(float(paid), abs=0.006)
