"""An explanation shows the engine's value and exactly the values that its formula reads."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from engine_models import Case, cases, model_of, one_row, ref
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from reference import At, Reference
from tools import examples

from mcp_finance.rows.evaluate import Results, evaluate
from mcp_finance.rows.explain import MOST_READS, Explanation, explain, largest_element
from mcp_finance.rows.expr import prior, total, weighted
from mcp_finance.rows.row import Dimension, InputSpec, Map, Origin

RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
Place = tuple[str, int, tuple[int, ...]]


class FromReads(Reference):
    """The definitions of the operations, fed with nothing but what an explanation shows."""

    def __init__(self, results: Results, told: Explanation) -> None:
        model = results.model
        super().__init__(model.rows, model.inputs, model.dimension, model.map, {})
        self.model = model
        self.shown = {self.place_of(r): Fraction(r.value) for r in told.reads}
        self.used: set[Place] = set()

    def place_of(self, told: Explanation) -> Place:
        positions = tuple(self.dims[d].members.index(member) for d, member in told.at.items())
        constant = told.name in self.specs and not self.specs[told.name].yearly
        return told.name, -1 if constant else self.model.years.index(told.year), positions

    def named(self, name: str, year: int, at: At) -> Fraction:
        constant = name in self.specs and not self.specs[name].yearly
        place = (name, -1 if constant else year, tuple(at[d] for d in self.dims_of(name)))
        self.used.add(place)
        return self.shown.get(place, Fraction(0))  # parts of a sum that add nothing are not shown


def elements(case: Case, name: str) -> st.SearchStrategy[dict[str, int]]:
    sizes = {d: len(case.model.dimension[d].members) for d in case.model.dims_of(name)}
    return st.fixed_dictionaries({d: st.integers(0, n - 1) for d, n in sizes.items()})


@settings(max_examples=examples(200), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=5, depth=3), st.data())
def test_the_reads_make_the_value_and_nothing_else_is_shown(case: Case, data: st.DataObject):
    reference = case.reference(0)
    for written in case.rows:
        case.expected(written, reference)
    assume(reference.exact)
    results = evaluate(case.model, case.draw(0))
    name = data.draw(st.sampled_from(sorted(case.model.rows)))
    year = data.draw(st.integers(0, len(case.model.years) - 1))
    at = data.draw(elements(case, name))
    told = explain(results, {}, name, year, at, depth=1)
    assert told.value == results[name][(year, *(at[d] for d in case.model.dims_of(name)), 0)]
    assert told.year == case.model.years[year]
    assume(told.more == 0)
    source = FromReads(results, told)
    assert source.value(case.model.rows[name].expr, year, at) == Fraction(told.value)
    assert source.shown.keys() <= source.used


@settings(max_examples=examples(60), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=5, depth=2), st.data())
def test_every_level_shows_the_engines_values(case: Case, data: st.DataObject):
    results = evaluate(case.model, case.draw(0))
    name = data.draw(st.sampled_from(sorted(case.model.rows)))
    year = len(case.model.years) - 1
    told = explain(results, {}, name, year, data.draw(elements(case, name)), depth=3)
    todo = [told]
    while todo:
        node = todo.pop()
        series = results.series(node.name, **node.at)
        k = 0 if node.year == "every year" else case.model.years.index(node.year)
        assert node.value == series[k]
        todo += node.reads


def book() -> Results:
    line, pool = Dimension("line", tuple(f"l{k}" for k in range(40))), Dimension("pool", ("p", "q", "none"))
    specs = [
        InputSpec("cost", "GBP", "Cost of a line.", ("line",), yearly=True),
        InputSpec("weight", "1", "Weight of a line.", ("line",)),
        InputSpec("brought_forward", "GBP", "Balance at the start."),
        InputSpec("interest", "1", "Rate of interest."),
    ]
    rows = [
        one_row("all", total(ref("cost"), over="line")),
        one_row("pool_cost", total(ref("cost"), over="line", by="pool"), ("pool",)),
        one_row("product", weighted(ref("cost"), ref("weight"), over="line")),
        one_row(
            "balance", prior(ref("balance"), opening=ref("brought_forward")) * (1 + ref("interest")), origin="a.py:1"
        ),
    ]
    link = Map("pool", "line", "pool", tuple(-1 if k == 0 else int(k % 4 == 1) for k in range(40)))
    model = model_of(rows, specs, [pool, line], [link], years=2)
    inputs = {
        "cost": np.arange(80.0).reshape(2, 40) - 50,
        "weight": np.ones((1, 40)),
        "brought_forward": np.array([100.0]),
        "interest": np.array([0.5]),
    }
    return evaluate(model, inputs)


def test_a_total_is_the_sum_of_its_reads():
    told = explain(book(), {}, "pool_cost", 1, {"pool": 1}, depth=1)
    assert [r.at["line"] for r in told.reads] == [f"l{k}" for k in range(1, 40, 4)]
    assert sum(r.value for r in told.reads) == told.value
    assert told.more == 0


def test_a_group_without_members_reads_nothing():
    told = explain(book(), {}, "pool_cost", 1, {"pool": 2}, depth=1)
    assert (told.value, told.reads) == (0.0, ())


def test_long_sums_show_the_largest_in_the_order_of_the_formula():
    results = book()
    told = explain(results, {}, "all", 0, {}, depth=1)
    shown = [int(r.at["line"][1:]) for r in told.reads]
    assert len(shown) == MOST_READS
    assert told.more == 40 - MOST_READS
    assert shown == sorted(shown)
    hidden = [abs(v) for k, v in enumerate(results["cost"][0, :, 0]) if k not in shown]
    assert min(abs(r.value) for r in told.reads) >= max(hidden)


def test_the_first_year_of_a_prior_shows_its_opening():
    first = explain(book(), {}, "balance", 0, {}, depth=1)
    assert [(r.name, r.value, r.year) for r in first.reads] == [
        ("brought_forward", 100.0, "every year"),
        ("interest", 0.5, "every year"),
    ]
    second = explain(book(), {}, "balance", 1, {}, depth=2)
    assert [(r.name, r.year) for r in second.reads] == [("balance", "1"), ("interest", "every year")]
    assert second.reads[0].reads == first.reads
    assert second.value == 225.0
    assert (second.defined, second.unit, second.meaning) == ("a.py:1", "GBP", "The row balance.")
    assert second.formula == "last year's balance (in the first year, brought forward) × (1 + interest)"


def test_inputs_carry_their_origin():
    place = Origin("scenario.yaml:12:5", "costs.l3", source="accounts", grade="B", owner="finance")
    origins = {"cost": {(3, 1): place}, "interest": {(): place}}
    results = book()
    assert explain(results, origins, "cost", 1, {"line": 3}).origin == place
    assert explain(results, origins, "cost", 0, {"line": 3}).origin is None
    assert explain(results, origins, "interest", 1, {}).origin == place
    told = explain(results, origins, "balance", 1, {}, depth=1)
    assert [r.origin for r in told.reads] == [None, place]


def test_depth_nought_follows_nothing():
    assert explain(book(), {}, "all", 0, {}, depth=0).reads == ()


def test_a_given_row_is_said_to_be_given():
    results = book()
    inputs = {n: results[n] for n in results.model.inputs}
    told = explain(evaluate(results.model, inputs, given={"balance": np.array([7.0])}), {}, "balance", 1, {})
    assert (told.value, told.formula, told.reads) == (7.0, "supplied, not computed", ())


def test_unknown_names_are_refused():
    with pytest.raises(KeyError, match="nowhere"):
        explain(book(), {}, "nowhere", 0, {})


def test_the_largest_element_is_where_to_begin():
    results = book()
    assert largest_element(results, "cost", 0, {}) == {"line": 0}
    assert largest_element(results, "cost", 1, {}) == {"line": 39}
    assert largest_element(results, "cost", 1, {"line": 4}) == {"line": 4}
    assert largest_element(results, "all", 1, {}) == {}
