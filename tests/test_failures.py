"""The failure library: what the model would have said of contracts that failed, and in which year.

Each case asserts every warning that fires and its first year, that each warning goes once its cause is taken away, and
that the inputs are the published figures or follow from them by the arithmetic that stands in the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest
from commands import Cli
from contracts import DUDLEY
from spreadsheet import cells_of_model, differences, expected_cells

from mcp_finance.analysis.run import Run, run
from mcp_finance.analysis.warnings import early_warnings
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.load import FAILURES, other_choices, shipped_scenarios

UNITING, STAFFS, BEDFORD = "unitingcare-2015", "east-staffordshire-2016", "bedfordshire-msk-2014"
ALZIRA, DELAY = "alzira-1999", "dudley-delay"
LIBRARY = (UNITING, STAFFS, BEDFORD, ALZIRA)
"""Cases with a file of their own; Dudley's delay extends Dudley."""
LOSES = "worse_off_budget_holder"


@cache
def case(name: str, choices: str = "", *settings: str) -> Run:
    """A shipped scenario with `group=choice` of some cases and with settings."""
    chosen = dict(c.split("=") for c in choices.split())
    return run(shipped_scenarios()[name], cases=chosen, settings=settings)


def fired(found: Run) -> dict[str, str]:
    """Early warnings of a run and the first year of each."""
    return {w.name.removeprefix("warn."): w.first_year for w in early_warnings(found)}


def series(found: Run, row: str) -> list[float]:
    """A row in millions."""
    return [float(v) / 1e6 for v in found.results.series(row)]


WARNED = (
    (UNITING, "", {
        "price_below_cost": "2015/16", "relies_on_variations": "2015/16", "large_first_payment": "2015/16",
        "deficit_beyond_cover": "2015/16", "cash_below_minimum": "2015/16", "vat_unrecovered": "2015/16",
        LOSES: "2015/16", "overdrawn_budget_holder": "2015/16",
    }),
    (UNITING, "ended=after-eight-months", {
        "price_below_cost": "2015/16", "relies_on_variations": "2015/16", "large_first_payment": "2015/16",
        "deficit_beyond_cover": "2015/16", "cash_below_minimum": "2015/16", "vat_unrecovered": "2015/16",
        LOSES: "2015/16", "overdrawn_budget_holder": "2015/16",
    }),
    (STAFFS, "", {
        "price_below_cost": "2017/18", "deficit_beyond_cover": "2017/18", "cash_below_minimum": "2017/18",
        LOSES: "2017/18",
    }),
    (STAFFS, "stage=rest-from-october-2018", {
        "price_below_cost": "2018/19", "deficit_beyond_cover": "2018/19", "cash_below_minimum": "2018/19",
        LOSES: "2018/19",
    }),
    (BEDFORD, "", {"worse_off_bedford": "2014/15", LOSES: "2014/15"}),
    (BEDFORD, "guarantee=minimum-income", {LOSES: "2014/15"}),
    (ALZIRA, "", {
        "price_below_cost": "1999/00", "deficit_beyond_cover": "1999/00", "cash_below_minimum": "1999/00",
        LOSES: "1999/00",
    }),
    (ALZIRA, "ended=bought-out-2003", {
        "price_below_cost": "1999/00", "deficit_beyond_cover": "1999/00", "cash_below_minimum": "1999/00",
        LOSES: "1999/00", "worse_off_commissioner": "2002/03",
    }),
    (ALZIRA, "fee=reported-420", {"surplus_over_cap": "1999/00", "worse_off_commissioner": "1999/00"}),
    (DELAY, "", {"nothing_live": "2018/19", "worse_off_hospital": "2024/25", LOSES: "2020/21"}),
    (DELAY, "live=never", {"nothing_live": "2018/19"}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "choices", "expected"), WARNED, ids=lambda x: x if isinstance(x, str) else "")
def test_the_model_would_have_warned(name: str, choices: str, expected: Mapping[str, str]) -> None:
    assert fired(case(name, choices)) == expected


UNFUNDED = ("deficit_beyond_cover", "cash_below_minimum", LOSES)
UNITING_AT_COST = ("streams.services.amounts=£178.43m", "bid.price=£178.43m", "holder.vat.others.recovery=100%")
STAFFS_LEVEL = ("lines.commissioned.growth=0%", "lines.community.growth=0%")
WITHOUT = (
    (UNITING, "", UNITING_AT_COST, {"price_below_cost", "vat_unrecovered", *UNFUNDED, "overdrawn_budget_holder"}),
    (UNITING, "", ("bid.expected_variations=£7m",), {"relies_on_variations"}),
    (UNITING, "", ("bid.mobilisation_asked=£12m",), {"large_first_payment"}),
    (UNITING, "", ("holder.vat.others.recovery=100%",), {"vat_unrecovered"}),
    (UNITING, "", ("reserves.guarantee=£190m",), {*UNFUNDED, "overdrawn_budget_holder"}),
    (STAFFS, "", STAFFS_LEVEL, {"price_below_cost", *UNFUNDED}),
    (BEDFORD, "guarantee=minimum-income", (), {"worse_off_bedford"}),
    (BEDFORD, "", ("lines.bedford_lost.mode=subcontract_back", "lines.bedford_lost.holder_inflation=null"),
     {"worse_off_bedford"}),
    (BEDFORD, "", ("streams.msk.amounts=£27m",), {LOSES}),
    (ALZIRA, "", ("lines.area_health_care.baseline=£46.9m",),
     {"price_below_cost", *UNFUNDED}),
    (DELAY, "", ("contract.slippage=0 months",), {"nothing_live"}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "choices", "settings", "gone"), WITHOUT)
def test_without_its_cause_a_warning_is_gone(
    name: str, choices: str, settings: tuple[str, ...], gone: set[str]
) -> None:
    """And the others stay: none rests on a cause that is not its own. A guarantee that is enough is called."""
    left = set(fired(case(name, choices, *settings)))
    assert left - {"guarantee_called"} == set(fired(case(name))) - gone


# --- the library


def test_the_library_is_shipped(cli: Cli) -> None:
    found = shipped_scenarios()
    assert {*LIBRARY, DELAY} < set(found)
    assert [n for n, path in found.items() if path.parent.name == FAILURES] == sorted(LIBRARY)
    assert cli("validate", UNITING).code == 0


@pytest.mark.parametrize("name", [*LIBRARY, DELAY])
def test_all_checks_hold_in_every_case(name: str) -> None:
    own = "live" if name == DELAY else ""
    for choice in ({}, *other_choices(shipped_scenarios()[name])):
        found = case(name, " ".join(f"{k}={v}" for k, v in choice.items() if k == (own or k)))
        assert all(check.holds for check in found.integrity()), choice
        assert found.loaded.scenario.status == "reconstruction"


@pytest.mark.parametrize("name", LIBRARY)
def test_no_figure_is_silent(name: str) -> None:
    """A figure from elsewhere names its source, an assumption its reason, and derived ones how they were derived."""
    for choice in ({}, *other_choices(shipped_scenarios()[name])):
        found = case(name, " ".join(f"{k}={v}" for k, v in choice.items()))
        for origins in found.inputs.origins.values():
            for origin in origins.values():
                assert _is_evidenced(origin), origin


def _is_evidenced(origin: Origin) -> bool:
    in_table = ".csv:" in origin.place
    needs = {
        "definition": True,
        "assumption": bool(origin.note or (in_table and origin.source)),
        "derived": bool(origin.source and (origin.note or in_table)),
    }
    return needs.get(origin.grade, origin.grade.startswith("exact-") and bool(origin.source))


@pytest.mark.parametrize("name", LIBRARY)
def test_the_workbook_warns_as_the_engine_does(name: str) -> None:
    """Every cell, and with it every warning, is the same to a spreadsheet; Dudley's workbook has its own tests."""
    found = case(name)
    assert differences(cells_of_model(found.model, found.inputs.values), expected_cells(found.results), 0.01) == []


# --- UnitingCare


def test_uniting_care_by_hand() -> None:
    """£726m less £152m over four years is £143.5m; £152m and £30m are £182m, of which 2% is VAT."""
    r = case(UNITING)
    assert series(r, "wpb") == pytest.approx([152.0, *[(726 - 152) / 4] * 4])
    assert series(r, "contract_total")[-1] == pytest.approx(726)
    assert series(r, "holder_cost")[0] == pytest.approx(182 / (1 + 0.1 * 0.2), abs=0.005)
    assert series(r, "budget_holder.result")[0] == pytest.approx(-30, abs=0.005)
    assert series(r, "bid_price") == pytest.approx(series(r, "wpb"))
    assert series(r, "expected_variations") == pytest.approx([0.2 * p for p in series(r, "bid_price")])
    assert r.results.series("first_payment_share")[0] == pytest.approx(34 / 152)


def test_uniting_care_lost_what_was_published_in_eight_months() -> None:
    """At least £16m was unfunded: the model, from the gap of a year, has £20.2m in 247 days."""
    assert 16 < -series(case(UNITING, "ended=after-eight-months"), "budget_holder.closing")[-1] < 30 * 9 / 12


def test_the_other_price_of_uniting_cares_first_year_changes_no_warning() -> None:
    """£34m as 21% makes the first year £161.9m, and variations of a fifth £32.4m; cost stays £30m above."""
    other = (
        "streams.services.amounts.by_year.2015/16=£161.9m",
        "bid.price.by_year.2015/16=£161.9m",
        "bid.expected_variations.by_year.2015/16=£32.4m",
        "lines.older_people_and_community.baseline=£188.1m",
    )
    assert fired(case(UNITING, "", *other)) == fired(case(UNITING))
    assert case(UNITING, "", *other).results.series("first_payment_share")[0] == pytest.approx(0.21, abs=0.0005)


def test_a_loan_of_what_was_asked_for_would_have_bought_eleven_months() -> None:
    """£34m lent, a fifth paid back in the year, and £30m lost: £2.8m overdrawn in March. Without it, from April on."""
    lent = case(UNITING, "first_payment=lent")
    assert series(lent, "budget_holder.cash_closing")[0] == pytest.approx(-30 + 34 * 4 / 5, abs=0.005)
    assert lent.results.series("budget_holder.months_overdrawn")[0] == 1
    assert case(UNITING).results.series("budget_holder.months_overdrawn")[0] == 12


def test_vat_that_the_price_pays_for_is_the_commissioners_loss() -> None:
    """At £182m the partnership breaks even, and the CCG pays £3.6m a year that it had not paid before."""
    funded = case(UNITING, "", "streams.services.amounts=£182m", "bid.price=£182m")
    assert {"worse_off_commissioner", "vat_unrecovered"} < set(fired(funded))
    assert LOSES not in fired(funded)
    assert series(funded, "commissioner.change") == pytest.approx([178.43 - 182] * 5)


# --- East Staffordshire


def test_east_staffordshire_by_hand() -> None:
    """£270m over seven years is £38.571m, £10m of it the community services; 3% more demand a year, the price level."""
    r = case(STAFFS)
    price, cost = series(r, "wpb"), series(r, "holder_cost")
    assert price == pytest.approx([38.571 * 11 / 12, *[270 / 7] * 6], abs=0.001)
    assert cost == pytest.approx([38.571 * 11 / 12, *(38.571 * 1.03**k for k in range(1, 7))], abs=0.001)
    assert series(r, "bid_price") == pytest.approx(price, abs=0.001)
    losses = series(r, "result_to_date")
    assert losses[2] > -5 > losses[3]  # £5m was asked for in 2017; growth of demand alone loses it by 2019/20


def test_the_offer_for_the_rest_left_more_than_a_million() -> None:
    """£9m for what had been allocated £10m and grew by 3% a year: £1.6m short in a year from October 2018."""
    rest = case(STAFFS, "stage=rest-from-october-2018")
    assert series(rest, "wpb")[2:4] == pytest.approx([4.5, 9])
    assert series(rest, "budget_holder.result")[2:4] == pytest.approx([4.5 - 5 * 1.03**2, 9 - 10 * 1.03**3])
    assert series(rest, "budget_holder.result")[3] < -1


# --- Bedfordshire


def test_bedford_by_hand() -> None:
    """30% of £10m leaves, half of its cost stays: £1.5m a year stranded, beyond 1% of its MSK income."""
    r = case(BEDFORD)
    assert series(r, "wpb") == pytest.approx([120 / 5] * 5)
    assert series(r, "holder_cost") == pytest.approx([27] * 5)
    assert series(r, "bedford.received") == pytest.approx([0.7 * 10] * 5)
    assert series(r, "bedford.change") == pytest.approx([-0.3 * 10 * 0.5] * 5)
    assert series(r, "bedford.threshold")[0] == pytest.approx(0.1)
    assert series(r, "others.change") == pytest.approx([0] * 5)


def test_the_guarantee_is_the_commissioners_to_pay() -> None:
    """95% of £10m is £9.5m, £2.5m above what comes in: of the £3m that the price saves, £0.5m is left."""
    r = case(BEDFORD, "guarantee=minimum-income")
    assert series(r, "guarantee.bedford") == pytest.approx([2.5] * 5)
    assert series(r, "commissioner.change") == pytest.approx([27 - 24 - 2.5] * 5)
    assert series(r, "bedford.change") == pytest.approx([1.0] * 5)


# --- Alzira


def test_alzira_by_hand() -> None:
    """A fee of 204 to 225 for 230,000 people, and 5m lost in four years."""
    r = case(ALZIRA)
    assert series(r, "wpb") == pytest.approx([0.23 * fee for fee in (204, 209.25, 214.5, 219.75, 225)])
    assert series(r, "bid_price") == pytest.approx(series(r, "wpb"))
    assert series(r, "holder_cost")[0] == pytest.approx(0.23 * 204 + 5 / 4)
    assert r.results["stream_growth"][1, 0] == pytest.approx((225 / 204) ** 0.25 - 1, abs=1e-5)
    assert series(r, "result_to_date")[3] == pytest.approx(-5, abs=0.1)


def test_alziras_rescue_cost_the_region_what_the_fee_had_saved_and_more() -> None:
    found = case(ALZIRA, "ended=bought-out-2003")
    assert series(found, "exit_costs_made_good")[3] == pytest.approx(44 + 25)
    assert series(found, "commissioner.change_to_date")[3] == pytest.approx(-69 + 5, abs=0.1)


# --- Dudley


def test_in_dudleys_delay_money_and_savings_wait_together() -> None:
    """Everything that transfers, and every unit avoided, comes two years later; nothing is live before."""
    late, planned = case(DELAY), run(DUDLEY)
    assert late.results.series("warn.nothing_live").tolist() == [1, 1, *[0] * 13]
    for row in ("phase", "ramp"):
        assert not late.results[row][:2].any()
        assert np.allclose(late.results[row][2:], planned.results[row][:-2], atol=1e-12)
    assert series(late, "hospital.change_to_date")[:3] == [0, 0, 0]


def test_dudley_never_live_moves_nothing() -> None:
    never = case(DELAY, "live=never")
    assert never.results.series("warn.nothing_live").tolist() == [1, 1, 1, *[0] * 12]
    for party in never.parties:
        assert np.abs(never.results.series(f"{party}.change")).max() < 0.01
