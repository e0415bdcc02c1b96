"""Addresses: every figure of a scenario has one, it is what `explain` shows, and it moves what that figure moves.

The law: changing a figure by its address is changing it in the file. It is tried on whole scenarios by `is`, `add` and
`times`, and on the figures of a product, whose shocks make the product of both whatever their order.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from contracts import FIXTURES, contract
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.scenario.addresses import Address, Addresses, moved
from mcp_finance.scenario.amounts import COUNTS, PERCENT, How, read_amount, text_of
from mcp_finance.scenario.shocked import Change, shocked

BASE = contract("base")
SEVERAL = ("phase", "rich: pools.0.loss.then.0.scale")
"""Paths that several numbers share: points of a table, and a formula with two numbers in it."""
HOWS: tuple[How, ...] = ("is", "add", "times")


def addresses(name: str) -> Addresses:
    return Addresses(contract(name).made)


def found(pattern: str, name: str = "base") -> tuple[Address, ...]:
    return addresses(name).find(pattern)


@pytest.mark.parametrize("name", FIXTURES)
def test_every_figure_that_a_reader_is_shown_has_an_address(name: str) -> None:
    """Whatever has a place in a file and is no word; and what an address says it is, the inputs hold."""
    case, known = contract(name), addresses(name)
    shown = {
        (path.partition(".by_year.")[0] if ".by_year." in path and "instalments" not in path else path)
        for input_name, origins in case.made.origins.items()
        for path in (o.path.removesuffix(".otherwise") for o in origins.values() if o.place)
        if case.model.inputs[input_name].unit != "switch" and path not in (*case.made.words, *SEVERAL)
    }
    assert shown <= {path for path, _ in known.paths}
    for address in known.paths.values():
        for use in address.uses:
            if use.role == "own":
                cells = [case.inputs[use.input][cell] for cell in use.cells()]
                assert cells == [address.values[t] for t in (use.years or (0,))]


def test_a_star_is_one_key_in_the_order_of_the_file() -> None:
    lines = BASE.model.dimension["line"].members
    assert [a.path for a in found("lines.*.growth")] == [f"lines.{line}.growth" for line in lines]
    assert [a.path for a in found("lines.*.shift.delay")] == [
        "lines.falls.shift.delay",
        "lines.other_emergency.shift.delay",
    ]
    assert found("lines.*.delay") == found("lines.falls") == ()


def test_a_series_is_one_address_and_growth_has_no_first_year() -> None:
    """The growth of core funding is 3.0%, 2.5% and 2.0% from the second of four years on."""
    (growth,) = found("streams.core.growth")
    assert (growth.unit, growth.years, growth.values) == ("rate", (1, 2, 3), (0.0, 0.03, 0.025, 0.02))
    (unregistered,) = found("population.unregistered")
    assert unregistered.years == (0, 1, 2, 3)
    (reach,) = found("lines.falls.shift.reach")
    assert (reach.years, reach.values, reach.title) == ((), (0.7,), "Emergency admissions, falls: reach")


def test_an_input_is_an_address_with_as_many_members_as_are_given() -> None:
    """Names with dots take the longest input; members that are left out are all members."""
    ages = BASE.model.dimension["age"].members
    assert len(found("inputs.population")) == 2 * len(found("inputs.population.registered")) == 2 * len(ages)
    (one,) = found(f"inputs.population.registered.{ages[0]}")
    assert one.years == (0, 1, 2, 3)
    assert found("inputs.opening_balance.council")[0].uses[0].input == "opening_balance.council"
    assert len(found("inputs.opening_balance.*")) == 5
    assert found("inputs.opening_balance") == found("inputs.is_hospital") == found("inputs.nothing") == ()


def test_words_and_what_does_not_apply_are_no_addresses() -> None:
    """The second programme of nobody, a regime by its word, a switch, the years of the contract."""
    for pattern in ("lines.planned.mobilisation", "contract.years", "lines.falls.provider", "inputs.in_budget"):
        assert found(pattern) == ()
    assert addresses("base").is_word("contract.years") and addresses("base").is_word("inputs.in_budget")
    assert not addresses("base").is_word("lines.planned.mobilisation")
    assert found("hospital_contracts.*.kind", "regimes") == ()
    assert len(found("inputs.fixed_level", "regimes")) == 5


def test_the_growth_that_is_agreed_stays_where_it_is_not_given() -> None:
    """Plan and settlement keep what they expect: `growth` is two inputs, and a shock of it moves one."""
    assert [u.input for u in found("lines.planned.growth")[0].uses] == ["activity_growth"]
    assert [u.input for u in found("lines.other_emergency.expected_growth")[0].uses] == ["expected_growth"]


def test_advice_is_the_nearest_address_with_the_stars_of_the_pattern() -> None:
    known = addresses("base")
    assert known.nearest("lines.*.shift.efect").startswith("'lines.*.shift.effect'")
    assert known.nearest("inputs.shift_efect").startswith("'inputs.shift_effect'")


@pytest.mark.parametrize(
    ("setting", "pattern", "how", "amount"),
    [
        ("lines.falls.shift.effect=30%", "lines.falls.shift.effect", "is", 0.30),
        ("lines.falls.shift.delay=9 months", "lines.falls.shift.delay", "add", 0.25),
        ("lines.planned.baseline=£25m", "lines.planned.baseline", "times", 1.25),
        ("baselines.emergency=£33m", "baselines.emergency", "add", 3e6),
        ("baselines.emergency=£33m", "baselines.emergency", "is", 33e6),
        ("streams.core.growth=2%", "streams.core.growth", "is", 0.02),
        ("population.member_share=95%", "population.member_share", "is", 0.95),
        ("terms.gain_loss.define.share_rate=60%", "terms.gain_loss.define.share_rate", "is", 0.60),
        ("lines.community.expires=2020-03-31", "lines.community.expires", "add", 1.0),
    ],
)
def test_a_shock_is_what_the_file_would_be(setting: str, pattern: str, how: How, amount: float) -> None:
    written, after = contract("base", setting), shocked(BASE.made, [Change("x", (pattern,), how, amount)])
    for name, values in written.inputs.items():
        assert np.allclose(values, after.values[name], rtol=1e-12, atol=0), name


@pytest.mark.parametrize(
    ("how", "amount", "ends"), [("is", 3.0, 2021.25), ("add", 0.5, 2020.75), ("times", 0.5, 2019.25)]
)
def test_the_end_of_the_term_moves_with_the_term(how: How, amount: float, ends: float) -> None:
    """Two years from 1 July 2018, 2018.25: three end at 2021.25, half a year more at 2020.75, half of it at 2019.25."""
    after = shocked(contract("extended").made, [Change("x", ("contract.term",), how, amount)])
    assert after.values["term_ends"].item() == pytest.approx(ends)


def test_the_end_of_the_term_moves_with_its_start() -> None:
    """A start on 1 October 2018 moves both; the term then made longer moves the end alone."""
    start, term = Change("a", ("contract.start",), "is", 2018.5), Change("b", ("contract.term",), "add", 1.0)
    after = shocked(contract("extended").made, [start, term])
    assert (after.values["contract_start"].item(), after.values["term_ends"].item()) == (2018.5, 2021.5)


def test_shocks_of_both_figures_of_a_product_make_their_product() -> None:
    """Falls are 20% of £30m. 25% of £36m are £9m, and the rest of the lines that are a fraction of it 80% of £36m."""
    whole = Change("a", ("baselines.emergency",), "times", 1.2)
    part = Change("b", ("lines.falls.baseline.fraction",), "add", 0.05)
    for changes in ([whole, part], [part, whole]):
        costs = shocked(BASE.made, changes).values["reference_baseline"][0]
        lines = BASE.model.dimension["line"].members
        assert costs[lines.index("falls")] == pytest.approx(9e6)
        assert costs[lines.index("other_emergency")] == pytest.approx(28.8e6)


@given(st.permutations(["is", "add", "times"]), st.floats(0.5, 2), st.floats(1, 9), st.floats(0.1, 5))
def test_a_part_stays_the_product_of_its_figures(hows: list[How], amount: float, figure: float, other: float) -> None:
    """Whatever is done to one figure, one after the other, its cell is what it has become times the other."""
    cell = figure * other
    for how in hows:
        cell, figure = moved(how, cell, amount, figure, "part"), moved(how, figure, amount, figure)
        assert cell == pytest.approx(figure * other)


@given(st.sampled_from(HOWS), st.integers(0, 10**6), st.sampled_from(["own", "part", "offset"]))
def test_draws_move_as_each_of_them_does(how: How, seed: int, role: str) -> None:
    rng = np.random.default_rng(seed)
    cell, amount, figure = rng.uniform(0.1, 2, (3, 50))
    together = moved(how, cell, amount, figure, role)
    alone = [moved(how, *map(float, one), role) for one in zip(cell, amount, figure, strict=True)]
    assert together.tolist() == alone


# --- amounts as text

LARGEST = {"GBP": 1e12, "years": 99.0, "rate": 9.9}


@settings(max_examples=examples(600))
@given(st.sampled_from(["GBP", "years", "time", *PERCENT, *COUNTS]), st.sampled_from(HOWS), st.data())
def test_an_amount_is_written_and_read_back_to_the_last_bit(unit: str, how: How, data: st.DataObject) -> None:
    if (unit, how) in (("time", "is"), ("time", "times")):
        return
    bound = 9.9 if how == "times" or unit in PERCENT else LARGEST.get(unit, 99.0 if unit == "time" else 1e9)
    low = 0.0 if how == "is" and unit in ("years", *COUNTS) else -bound
    value = data.draw(st.floats(low, bound).filter(lambda x: x == 0 or abs(x) > 1e-25))
    assert read_amount(unit, how, text_of(unit, how, value)) == value


@pytest.mark.parametrize("last_day", [False, True])
@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 1, 1)))
def test_a_day_is_written_and_read_back(last_day: bool, day: date) -> None:
    time = read_amount("time", "is", day.isoformat(), last_day=last_day)
    assert text_of("time", "is", time, last_day=last_day) == day.isoformat()


@pytest.mark.parametrize(
    ("unit", "how", "value", "text"),
    [
        ("rate", "add", 0.005, "0.5%"),
        ("GBP", "is", -1200000.5, "-£1200000.5"),
        ("years", "add", -0.25, "-0.25 years"),
        ("people", "add", -500.0, "-500"),
        ("GBP", "times", 0.96, "96%"),
    ],
)
def test_an_amount_as_text(unit: str, how: How, value: float, text: str) -> None:
    assert text_of(unit, how, value) == text


@pytest.mark.parametrize(
    ("unit", "how", "value"),
    [
        ("time", "is", 2018.3),
        ("time", "times", 1.1),
        ("rate", "add", 11.0),
        ("people", "is", -1.0),
        ("switch", "is", 1.0),
    ],
)
def test_what_has_no_text_is_refused(unit: str, how: How, value: float) -> None:
    with pytest.raises(ValueError, match=r"cannot be written|cannot be multiplied|takes no shock"):
        text_of(unit, how, value)
