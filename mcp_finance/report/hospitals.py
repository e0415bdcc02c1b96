"""The report's section on hospitals: for each, income lost, cost released, what is stranded, and gains beside cash."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.model.party import PROVIDER
from mcp_finance.report import charts, money
from mcp_finance.report.charts import Series
from mcp_finance.report.views import NONE, Chart, Part, Section, Table, Words, millions, names
from mcp_finance.report.yearly import by_year, series_of
from mcp_finance.rows.expr import plain_name

DRAWN = {
    "Income lost": "provider_income_lost",
    "Cost released": "provider_cost_released",
    "Stranded cost": "provider_stranded_cost",
}
WORDS = (
    "Income lost is against do-nothing: services that the budget holder takes on, and activity avoided. The variable "
    "part of cost goes with them, the semi-fixed part after its lag; stranded cost is the difference, a loss that "
    "somebody has to carry. A notional gain stands at first-year prices; cash saved is what the hospital's contracts "
    "let the commissioner stop paying, at current prices, less what a guaranteed income makes it pay again."
)
CONTRACTS = (
    "The regime decides whether a gain is money: under a block no pound of it is. Both columns are of the lines in the "
    "gain/loss share; cash saved stands before a guaranteed income makes the commissioner pay some of it again."
)
RATES = ("marginal_up", "marginal_down")


def hospital_section(run: Run) -> Section:
    """A chart and a table for each hospital."""
    hospitals = run.hospitals
    parts = [part for p in hospitals for part in _hospital(run, p)]
    if run.loaded.scenario.hospital_contracts:
        parts += [Words(CONTRACTS), _contracts(run)]
    title = "The hospital" if len(hospitals) == 1 else "The hospitals"
    return Section("hospital", title, (Words(WORDS), *parts))


def _hospital(run: Run, hospital: str) -> Iterator[Part]:
    called, of = names(run)[hospital], {PROVIDER: hospital}
    drawn = [Series(n, series_of(run, row, **of), n == "Stranded cost") for n, row in DRAWN.items()]
    title = f"{called}: income lost, cost released, stranded cost"
    key = "hospital" if hospital == "hospital" else f"hospital-{hospital}"
    yield Chart(charts.line_chart(title, "By year, against do-nothing.", run.years, drawn, key=key))
    columns = [("Income", "provider_income"), *DRAWN.items()]
    if run.results.series("provider_top_up", **of).any():
        columns.insert(1, ("of it guaranteed", "provider_top_up"))
    gains = [
        ("Notional gain", "provider_notional_gain"),
        ("Cash saved", "provider_cash_saving"),
        ("Not backed", "provider_unbacked_gain"),
    ]
    figures = [(n, series_of(run, row, **of), True) for n, row in (*columns, *gains)]
    figures.append(("Result", series_of(run, f"{hospital}.result"), True))
    yield by_year(run, f"{called}, modelled lines, £m", figures)


def _contracts(run: Run) -> Table:
    """Each hospital contract by its regime, with what is gained on paper beside what is saved in cash."""
    called, r = names(run), run.results
    payees = dict(zip(run.model.dimension["contract"].members, _payees(run), strict=True))
    rows = []
    for name, contract in run.loaded.scenario.hospital_contracts.items():
        rates = [" to ".join(_span(run, rate, name)) for rate in RATES]
        money_of = (r.series(row, contract=name).sum() for row in ("contract_notional_gain", "contract_saving"))
        regime = plain_name(contract.kind) if contract.kind else NONE
        paid = called.get(payees[name], NONE)
        rows.append((plain_name(name).capitalize(), paid, regime, *rates, *(millions(float(v)) for v in money_of)))
    totals = (r[row][..., 0].sum() for row in ("contract_notional_gain", "contract_saving"))
    rows.append(("All contracts", "", "", "", "", *(millions(float(v)) for v in totals)))
    head = ("Contract", "Paid to", "Regime", "Rate above plan", "Rate below plan", "Notional gain", "Cash saved")
    strong = frozenset((len(rows) - 1,))
    return Table("Hospital contracts over the term, £m: notional gain and cash", head, "tttnnnn", tuple(rows), strong)


def _payees(run: Run) -> list[str]:
    """Who is paid under each contract; empty where nobody is."""
    group = next(m for m in run.model.maps if m.name == "contract_provider")
    return ["" if at < 0 else run.providers[at] for at in group.to]


def _span(run: Run, rate: str, contract: str) -> list[str]:
    """Lowest and highest rate of any year, or the one rate of all."""
    values = run.results.series(rate, contract=contract)
    return list(dict.fromkeys(money.percent(float(v), 0) for v in (values.min(), values.max())))
