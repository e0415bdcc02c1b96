"""The answers of `mcp_finance.analysis.assurance` as words, for the terminal and for the report.

Eighty columns are enough, however many providers there are: a risk has its parties beneath it, not beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from mcp_finance.analysis.assurance import SIZES, Assurance, Effect, NetBenefit
from mcp_finance.analysis.headlines import evidence
from mcp_finance.analysis.risks_held import Held
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.warnings import EarlyWarning
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import HOLDER
from mcp_finance.report.money import number
from mcp_finance.report.views import GRADES, amount, in_millions, names
from mcp_finance.rows.expr import plain_name

ALL = "all parties"
_SEEN = 5e4
"""Smaller changes are nil in millions with one place."""


def assurance_text(run: Run, answers: Assurance) -> RenderableType:
    """Net benefit, risks, other providers, warnings and how many assumptions there are."""
    called = names(run)
    parts: list[RenderableType] = [Text(harmless(run.loaded.scenario.title), style="bold")]
    parts += _block("Net benefit", [benefit_sentence(answers.net_benefit)])
    parts += _block("Risks: change of each party's results over the term", [SIZES, f"{cover_sentence(run)}."])
    for e in answers.matrix:
        parts += [Text(e.risk.title), Padding(Text(changes(e.held, called)), (0, 0, 0, 2))]
    parts += _block("Effect on every other provider, over the term", [])
    for effect in answers.effects:
        parts += [Text(called[effect.provider]), Padding(Text(effect_sentence(effect)), (0, 0, 0, 2))]
    parts += _block("Early warnings", [warning_sentence(w, called) for w in answers.warnings] or ["none"])
    grades = evidence(run).counts
    counts = ", ".join(f"{grades[g]} {g}" for g in GRADES if g in grades)
    parts += _block("Figures by evidence", [counts])
    return Group(*parts)


def held_text(run: Run, held: Sequence[Held], draws: int) -> RenderableType:
    """Each uncertain input drawn alone: what it does to each party in the middle, and where one in ten is worse."""
    called = names(run)
    said = f"{draws:,} futures for each, all else as in the scenario. P50: half are worse; P90: one in ten is."
    parts: list[RenderableType] = list(_block("Uncertain inputs alone: who holds which risk, over the term", [said]))
    for h in held:
        told = [
            f"{called[p]} {in_millions(x.middle, plus=True)} / {in_millions(x.worse, plus=True)}"
            for p, x in h.losses.items()
            if max(abs(x.middle), abs(x.worse)) >= _SEEN
        ]
        parts += [
            Text(plain_name(h.name)),
            Padding(Text("; ".join(told) or "nobody by as much as £0.1m"), (0, 0, 0, 2)),
        ]
    return Group(*parts)


def _block(title: str, lines: list[str]) -> Iterator[Text]:
    yield Text(f"\n{title}", style="bold")
    yield from map(Text, lines)


def benefit_sentence(found: NetBenefit) -> str:
    """The system's change; with an appraisal its present value, pay-back and what programmes save for a pound."""
    parts = [f"All parties together, against do-nothing: {in_millions(found.change, plus=True)} over the term"]
    if found.npv is not None:
        parts.append(f"net present value {in_millions(found.npv, plus=True)}")
    if found.payback_year is not None:
        year = found.payback_year
        parts.append(f"paid back from year {year} of the contract on" if year else "not paid back within the term")
    if found.benefit_cost_ratio is not None:
        parts.append(f"programmes save £{number(found.benefit_cost_ratio, 2)} for each pound they cost")
    return "; ".join(parts)


def cover_sentence(run: Run) -> str:
    """What the budget holder has to meet a risk with: its opening reserve, and a parent's guarantee if there is one."""
    reserve = run.results.final(f"opening_balance.{HOLDER}")
    parent = run.results.final("parent_guarantee") if "parent_guarantee" in run.results else 0.0
    said = f"To meet its risks {names(run)[HOLDER]} opens with {amount(reserve)}"
    return f"{said}, and a parent stands for {amount(parent)}" if parent else said


def changes(by_party: Mapping[str, float], called: Mapping[str, str]) -> str:
    """What each party gains or loses, those untouched left out, and all parties together."""
    told = [f"{called[p]} {in_millions(v, plus=True)}" for p, v in by_party.items() if abs(v) >= _SEEN]
    return "; ".join([*told, f"{ALL} {in_millions(sum(by_party.values()), plus=True)}"])


def effect_sentence(effect: Effect) -> str:
    """A provider's money, what is nil left out."""
    told = [
        f"{what} {amount(value)}"
        for what, value in (
            ("income lost", effect.income_lost),
            ("cost released", effect.cost_released),
            ("stranded", effect.stranded),
            ("guaranteed, of its income", effect.top_up),
            ("settlements", effect.settled),
        )
        if abs(value) >= _SEEN
    ]
    return "; ".join([*told, f"against do-nothing {in_millions(effect.change, plus=True)}"])


def warning_sentence(warning: EarlyWarning, called: Mapping[str, str]) -> str:
    """A warning and its first year: `2020/21: the parent pays under its guarantee`; a party goes by its own name."""
    said = warning.label.removeprefix("1 in years in which ").removeprefix("1 in ").rstrip(".")
    said = said.removesuffix("; less than a pound is rounding")
    first = said[:1] if said[1:2].isupper() else said[:1].lower()
    said = f"{first}{said[1:]}"
    for party, title in called.items():
        if warning.name.endswith(f"_{party}"):
            said = said.replace(plain_name(party), title, 1)
    return f"{warning.first_year}: {said}"
