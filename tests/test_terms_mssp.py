"""Every supplied settlement of the US Medicare Shared Savings Program is what its term sheet pays.

1,795 published results of four years, ten tracks and levels. A result is explained if the sheet pays it to the dollar;
or, since scores are printed rounded, if it lies between what the sheet pays at the two ends of the printed score. Three
things are not printed and are read from what is: that a P4R year of 2014 failed the standard (its final share is
printed as 0), that a two-sided threshold of 0, 0.5, 1, 1.5 or 2% was chosen and any other is the table's, and the
revenue of one organisation of 2022, whose loss was held down by a limit on it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import pytest
from oracles import (
    CHOICES,
    DOLLAR,
    REVENUE_LIMITED,
    SHEETS,
    YEARS,
    Real,
    explain,
    explain_by_numpy,
    oracle_folder,
    own_figures,
    settle,
    settle_by_numpy,
    shipped_settler,
    supplied,
    supplied_of,
)

ALL = sum(YEARS.values())
FAILED_BY_INFERENCE = {"2014 A23913", "2014 A50147", "2014 A80939"}
"""P4R years of 2014 with a final share of 0. For the first and the last that decides the result."""
BY_SCORE = {2014: 0, 2016: 111, 2018: 176, 2022: 0}
"""Results that no exact score of the printed digits explains, but the range that prints so does."""


def everything() -> Iterator[Real]:
    for py in YEARS:
        yield from supplied(py)


@pytest.mark.parametrize("py", YEARS, ids=[f"{py}: {count} settlements" for py, count in YEARS.items()])
def test_every_settlement_of_a_year_is_explained(py: int) -> None:
    found = {real.name: explain(shipped_settler(real.sheet), real) for real in supplied(py)}
    assert len(found) == YEARS[py], f"{len(found)} settlements of {py} compared, of {YEARS[py]}"
    unexplained = sorted(name for name, how in found.items() if not how)
    assert not unexplained, f"{len(unexplained)} of {len(found)} unexplained: {', '.join(unexplained)}"
    assert Counter(found.values())["score"] == BY_SCORE[py]
    assert [name for name, how in found.items() if how == "bound"] == [n for n in REVENUE_LIMITED if n[:4] == str(py)]


def test_all_settlements_are_explained_by_both_readers_alike(capsys: pytest.CaptureFixture[str]) -> None:
    compared, differ = Counter[str](), []
    for sheet in SHEETS.values():
        found = explain_by_numpy(shipped_settler(sheet).compiled, sheet)
        compared.update(how or "unexplained" for how in found.values())
        differ += [
            real.name for real in supplied_of(sheet)[0] if found[real.name] != explain(shipped_settler(sheet), real)
        ]
    with capsys.disabled():
        said = ", ".join(f"{count} {how}" for how, count in compared.most_common())
        sys.stdout.write(f"\nMSSP settlements compared: {compared.total():,} ({said})\n")
    assert not differ
    assert compared.total() == ALL == 1795
    assert compared == {"dollar": ALL - sum(BY_SCORE.values()) - 1, "score": sum(BY_SCORE.values()), "bound": 1}


def test_a_score_explains_no_more_than_its_last_digit_is_worth() -> None:
    """The range at the printed score is as wide as half a hundredth of a point either side: it could hide nothing."""
    for real in everything():
        exact = settle(shipped_settler(real.sheet), real.facts)
        ends = [settle(shipped_settler(real.sheet), r.facts).payments["provider"] for r in (real.lowest, real.highest)]
        width = abs(Fraction(ends[1]) - Fraction(ends[0]))
        assert width <= Fraction(75, 100) * 2 * real.score_half * abs(exact.variance) + Fraction(1, 100), real.name
        assert real.score_half <= Fraction(1, 20000), real.name


def test_floats_agree_with_fractions_before_rounding() -> None:
    compared = 0
    for sheet in SHEETS.values():
        settler = shipped_settler(sheet)
        rows, columns = supplied_of(sheet)
        keep = [*settler.compiled.names("payment").values(), *settler.compiled.names("share").values()]
        floats = settle_by_numpy(settler.compiled, columns, keep)
        for k, real in enumerate(rows):
            year = settle(settler, real.facts).year
            largest = max(abs(float(real.facts[name] or 0)) for name in ("target", "actual"))
            for name in keep:
                assert abs(float(year[name][0]) - floats[name][k]) <= 1e-9 * largest, (real.name, name)
            compared += 1
    assert compared == ALL


def test_what_rests_on_an_inference_is_counted() -> None:
    """Three rows, by their printed final share and never by their result; two results would differ without it."""
    inferred = [real for real in everything() if real.inferred]
    assert {real.name for real in inferred} == FAILED_BY_INFERENCE
    assert all(real.columns["met_qps"] == "" and real.share == 0 for real in inferred)
    decisive = set()
    for real in inferred:
        met = {**real.facts, "met_standard": Fraction(1)}
        if abs(settle(shipped_settler(real.sheet), met).payments["provider"] - real.earned) > DOLLAR:
            decisive.add(real.name)
    assert decisive == {"2014 A23913", "2014 A80939"}


def test_the_one_bounded_loss_fits_a_revenue_that_is_not_printed() -> None:
    """All of it was relieved, so that the relief is the limited loss: 4% of revenue, under 2% of the benchmark."""
    (real,) = (real for real in everything() if real.name in REVENUE_LIMITED)
    relief = real.facts["disaster_relief"]
    assert relief is not None and real.earned == 0 and real.columns["rev_exp_cat"] == "Low Revenue"
    revenue = relief / Fraction(4, 100)
    settler = shipped_settler(real.sheet)
    assert settle(settler, {**real.facts, "revenue": revenue}).payments["provider"] == 0
    assert settle(settler, {**real.facts, "revenue": revenue + 100}).payments["provider"] == -4
    assert settle(settler, real.facts).payments["provider"] < 0


def row(real: Real, name: str) -> Fraction:
    settler = shipped_settler(real.sheet)
    return settle(settler, real.facts).year[f"{settler.compiled.sheet.prefix}.{name}"][0]


def test_printed_thresholds_are_those_of_the_table() -> None:
    compared = Counter[str]()
    for real in everything():
        people = real.facts["people"]
        assert people is not None
        if real.is_two_sided and not (real.by_table and real.py >= 2016):
            continue
        compared["two-sided" if real.is_two_sided else "one-sided"] += 1
        # 41 of them were rounded twice, to one more place first: that adds a tenth of half a digit
        near = real.rate_half * Fraction(11, 10)
        assert abs(row(real, "table_rate") - real.rate) <= near, real.name
        assert real.is_two_sided or people >= 500, real.name
    assert compared == {"one-sided": 1391, "two-sided": 61}


def test_chosen_thresholds_are_those_on_offer() -> None:
    chosen = [real for real in everything() if real.is_two_sided and not real.by_table]
    assert len(chosen) == 343
    for real in chosen:
        assert real.columns["msr_pct"] in CHOICES
        assert row(real, "minimum_rate") == real.rate, real.name
    assert {real.columns["msr_pct"] for real in chosen if real.py == 2014} == {"2"}


def test_printed_final_shares_are_those_of_the_sheet() -> None:
    for real in everything():
        low, high = sorted(row(r, "gain_share") for r in (real.lowest, real.highest))
        # a share that follows a score is printed to as many places as the score
        assert low - real.score_half <= real.share <= high + real.score_half, real.name


def test_the_figures_of_this_project_are_those_supplied() -> None:
    source = {real.name: real for real in everything()}
    for own in own_figures():
        copied = {k: v for k, v in own.columns.items() if k not in ("rule", "source")}
        assert copied == source[own.name].columns, own.name


def test_supplied_tables_are_whole() -> None:
    lines = {py: len((oracle_folder() / f"mssp_py{py}.csv").read_text().splitlines()) - 1 for py in YEARS}
    assert lines == YEARS
    assert len({real.name for real in everything()}) == ALL
