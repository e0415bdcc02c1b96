"""The sections of the report after its opening: a chart and a table for each question that follows the headlines.

As in `mcp_finance.report.views`, figures are values of rows; the only arithmetic is adding up what a table shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_finance.analysis.headlines import UNGRADED, cost_entries
from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import HOLDER
from mcp_finance.report import charts, money
from mcp_finance.report.assurance import assurance_section
from mcp_finance.report.cash import cash_section
from mcp_finance.report.changes import rebase_section, term_section, variations_section
from mcp_finance.report.charts import Panel, Series, Step
from mcp_finance.report.holder import holder_section
from mcp_finance.report.hospitals import hospital_section
from mcp_finance.report.people import practices_section
from mcp_finance.report.performance import performance_section
from mcp_finance.report.programmes import programmes_section
from mcp_finance.report.views import (
    GRADES,
    NONE,
    Chart,
    Section,
    Table,
    Words,
    amount,
    day,
    millions,
    names,
)
from mcp_finance.report.worth import appraisal_section, bid_section
from mcp_finance.report.yearly import by_year, series_of
from mcp_finance.rows.expr import plain_name
from mcp_finance.scenario.sections.lines import Line

SCOPES = {
    "budget": "In the whole-population budget",
    "share": "Outside the budget, in the gain/loss share",
    "excluded": "Outside both",
}
EXPECTED = ("Expected cost", "total_expected_cost", True)
NOTIONAL = (
    ("Variance", "total_variance", True),
    ("from shift", "gain_from_shift_total", True),
    ("from growth", "gain_from_growth_total", True),
    ("Settlement", "share_payment", True),
)
CASH = (
    ("Earned", "share_payment", True),
    ("Settled in the year", "share_settled", True),
    ("Owed at year end", "share_owed", False),
    ("Commissioner's cash saving", "commissioner_cash_saving", True),
    ("Notional gain", "total_variance", True),
    ("Settlement not funded by saving", "share_unfunded", True),
)
SHARE_DRAWN = (
    ("Notional gain", "total_variance"),
    ("Commissioner's cash saving", "commissioner_cash_saving"),
    ("Settlement", "share_payment"),
)
HOLDER_COLUMNS = (
    ("Budget", "wpb", True),
    ("Gain/loss share", "share_payment", True),
    ("Performance", "performance_payment", True),
    ("Income", f"{HOLDER}.received", True),
    ("Cost", f"{HOLDER}.paid", True),
    ("Result", f"{HOLDER}.result", True),
    ("Budget, real", "real_wpb", True),
    ("Result, real", "real_result", True),
    ("Reserve at year end", f"{HOLDER}.closing", False),
)
"""Columns of tables by year: heading, row, and whether it adds up over the term."""
OTHER_FLOWS = {
    "non_member_contract": "Separate contract for non-members",
    "s75_change": "Council's change of contribution",
    "s75_made_good": "Of it, made good",
    "irrecoverable_vat": "VAT not recovered",
    "pension_step": "Employer's pension rate",
    "insurance_step": "National Insurance rate",
}
"""What flows of optional subjects are called, where their row's name would not do."""
_MOST_PANELS = 20


def sections(run: Run) -> Iterator[Section]:
    """The report after its opening, but for the log of assumptions."""
    yield budget_section(run)
    yield result_section(run)
    yield positions_section(run)
    yield assurance_section(run)
    yield from appraisal_section(run)
    yield from bid_section(run)
    yield from cash_section(run)
    yield from holder_section(run)
    yield activity_section(run)
    yield from programmes_section(run)
    yield hospital_section(run)
    yield share_section(run)
    yield from performance_section(run)
    yield from practices_section(run)
    yield from term_section(run)
    yield from variations_section(run)
    yield from rebase_section(run)
    yield scope_section(run)


def budget_section(run: Run) -> Section:
    """Income against cost by year."""
    first = run.years[0]
    income, cost = (
        Series(n, series_of(run, f"{HOLDER}.{row}"), True) for n, row in (("Income", "received"), ("Cost", "paid"))
    )
    title = f"Income and cost of {names(run)[HOLDER]}"
    chart = charts.gap_chart(
        title, "By year, nominal; the table below has the figures.", run.years, income, cost, key="gap"
    )
    live = tuple(money.percent(v) for v in series_of(run, "live_share"))
    table = by_year(
        run,
        f"Income, cost and result by year, £m; real figures are at {first} prices",
        HOLDER_COLUMNS,
    )
    rows = tuple((year, share, *rest) for (year, *rest), share in zip(table.rows, (*live, NONE), strict=True))
    head = (table.head[0], "Live, of full scope", *table.head[1:])
    opening = amount(float(run.inputs.values["opening_balance.budget_holder"].item()))
    words = Words(f"The reserve opens at {opening}. The gain/loss share is counted in the year in which it is earned.")
    return Section(
        "budget",
        "Budget against cost",
        (Chart(chart), words, Table(table.caption, head, "tn" + table.layout[1:], rows, table.strong)),
    )


def result_section(run: Run) -> Section:
    """From the final year's budget to its result, by the entries of the budget holder."""
    year = run.years[-1]
    steps = _holder_steps(run)
    drawn = [s for s in steps if s.kind == "total" or abs(s.value) >= 0.5e5]
    title = f"From budget to result, {year}"
    text = f"Budget of {amount(steps[0].value)}, result of {amount(steps[-1].value)}; the table below has every step."
    rows = tuple((s.label, money.measured(s.value / 1e6, "", 1, plus=s.kind == "change")) for s in steps)
    table = Table(f"{title}, £m", ("Step", "Amount"), "tn", rows, frozenset((0, len(rows) - 1)))
    heading = f"{names(run)[HOLDER]} in {year}"
    chart = charts.waterfall(heading, text, drawn if _adds_up(drawn) else steps, key="result", crop=False)
    return Section("result", "From budget to result in the final year", (Chart(chart), table))


def _holder_steps(run: Run) -> list[Step]:
    """Budget, what comes beside it, what goes out, and the result: the budget holder's entries in the last year."""
    received, paid = [], []
    labels = OTHER_FLOWS | cost_entries(run) | _settlement_labels(run)
    for name, row in run.model.rows.items():
        if row.entry and row.entry.payee == HOLDER and name not in ("nhs_wpap", "council_wpap"):
            received.append(Step(labels.get(name, plain_name(name).capitalize()), run.results.final(name), "change"))
        if row.entry and row.entry.payer == HOLDER:
            paid.append(Step(labels.get(name, plain_name(name).capitalize()), -run.results.final(name), "change"))
    if run.results.final("withheld_total"):
        received.insert(0, Step("Withheld for performance", -run.results.final("withheld_total"), "change"))
    budget = Step("Budget", run.results.final("wpb"), "total")
    return [budget, *received, *paid, Step("Result", run.results.final(f"{HOLDER}.result"), "total")]


def _settlement_labels(run: Run) -> dict[str, str]:
    """What the entries of term sheets with the budget holder are called."""
    found: dict[str, str] = {}
    for bound in run.loaded.terms:
        prefix, kind = (
            f"{bound.terms.sheet.prefix}.with_",
            "Gain/loss share" if bound.terms.sheet.pools else "Performance",
        )
        for name, row in run.model.rows.items():
            if row.entry and name.startswith(prefix):
                other = row.entry.payer if row.entry.payee == HOLDER else row.entry.payee
                found[name] = f"{kind}, {names(run)[other]}"
    return found


def _adds_up(steps: Sequence[Step]) -> bool:
    return abs(sum(s.value for s in steps[:-1]) - steps[-1].value) < 0.5e5


def positions_section(run: Run) -> Section:
    """Cumulative change of each party against do-nothing."""
    called = names(run)
    series = [Series(title, series_of(run, f"{p}.change_to_date")) for p, title in called.items()]
    title = "Cumulative change against do-nothing"
    chart = charts.positions(
        title,
        "Cumulative change since the first year, £m.",
        run.years,
        series,
        key="positions",
        names=("Better than do-nothing", "Worse than do-nothing"),
        subtitle="Since the first year, £ million, nominal",
    )
    table = by_year(
        run,
        "Cumulative change against do-nothing, £m",
        [(title, f"{p}.change_to_date", False) for p, title in called.items()],
    )
    return Section("positions", "Each party's position", (Chart(chart), table))


def activity_section(run: Run) -> Section:
    """Activity of every line with the shift and without it, hospital lines first."""
    lines = run.loaded.scenario.lines
    hospital = [k for k in lines if lines[k].contract]
    others = [k for k in lines if k not in hospital]
    drawn = [
        Chart(_multiples(run, part, f"{title}{more}", f"activity-{key}{at}"))
        for key, title, keys in (("hospital", "Hospital lines", hospital), ("other", "Other lines", others))
        for at in range(0, len(keys), _MOST_PANELS)
        for part, more in ((keys[at : at + _MOST_PANELS], ", continued" if at else ""),)
    ]
    last = run.years[-1]
    head = (
        "Line",
        "Unit",
        f"Without shift, {run.years[0]}",
        f"Without shift, {last}",
        f"With shift, {last}",
        "Avoided",
        "Share avoided",
    )
    table = Table(
        f"Activity in {run.years[0]} and {last}",
        head,
        "ttnnnnn",
        tuple(_activity(run, k) for k in (*hospital, *others)),
    )
    return Section("activity", "Activity by line", (*drawn, table))


def _multiples(run: Run, keys: Sequence[str], title: str, key: str) -> str:
    panels = [
        Panel(
            harmless(run.loaded.scenario.lines[k].title),
            [float(v) for v in run.results.series("activity", line=k)],
            [float(v) for v in run.results.series("activity_without_shift", line=k)],
        )
        for k in keys
    ]
    return charts.small_multiples(
        title, "Activity as an index.", run.years, panels, key=key, names=("With shift", "Without shift")
    )


def _activity(run: Run, k: str) -> tuple[str, ...]:
    line, r = run.loaded.scenario.lines[k], run.results
    without, avoided = r.series("activity_without_shift", line=k), r.final("avoided_activity", line=k)
    figures = (float(without[0]), float(without[-1]), r.final("activity", line=k), avoided)
    share = money.percent(r.final("shift_share", line=k)) if line.programmes() else NONE
    return harmless(line.title), harmless(line.activity.unit), *(money.whole(f) for f in figures), share


def share_section(run: Run) -> Section:
    """The gain/loss share by year, and its cash beside it."""
    if not any(bound.terms.sheet.pools for bound in run.loaded.terms):
        return Section("share", "The gain/loss share", (Words("The scenario has no gain/loss share."),))
    actual = [float(v) for v in run.results["actual_cost"][..., 0].sum(axis=1)]
    notional = (EXPECTED, ("Actual cost", actual, True), *NOTIONAL)
    series = [Series(n, series_of(run, row), n == "Settlement") for n, row in SHARE_DRAWN]
    title = "Notional gain, cash saved and settlement"
    chart = charts.line_chart(
        title, "By year; the tables below have the figures.", run.years, series, key="share", places=2
    )
    called, owed = names(run), run.results.final("share_owed")
    words = Words(
        f"Settlement is what {called[HOLDER]} receives, or pays if negative, under the terms printed below. Variance "
        f"is at the constant prices of {run.years[0]}; the commissioner's cash saving is what its hospital contracts "
        f"let it stop paying, at current prices. {amount(owed)} is still owed when the term is over."
    )
    tables = (
        by_year(run, "Expected and actual cost, and settlement, £m", notional),
        by_year(run, "Settlement and cash, £m", CASH),
    )
    return Section("share", "The gain/loss share", (words, Chart(chart), *tables))


def scope_section(run: Run) -> Section:
    """Every line of the contract, and the services outside."""
    lines, called = run.loaded.scenario.lines, names(run)
    rows: list[tuple[str, ...]] = []
    strong = set()
    for scope, title in SCOPES.items():
        keys = [k for k in lines if lines[k].scope == scope]
        if keys:
            strong.add(len(rows))
            total = sum(_baseline(run, k)[0] for k in keys)
            rows.append((title, "", "", "", "", millions(total), ""))
            rows += [_scope_row(run, k, lines[k], called) for k in keys]
    head = (
        "Line",
        "Paragraph",
        "Provider today",
        "Provider after transfer",
        "Transfers on",
        "Reference cost, £m",
        "Grade",
    )
    year = run.loaded.scenario.contract.reference_year
    table = Table(
        f"Lines of the contract, at their cost of {year}", head, "tttttnt", tuple(rows), frozenset(strong), True
    )
    return Section("scope", "Scope", (table, *_outside(run)))


def _outside(run: Run) -> tuple[Table, ...]:
    """The services that are out with no figure, if there are any."""
    rows = tuple(
        (plain_name(k).capitalize(), harmless(o.para) or NONE, harmless(o.why))
        for k, o in run.loaded.scenario.services_outside.items()
    )
    head = ("Service", "Paragraph", "Why")
    return (Table("Services outside, with no figure", head, "ttt", rows),) if rows else ()


def _baseline(run: Run, k: str) -> tuple[float, str]:
    at = run.model.dimension["line"].members.index(k)
    grade = run.inputs.origins["reference_baseline"][(at,)].grade or UNGRADED
    return float(run.inputs.values["reference_baseline"][0, at]), grade


def _scope_row(run: Run, k: str, line: Line, called: dict[str, str]) -> tuple[str, ...]:
    holder = {"holder": called[HOLDER], "other": "Others"} | called
    after, on = NONE, NONE
    if line.scope == "budget":
        after = holder[line.after or line.provider]
        on = day(run.results.final("transfer_day", line=k))
    cost, grade = _baseline(run, k)
    return (
        harmless(line.title),
        harmless(line.para) or NONE,
        holder[line.provider],
        after,
        on,
        millions(cost),
        GRADES[grade],
    )
