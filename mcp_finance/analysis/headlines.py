"""What a board and a bid team ask first, gathered from the rows that answer it.

No arithmetic of the contract is done here: every figure is a row's value in some year, named with it, so that the
workbook can show the same figure as a link. Only counting and comparing with a threshold are done in this module.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from mcp_finance.analysis.run import PENNY, Integrity, Run
from mcp_finance.model.books.statements import BRIDGE
from mcp_finance.model.party import PRACTICES
from mcp_finance.scenario.kinds import MoneyFigure
from mcp_finance.scenario.sections.place import Range

Unit = Literal["money", "share", "head", "index"]
ASSUMED = "assumption"
UNGRADED = "not graded"
BRIDGE_LABELS = {
    "bridge_reference": "NHS lines in scope, reference year",
    "bridge_non_recurrent": "Non-recurrent items taken off",
    "bridge_full_year_effect": "Full-year effects",
    "bridge_savings_full_year_effect": "Full-year effect of savings",
    "bridge_committed_investment": "Committed investment",
    "bridge_transfers_in": "Transfers in",
    "bridge_transfers_out": "Transfers out",
    "bridge_coding_change": "Coding and counting change",
    "bridge_functions_taken_on": "Commissioner functions taken on",
    "bridge_roll": "Roll to the first year",
    "bridge_council": "Council lines in scope",
    "bridge_practices": "Practices not members or not fully integrated",
    "bridge_index": "Indexation since the first year",
    "bridge_list": "List adjustment",
    "bridge_rebase": "Rebasing",
    "bridge_phase": "Lines not yet transferred",
    "bridge_pass_through": "Lines paid straight on, at what they cost",
    "bridge_variations": "Variations",
}
COST_ENTRIES = {
    "own_services": "Own services, medicines and care",
    "other_subcontracts": "Other sub-contracts",
    "reprovision": "Reprovision",
    "transition": "Transition",
    "double_running": "Double running",
}


@dataclass(frozen=True)
class Metric:
    """One headline figure: the value of `row` in year number `year`; `real` is the same at first-year prices, if asked.

    `beside` is what was published, in words; `comment` says how to read the figure.
    """

    key: str
    label: str
    row: str
    year: int
    value: float
    unit: Unit
    real: float | None = None
    real_row: str = ""
    beside: str = ""
    comment: str = ""


@dataclass(frozen=True)
class PartyView:
    """A party over the term, against do-nothing. `verdict` compares `change` with `threshold` either way."""

    party: str
    name: str
    result: float
    closing: float
    change: float
    threshold: float

    @property
    def verdict(self) -> str:
        if abs(self.change) < PENNY:
            return "not affected"
        if self.change > self.threshold:
            return "better off"
        return "worse off" if self.change < -self.threshold else "no material change"


@dataclass(frozen=True)
class Evidence:
    """How the figures of the scenario are graded.

    `counts` is the number of figures by grade; `money` the reference-year cost of the budget's lines by the grade of
    each line's baseline.
    """

    counts: dict[str, int]
    money: dict[str, float]
    ungraded: tuple[str, ...]

    @property
    def assumed_count_share(self) -> float:
        total = sum(n for g, n in self.counts.items() if g != "definition")
        return self.counts.get(ASSUMED, 0) / total if total else 0.0

    @property
    def assumed_money(self) -> float:
        return self.money.get(ASSUMED, 0.0)

    @property
    def assumed_money_share(self) -> float:
        total = sum(self.money.values())
        return self.assumed_money / total if total else 0.0


@dataclass(frozen=True)
class Headlines:
    """Everything that summary and report open with."""

    metrics: tuple[Metric, ...]
    bridge: tuple[tuple[str, str, float], ...]
    parties: tuple[PartyView, ...]
    evidence: Evidence
    integrity: tuple[Integrity, ...]
    affordability: str
    system_change: float

    def metric(self, key: str) -> Metric:
        return next(m for m in self.metrics if m.key == key)


def headlines(run: Run) -> Headlines:
    """Gather the headlines of a run."""
    unused = set() if run.inputs.values["passes_through"].any() else {"bridge_pass_through"}
    steps = [row for row in BRIDGE if row in run.model.rows and row not in unused]
    first_bridge = [(row, BRIDGE_LABELS[row], float(run.results.series(row)[0])) for row in steps]
    return Headlines(
        tuple(_metrics(run)),
        (*first_bridge, ("wpb", f"Payable for {run.years[0]}", float(run.results.series("wpb")[0]))),
        tuple(_party(run, *named) for named in run.parties.items()),
        evidence(run),
        run.integrity(),
        _affordability(run),
        run.results.final("system.change_to_date"),
    )


def cost_entries(run: Run) -> dict[str, str]:
    """Entries that the budget holder pays for its lines, and what they are called."""
    bought = {p: "General practice" if p == PRACTICES else f"Bought from {run.parties[p]}" for p in run.providers}
    return {f"subcontracts.{p}": title for p, title in bought.items()} | COST_ENTRIES


@dataclass(frozen=True)
class _Asked:
    """A headline as asked for: `when` names the year whose value answers it; labels may hold years and the term."""

    key: str
    label: str
    row: str
    when: str
    unit: Unit
    real_row: str = ""
    comment: str = ""


LIVE = "lines that have transferred, with the rest of their year"
ASKED = (
    _Asked("contract_total", "Contract total, {term}", "contract_total", "last", "money", "real_contract_total"),
    _Asked("reference_per_head", "NHS scope a head, at {reference} cost", "reference_per_head", "first", "head", "",
           "all lines in scope over the registered list"),
    _Asked("per_head", "NHS budget a head, full scope, {first}", "nhs_budget_per_head", "first", "head", "",
           "without general practice that is not fully integrated"),
    _Asked("first_payment", "Payable for {first}", "wpb", "first", "money", "real_wpb"),
    _Asked("first_withheld", "Withheld for performance, {first}", "withheld_total", "first", "money"),
    _Asked("live_share_1", "Live budget in {first}, of full scope", "live_share", "first", "share", "", LIVE),
    _Asked("live_share_2", "Live budget in {second}, of full scope", "live_share", "second", "share", "", LIVE),
    _Asked("live_share_3", "Live budget in {third}, of full scope", "live_share", "third", "share", "", LIVE),
    _Asked("result_total", "Income less cost, {term}", "result_to_date", "last", "money", "real_result_to_date"),
    _Asked("worst_year", "Worst year, {worst}", "budget_holder.result", "worst", "money", "real_result"),
    _Asked("deepest_deficit", "Deepest cumulative deficit", "deepest_deficit", "last", "money", "",
           "lowest point of results added up since the first year"),
    _Asked("reserve_cover", "Its cover by opening reserves", "reserve_cover", "last", "share"),
    _Asked("break_even_saving", "Saving that would break even, of budget", "break_even_saving", "last", "share", "",
           "of all budget paid over the term"),
)  # fmt: skip


def _metrics(run: Run) -> list[Metric]:
    r, years = run.results, run.years
    published = run.loaded.scenario.published
    place = {"first": 0, "second": 1, "third": 2, "last": len(years) - 1}
    place["worst"] = int(r.series("budget_holder.result").argmin())
    named = {when: years[k] for when, k in place.items() if k < len(years)}
    named |= {"term": _years(len(years)), "reference": run.loaded.scenario.contract.reference_year}
    beside = {
        "contract_total": "" if run.loaded.shortened else _range(published.contract_total),
        "reference_per_head": _beside(published.per_head) if published.per_head else "",
    }
    comments = {"reserve_cover": "" if r.final("deepest_deficit") < -PENNY else "no deficit to cover"}
    found = []
    for a in ASKED:
        k = place[a.when]
        if k >= len(years):
            continue
        real = float(r.series(a.real_row)[k]) if a.real_row else None
        value, comment = _no_noise(float(r.series(a.row)[k]), a.unit), comments.get(a.key, a.comment)
        label = a.label.format(**named)
        found.append(Metric(a.key, label, a.row, k, value, a.unit, real, a.real_row, beside.get(a.key, ""), comment))
    return found


def _no_noise(value: float, unit: Unit) -> float:
    """A sum of money without the rounding left over from additions that cancel."""
    return 0.0 if unit == "money" and abs(value) < PENNY else value


def _years(count: int) -> str:
    return f"{count} year{'s' * (count != 1)}"


def _beside(figure: MoneyFigure) -> str:
    """A figure to stand beside the model's own: published, or derived from what was."""
    return f"{'published' if str(figure.grade).startswith('exact') else 'derived'} £{figure.value:,.0f}"


def _range(published: Range | None) -> str:
    if published is None:
        return ""
    return f"published £{published.low / 1e9:.1f}bn to £{published.high / 1e9:.1f}bn"


def _party(run: Run, party: str, title: str) -> PartyView:
    r = run.results
    return PartyView(
        party,
        title,
        float(r.series(f"{party}.result").sum()),
        r.final(f"{party}.closing"),
        r.final(f"{party}.change_to_date"),
        r.final(f"{party}.threshold"),
    )


def evidence(run: Run) -> Evidence:
    """Count the scenario's figures by grade, each once, and weigh the budget's baselines by theirs."""
    grade_of = {
        origin.path: origin.grade or UNGRADED
        for origins in run.inputs.origins.values()
        for origin in origins.values()
        if origin.place
    }
    counts = Counter(grade_of.values())
    money: dict[str, float] = {}
    for k, line in enumerate(run.model.dimension["line"].members):
        if run.loaded.scenario.lines[line].scope == "budget":
            origin = run.inputs.origins["reference_baseline"][(k,)]
            grade = origin.grade or UNGRADED
            money[grade] = money.get(grade, 0.0) + float(run.inputs.values["reference_baseline"][0, k])
    ungraded = tuple(path for path, grade in grade_of.items() if grade == UNGRADED)
    return Evidence(dict(counts), money, ungraded)


def _affordability(run: Run) -> str:
    if "worst_headroom" not in run.model.rows:
        return "not assessed: the scenario gives no allocation"
    worst = run.results.final("worst_headroom")
    if worst >= 0:
        return f"payments within the allocation given in every year; least headroom £{worst / 1e6:,.1f}m"
    return f"payments beyond the allocation given; largest gap £{-worst / 1e6:,.1f}m in a year"
