"""Real settlements and worked examples: where they lie, their facts in the words of the sheets, and what matches them.

`settlements/mssp.csv` and `settlements/worked.json` are figures of this project and always there. The whole tables lie
in the folder that MCP_FINANCE_ORACLES names, or beside the repository in `shared/oracles`; without them a test is a
visible skip on a desk, and a failure in continuous integration.

MSSP results are those of CMS, Shared Savings Program public use files, performance years 2014, 2016, 2018 and 2022, in
the public domain. Scores and rates are printed rounded, and nothing says what the standard's result was in 2014: there
a year for reporting only (P4R) whose printed final share is 0 must have failed it. Those rows are marked `inferred`.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mcp_finance.rows.draws import from_array, simulate
from mcp_finance.rows.exact import Year
from mcp_finance.terms.compiler.compile import Compiled, compile_terms
from mcp_finance.terms.compiler.parts import party_inputs
from mcp_finance.terms.load import parse_terms, shipped_terms
from mcp_finance.terms.settling.settle import Settlement, Settler

ROOT = Path(__file__).resolve().parents[1]
OWN = Path(__file__).resolve().parent / "settlements"
YEARS = {2014: 333, 2016: 432, 2018: 548, 2022: 482}
"""Performance years, and how many settlements of each there are."""
SHEETS = {
    "1": "mssp-track-1", "1+": "mssp-track-1plus", "2": "mssp-track-2", "3": "mssp-track-3", "A": "mssp-basic-a",
    "B": "mssp-basic-b", "C": "mssp-basic-c", "D": "mssp-basic-d", "E": "mssp-basic-e", "EN": "mssp-enhanced",
}  # fmt: skip
CHOICES = ("0", "0.5", "1", "1.5", "2")
"""Thresholds, in percent, that a two-sided organisation may choose; any other is the table's."""
PLACES = {2014: (7, 9), 2016: (2, 7), 2018: (2, 7), 2022: (2, 2)}
"""Decimals of the printed quality score (and final share) and of the printed threshold, in percent, by year."""
DOLLAR = 1

Facts = Mapping[str, Fraction | None]
Array = NDArray[np.float64]
Columns = Mapping[str, tuple[Array, Array]]


def oracle_folder() -> Path:
    """The folder of the whole tables."""
    named = os.environ.get("MCP_FINANCE_ORACLES")
    folder = Path(named) if named else ROOT.parent / "shared" / "oracles"
    if folder.is_dir():
        return folder
    message = f"there is no folder of supplied settlements: {folder} (MCP_FINANCE_ORACLES names another)"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)


# Sheets --------------------------------------------------------------------------------------------------------------


@cache
def sheet_text(sheet: str) -> str:
    """The text of a term sheet that comes with the package."""
    return shipped_terms()[sheet].read_text(encoding="utf-8")


@cache
def settler_of(text: str) -> Settler:
    """A sheet's text made ready to settle."""
    return Settler(compile_terms(parse_terms(text, "sheet.yaml")))


@cache
def shipped_settler(sheet: str) -> Settler:
    return settler_of(sheet_text(sheet))


def named(compiled: Compiled, facts: Facts) -> dict[str, Fraction | None]:
    """Facts under the names of the compiled sheet, those that the sheet does not read left out. With several pools a
    fact of one of them is `<pool>.<fact>`."""
    found = {}
    for use in compiled.facts:
        if not use.is_given and (use.column in facts or use.fact in facts):
            found[use.name] = facts[use.column] if use.column in facts else facts[use.fact]
    return found


def settle(settler: Settler, facts: Facts) -> Settlement:
    return settler.settle(named(settler.compiled, facts))


def columns_of(rows: Sequence[Facts]) -> Columns:
    """By fact, its values in every row, and whether it was given there."""
    given = {n: np.array([r[n] is not None for r in rows], dtype=np.float64) for n in rows[0]}
    return {n: (np.array([float(r[n] or 0) for r in rows]), found) for n, found in given.items()}


def settle_by_numpy(compiled: Compiled, columns: Columns, keep: Iterable[str]) -> dict[str, Array]:
    """The kept rows of one-year settlements, with the settlements as draws: `(settlements,)` each."""
    model = compiled.model
    cells = {name: [float(value) for value, _ in found] for name, found in compiled.cells.items()}
    for name, (_, picked) in party_inputs(model.dimension["party"].members).items():
        cells[name] = [float(value) for value, _ in picked]
    inputs = {name: np.array(values).reshape(1, *model.shape(name)) for name, values in cells.items()}
    drawn = {use.name: from_array(columns[use.fact][use.is_given][None, :]) for use in compiled.facts}
    count = len(next(iter(columns.values()))[0])
    found = simulate(model, inputs, drawn, count, keep=keep)
    return {name: np.broadcast_to(values.reshape(-1), count) for name, values in found.items()}


# Real settlements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Real:
    """One published settlement. Rates and shares are parts of 1; `*_half` is half of the last digit printed."""

    name: str
    py: int
    sheet: str
    facts: Facts
    earned: int
    score_half: Fraction
    rate: Fraction
    rate_half: Fraction
    share: Fraction
    is_two_sided: bool
    by_table: bool
    inferred: bool
    columns: Mapping[str, str]

    def at(self, quality: Fraction) -> Real:
        """The same settlement at another score."""
        return replace(self, facts={**self.facts, "quality": quality})

    @property
    def lowest(self) -> Real:
        return self.at(max(Fraction(0), self.score - self.score_half))

    @property
    def highest(self) -> Real:
        return self.at(min(Fraction(1), self.score + self.score_half))

    @property
    def score(self) -> Fraction:
        score = self.facts["quality"]
        assert score is not None
        return score


def read_real(path: Path) -> list[Real]:
    with path.open(encoding="utf-8", newline="") as file:
        return [_real(columns) for columns in csv.DictReader(file)]


@cache
def supplied(py: int) -> tuple[Real, ...]:
    return tuple(read_real(oracle_folder() / f"mssp_py{py}.csv"))


@cache
def own_figures() -> tuple[Real, ...]:
    """Settlements that stand in this project."""
    return tuple(read_real(OWN / "mssp.csv"))


def _real(columns: Mapping[str, str]) -> Real:
    py, reported = int(columns["py"]), columns["quality_basis"] == "P4R"
    is_two_sided = columns["risk_model"] == "two-sided"
    chosen = is_two_sided and columns["msr_pct"] in CHOICES
    target, share = Fraction(columns["benchmark_total"]), Fraction(columns["final_share_rate_pct"]) / 100
    inferred = py == 2014 and reported and share == 0
    score_half, rate_half = (Fraction(1, 2 * 10 ** (places + 2)) for places in PLACES[py])
    facts = {
        "target": target,
        "actual": target - Fraction(columns["bench_minus_exp"]),
        "people": Fraction(columns["n_assigned"]),
        "py": Fraction(py),
        "eligible": Fraction(0) if columns["midyear_term_impact"] == "1" else None,
        "met_standard": Fraction(columns["met_qps"] or (not inferred)),
        "quality": Fraction(1) if reported else Fraction(columns["quality_score_pct"]) / 100,
        "elected_rate": Fraction(columns["msr_pct"]) / 100 if chosen and py >= 2016 else None,
        "agreement_year": Fraction(py - int(columns["agreement_start"][:4]) + 1),
        "months": Fraction(columns["months"]),
        "disaster_relief": -Fraction(columns["disaster_adj"]) if columns["disaster_adj"] else None,
        "met_alternative": None, "revenue": None, "disaster_share_of_year": None, "disaster_share_of_people": None,
    }  # fmt: skip
    return Real(
        f"{py} {columns['aco_id']}", py, SHEETS[columns["track"]], facts, int(columns["earn_save_loss"]),
        Fraction(0) if reported else score_half, Fraction(columns["msr_pct"]) / 100, rate_half, share, is_two_sided,
        not chosen, inferred, columns,
    )  # fmt: skip


def verdict(real: Real, paid: Sequence[Decimal | float]) -> str:
    """How a settlement is explained, or nothing if it is not: `dollar`, `score` or `bound`.

    `paid` is what the sheet pays at the printed score, and at the lowest and the highest score that print so. `bound`
    is the one loss that a limit of unpublished revenue holds down: no more is known than that it lies between nil and
    the loss without that limit.
    """
    if abs(float(paid[0]) - real.earned) <= DOLLAR:
        return "dollar"
    low, high = sorted(map(float, paid[1:]))
    if low <= real.earned <= high:
        return "score"
    if real.name in REVENUE_LIMITED and float(paid[0]) < real.earned <= 0:
        return "bound"
    return ""


REVENUE_LIMITED = ("2022 A1070",)


def explain(settler: Settler, real: Real) -> str:
    """The verdict on one settlement by the exact reader."""
    paid = [settle(settler, real.facts).payments["provider"]]
    if abs(paid[0] - real.earned) > DOLLAR:
        paid += [settle(settler, end.facts).payments["provider"] for end in (real.lowest, real.highest)]
    return verdict(real, paid)


@cache
def supplied_of(sheet: str) -> tuple[tuple[Real, ...], Columns]:
    """The supplied settlements of a sheet, and their facts at the printed, the lowest and the highest score."""
    rows = tuple(real for py in YEARS for real in supplied(py) if real.sheet == sheet)
    ends = [*(real.lowest for real in rows), *(real.highest for real in rows)]
    return rows, columns_of([real.facts for real in (*rows, *ends)])


def explain_by_numpy(compiled: Compiled, sheet: str) -> dict[str, str]:
    """The verdicts on all supplied settlements of a sheet by other terms, or by its own."""
    rows, columns = supplied_of(sheet)
    name = compiled.names("payment")["provider"]
    paid = settle_by_numpy(compiled, columns, [name])[name].reshape(3, len(rows)).T
    return {real.name: verdict(real, list(map(float, three))) for real, three in zip(rows, paid, strict=True)}


# Worked examples -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example. `expect` names parties, or a definition of the sheet; `read` says what is compared of them:
    their `share` of the variance, their `payment`, what they have `withheld` from instalments, or the `definition`."""

    id: str
    sheet: str
    facts: Facts
    read: str
    expect: Mapping[str, Fraction]
    tolerance: Fraction
    status: str
    source: str
    given: Mapping[str, str]


@cache
def examples(file: str = "worked.json") -> tuple[Example, ...]:
    raw: list[dict[str, Any]] = json.loads((OWN / file).read_text(encoding="utf-8"))["examples"]
    return tuple(
        Example(
            e["id"], e["sheet"], {k: Fraction(v) for k, v in {**e["facts"], **e.get("immaterial", {})}.items()},
            e["read"], {k: Fraction(v) for k, v in e["expect"].items()}, Fraction(e["tolerance"]), e["status"],
            e["source"], e["facts"],
        )
        for e in raw
    )  # fmt: skip


def found_in(settler: Settler, example: Example) -> dict[str, Fraction]:
    """What the sheet gives for everything that an example expects."""
    done, prefix = settle(settler, example.facts), settler.compiled.sheet.prefix
    if example.read == "definition":
        pools = ("", *(f"{pool.id}." for pool in settler.compiled.sheet.pools))
        rows = {n: next(r for p in pools if (r := f"{prefix}.{p}{n}") in done.year) for n in example.expect}
        return {name: done.year[row][0] for name, row in rows.items()}
    if example.read == "withheld":
        row, parties = settler.compiled.withheld, settler.compiled.sheet.parties
        held = dict(zip(parties, done.year[row], strict=True)) if row else dict.fromkeys(parties, Fraction(0))
        return {party: held[party] for party in example.expect}
    values = done.shares if example.read == "share" else {p: Fraction(v) for p, v in done.payments.items()}
    return {party: values[party] for party in example.expect}


def misses(settler: Settler, example: Example) -> dict[str, Fraction]:
    """By name, how far the sheet misses an example where it misses it by more than the tolerance."""
    gaps = {n: value - example.expect[n] for n, value in found_in(settler, example).items()}
    return {n: gap for n, gap in gaps.items() if abs(gap) > example.tolerance}


# Small sheets ---------------------------------------------------------------------------------------------------------

SMALL_SHEET = """\
schema: mcp-finance-terms/1
id: by-hand
title: Made by hand
status: illustrative
source: by hand
parties: [{parties}]
facts: {{target: money, actual: money{facts}}}
{definitions}
pools:
{pools}
rest: {rest}
{whole}
"""
POOL = "  - {{id: {id}, held_by: {holder}, {extra}gain: {gain}, loss: {loss}}}"
ALL = "{bands: [{share: {provider: 100%}}]}"


def pool(gain: str = ALL, loss: str = "as gain", *, id: str = "care", holder: str = "payer", extra: str = "") -> str:
    return POOL.format(id=id, holder=holder, gain=gain, loss=loss, extra=extra)


def made(
    *pools: str, facts: str = "", whole: str = "", parties: str = "provider, payer", rest: str = "payer",
    definitions: str = "",
) -> Settler:  # fmt: skip
    text = SMALL_SHEET.format(
        pools="\n".join(pools), facts=facts, whole=whole, parties=parties, rest=rest, definitions=definitions
    )
    return settler_of(text)


def told(actual: object, **facts: object) -> Facts:
    return {"target": Fraction(100), "actual": Fraction(str(actual))} | {
        name.replace("__", "."): Fraction(str(value)) for name, value in facts.items()
    }


def paid(settler: Settler, actual: object, **facts: object) -> dict[str, Decimal]:
    return settle(settler, told(actual, **facts)).payments


def provider(settler: Settler, actual: object, **facts: object) -> Decimal:
    return paid(settler, actual, **facts)["provider"]


def over_years(settler: Settler, *years: Facts) -> list[Settlement]:
    """Settlements of contract years 1, 2 and so on, each after the one before."""
    done: list[Settlement] = []
    before: Year | None = None
    for k, facts in enumerate(years, 1):
        done.append(settler.settle(named(settler.compiled, {"year": Fraction(k), **facts}), before))
        before = done[-1].year
    return done


def by_year(settler: Settler, *years: Facts) -> list[Decimal]:
    return [done.payments["provider"] for done in over_years(settler, *years)]
