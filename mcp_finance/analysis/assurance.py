"""What assurance asks of a contract: its net benefit, who holds which risk in pounds, and what it does to others.

NHS England's integrated support and assurance process (ISAP) asks whether a contract yields net benefits, whether each
side can manage the risk allocated to it, and whether consequences for other providers have been addressed. Net benefit
and consequences are rows of the run. The matrix of risks is made by recalculating the run with one input changed, each
risk alone: a cell is what that does to a party, in pounds, over the whole term.

The sizes are round numbers for comparing parties with one another. They are sensitivities, not forecasts: nothing is
said of how likely each is, or of what comes together with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.analysis.warnings import EarlyWarning, early_warnings
from mcp_finance.model.party import PROVIDER
from mcp_finance.rows.evaluate import Array, Results, recalculate

POINT, HALF, YEAR = 0.01, 0.5, 1.0
SIZES = "The sizes of the risks are illustrative sensitivities, not forecasts; each risk stands alone."
Change = Callable[[Array], Array]


def _more(by: float) -> Change:
    return lambda values: values + by


def _times(factor: float) -> Change:
    return lambda values: values * factor


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk: the inputs that it changes, in which way, and what stands behind it.

    Inputs that a contract has not got are left alone.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    change: Change
    why: str


PERFORMANCE = "performance_score"
"""Stands in `Risk.inputs` for whatever the contract's term sheets earn performance payments by."""
RISKS = (
    Risk("demand", "Activity grows a point a year faster", ("activity_growth",), _more(POINT),
         "demand beyond population and ageing; plan and settlement keep the growth that they expect"),
    Risk("prices", "Contract prices rise a point a year more", ("uplift",), _more(POINT),
         "a national price settlement above what the budget's index pays"),
    Risk("cost", "Providers' own cost rises a point a year more", ("cost_growth",), _more(POINT),
         "pay and prices above what contract prices cover"),
    Risk("funding", "Funding grows a point a year slower", ("stream_growth",), _more(-POINT),
         "a tighter allocation, and budgets that follow it"),
    Risk("delivery", "Programmes deliver half", ("shift_delivery",), _times(HALF),
         "optimism on what avoids admissions"),
    Risk("timing", "Programmes take 24 months longer", ("shift_delay",), _more(2 * YEAR),
         "first effects later than planned; the programmes' own cost is not later"),
    Risk("performance", "Half of the performance score", (PERFORMANCE,), _times(HALF),
         "measures missed"),
    Risk("slippage", "Every transfer a year later", ("slippage",), _more(YEAR),
         "existing contracts that run on, mobilisation that takes longer"),
    Risk("block", "No marginal price in any hospital contract", ("marginal_up", "marginal_down"), _times(0.0),
         "hospitals on block: activity above or below plan moves no money"),
    Risk("pension", "Employer's pension contribution a point higher", ("pension_rate",), _more(POINT),
         "a valuation that no index pays for"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NetBenefit:
    """All parties' change against do-nothing over the term; with an appraisal its present value, and pay-back.

    `payback_year` is a year of the contract from 1, and 0 where nothing is paid back.
    """

    change: float
    npv: float | None
    payback_year: int | None
    benefit_cost_ratio: float | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """One line of the matrix: what a risk does to each party over the term, and the inputs that it changes.

    `held` is the change of results, `contract` the change against do-nothing, which would have met the same risk:
    the part of it that the contract hands out.
    """

    risk: Risk
    inputs: tuple[str, ...]
    held: Mapping[str, float]
    contract: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Effect:
    """What the contract does to one provider over the term: its lines' money, its settlements, and its result."""

    provider: str
    income_lost: float
    cost_released: float
    stranded: float
    top_up: float
    settled: float
    change: float


@dataclass(frozen=True, slots=True)
class Assurance:
    """Answers to the questions of assurance, of one run."""

    net_benefit: NetBenefit
    matrix: tuple[Exposure, ...]
    effects: tuple[Effect, ...]
    warnings: tuple[EarlyWarning, ...]


def assurance(run: Run) -> Assurance:
    """Net benefit, matrix of risks, effect on every other provider and early warnings."""
    return Assurance(net_benefit(run), matrix(run), tuple(_effect(run, p) for p in run.providers), early_warnings(run))


def net_benefit(run: Run) -> NetBenefit:
    """What all parties together gain or lose."""
    final = {n: run.results.final(n) for n in ("system.npv", "payback_year", "benefit_cost_ratio") if n in run.results}
    payback = final.get("payback_year")
    return NetBenefit(
        run.results.final("system.change_to_date"),
        final.get("system.npv"),
        None if payback is None else round(payback),
        final.get("benefit_cost_ratio"),
    )


def matrix(run: Run, risks: tuple[Risk, ...] = RISKS) -> tuple[Exposure, ...]:
    """Every risk that moves anybody in this contract, with what it does to each party."""
    found = []
    for risk in risks:
        if changes := changed_inputs(run, risk):
            after = recalculate(run.model, run.results, changes)
            held = {p: _results_of(after, p) - _results_of(run.results, p) for p in run.parties}
            contract = {p: after.final(_to_date(p)) - run.results.final(_to_date(p)) for p in run.parties}
            if any(abs(v) >= PENNY for v in (*held.values(), *contract.values())):
                found.append(Exposure(risk, tuple(changes), held, contract))
    return tuple(found)


def changed_inputs(run: Run, risk: Risk) -> dict[str, Array]:
    """The inputs of the run that the risk changes, as they become. Growth acts from the second year on."""
    changes = {}
    for name in _read(run, risk):
        before = run.results[name][..., 0]
        spec = run.model.inputs.get(name)
        after = risk.change(before)
        if spec is not None and spec.growth:
            after = np.concatenate([before[:1], after[1:]])
        if not np.array_equal(before, after):
            changes[name] = after
    return changes


def _read(run: Run, risk: Risk) -> Iterator[str]:
    for name in risk.inputs:
        if name == PERFORMANCE:
            yield from _scores(run)
        elif name in run.model.inputs:
            yield name


def _scores(run: Run) -> Iterator[str]:
    """What the performance payments of all term sheets are earned by: a figure, or a row of the contract."""
    for compiled in run.inputs.terms:
        names = {term.name for item in compiled.sheet.at_risk for term in item.earned.names()}
        for use in compiled.facts:
            if use.fact in names and not use.is_given:
                yield use.name


def _results_of(results: Results, party: str) -> float:
    return float(results.series(f"{party}.result").sum())


def _to_date(party: str) -> str:
    return f"{party}.change_to_date"


def _effect(run: Run, provider: str) -> Effect:
    def of(row: str) -> float:
        return float(run.results.series(row, **{PROVIDER: provider}).sum())

    return Effect(
        provider,
        of("provider_income_lost"),
        of("provider_cost_released"),
        of("provider_stranded_cost"),
        of("provider_top_up"),
        float(run.results.series(f"settled_{provider}").sum()),
        run.results.final(_to_date(provider)),
    )
