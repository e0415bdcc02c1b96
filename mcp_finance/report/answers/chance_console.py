"""Answers about luck on the terminal, in 80 columns: each table with the assumptions on which it rests beneath it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_finance.analysis.luck.answers import Enough, Need, Own, Plain
from mcp_finance.analysis.luck.savings_scale import SOURCE, Fit
from mcp_finance.analysis.luck.scheme import Settled
from mcp_finance.files.problems import harmless
from mcp_finance.model.share.settlement import hub
from mcp_finance.report.money import number, percent, pounds, whole
from mcp_finance.report.views import names

NO_SIZE = "none: shocks alone are too much"
NORMAL = "Closed forms are normal; simulated bands come from skewed costs or counts, ± one Monte Carlo standard error."


def scale_text(found: Fit) -> RenderableType:
    """The published sliding scale beside what makes it."""
    table = _table(("People", "Published", "z·cv/√n", "Chance of paying luck", "cv that prints alike"))
    for r in found.rates:
        alike = f"{number(r.low_cv, 3)} to {number(r.high_cv, 3)}"
        table.add_row(whole(r.people), percent(r.published), percent(r.rebuilt, 2), percent(r.chance), alike)
    span = f"{number(found.low, 3)} to {number(found.high, 3)}"
    return Group(
        Text("The published sliding scale of minimum savings rates, and what it says of luck", style="bold"),
        Text(SOURCE, style="dim"),
        Text(),
        table,
        Text(),
        Text(
            f"Agrees: one cv, {span}, makes every row to its printed place, with one-sided confidence of 90% to 5,000 "
            "people, 95% at 20,000 and 99% from 50,000, blended between. These levels were not read at source; that "
            "the scale rises in confidence with size, and is blended, was (CMS-1345-P, 2011)."
        ),
        Text(
            "Differs: the scale lets luck be paid in 10% of years at 5,000 people and in 1% at 50,000, by design. At "
            "one level the rates would fall as one over the root of people. Common shocks are left to its floor of 2%."
        ),
        Text(
            "Wider than both: in 2014 a fifth of organisations overspent by more than these rates, where the scale's "
            "luck makes 7% (CMS results). Targets that drift, and true differences, do not fall with size either."
        ),
        Text(
            "That cv is of target less actual together, of Medicare's people, the largest claims cut off. It is no "
            "figure for English hospital use, whose luck follows from its activity: mcp-finance chance SCENARIO."
        ),
    )


def plain_text(found: Plain) -> RenderableType:
    """A plain share by size and dead band."""
    share, years, per_head = found.share, found.years, found.cost_per_head
    rules = "what exceeds the dead band" if share.excess else "all of a gain that reaches the dead band"
    cap = f", at most {percent(share.cap)} of the target" if share.cap is not None else ""
    unit = "in pounds" if per_head else "in % of one year's target"
    parts: list[RenderableType] = [
        Text("Gains paid for luck: nothing has truly changed", style="bold"),
        Text(f"{percent(share.rate, 0)} of {rules}{cap}; {years} years; amounts {unit}."),
        Text(),
        _cells(found),
        Text(),
        Text(
            "One gain: at least one paid in the term. Upside-only pays the sum. Two-sided, with losses shared alike, "
            "luck comes to nil on average, ± one standard deviation of the term's sum: in any one contract it does not."
        ),
        *_needs(found.needs),
        *_enough(found.enough),
        Text(),
        Text("Assumed", style="bold"),
        *(Text(f"- {line}") for line in _assumed(found)),
    ]
    return Group(*parts)


def _cells(found: Plain) -> Table:
    per_head = found.cost_per_head
    table = _table(("People", "sd", "Band", "P(paid)", "A year", "One gain", "Upside-only", "Two-sided"))
    for c in found.cells:
        o, target = c.outlook, c.people * per_head if per_head else 0.0

        def told(value: float, target: float = target) -> str:
            return pounds(value * target) if per_head else percent(value, 2)

        row = (percent(c.band), percent(o.probability), told(o.expected), percent(o.at_least_one))
        table.add_row(whole(c.people), percent(c.sd, 2), *row, told(o.term_expected), f"0 ±{told(o.net_sd)}")
    return table


def _assumed(found: Plain) -> Iterator[str]:
    p = found.people
    yield f"cv of one person's cost in a year, {number(p.cv, 2)}: given, and of these people and this cost only"
    if p.weights:
        weights = ", ".join(percent(w, 0) for w in p.weights)
        yield f"target from past years weighted {weights}: their luck lasts the whole term"
        yield f"correlation of a person's cost from year to year {number(p.correlation, 2)}; nobody joins or leaves"
    else:
        yield "the target is right: the least that luck can be (--baseline-weights)"
    floor = "no common shock, so that chance falls for ever with size (--shock)"
    yield floor if not p.shock else f"common shocks of {percent(p.shock, 2)} of cost a year, which size does not lessen"
    yield NORMAL


def own_text(found: Own) -> RenderableType:
    """A scenario's own share."""
    run = found.scheme.run
    called = names(run)
    members = run.model.dimension["line"].members
    lines = ", ".join(harmless(members[k]) for k in found.scheme.lines)
    payer = " and ".join(dict.fromkeys(called[hub(s)] for s in run.inputs.terms if s.sheet.pools))
    size, year = found.people, run.years[found.scheme.year]
    parts: list[RenderableType] = [
        Text(harmless(run.loaded.scenario.title), style="bold"),
        Text("Gains paid for luck: no programme delivers, and growth is what was expected"),
        Text(),
        Text(f"Shared lines: {lines}; {pounds(float(found.scheme.cost[found.scheme.year].sum()))} in {year}"),
        Text(
            f"Luck in {year}, one standard deviation: {percent(found.sd, 2)} of cost (as drawn: "
            f"{percent(found.drawn_sd, 2)}) for {whole(size)} people. A year alone is as uncertain as costs a head "
            f"with cv {number(found.cv, 2)}."
        ),
        Text(),
        _settled(found.settled),
        Text(),
        Text(
            f"Gains that {payer} pays and losses that it gets over the {len(found.scheme.settled)} years that settle, "
            f"± standard error of {whole(found.draws)} draws (seed {found.seed}). One gain: at least one in the term. "
            "Were the share upside-only, no loss would come back."
        ),
        *_needs(found.needs),
        Text("Were counts independent (overdispersion 1), at least " + _least(found)),
        *_enough(found.enough),
        Text(),
        Text("Assumed", style="bold"),
        *(Text(f"- {line}") for line in _of_counts(found)),
    ]
    if not found.bands:
        parts.insert(7, Text("No dead band of its own: a gain is paid from the first pound."))
    return Group(*parts)


def _least(found: Own) -> str:
    told = " and ".join(f"{percent(band, 2)} for {percent(level, 0)} of years" for level, band in found.lower)
    return f"{told}, for {whole(found.people)} people."


def _settled(results: Sequence[Settled]) -> Table:
    table = _table(("People", "Band", "P(paid)", "One gain", "Gains", "of cost", "Losses", "Net"))
    for s in sorted(results, key=lambda s: s.people):
        band = "as written" if s.band is None else percent(s.band, 2)
        chance = f"{percent(s.probability.value)} ±{number(s.probability.error * 100, 1)}"
        net = f"{pounds(s.net.value)} ±{pounds(s.net.error)}"
        table.add_row(
            whole(s.people),
            band,
            chance,
            percent(s.at_least_one.value),
            pounds(s.gains.value),
            percent(s.gains_of_target, 2),
            pounds(s.losses.value),
            net,
        )
    return table


def _of_counts(found: Own) -> Iterator[str]:
    c = found.counts
    members = found.scheme.run.model.dimension["line"].members
    by_line = dict(zip((members[k] for k in found.scheme.lines), c.by_line(len(found.scheme.lines)), strict=True))
    told = ", ".join(f"{harmless(line)} {number(phi, 2)}" for line, phi in by_line.items())
    yield f"overdispersion (variance of a line's count over its mean; 1 is the least): {told}"
    casemix = "none: every unit costs its line's mean, the least" if not c.casemix else number(c.casemix, 2)
    yield f"cv of cost from unit to unit within a line: {casemix}"
    yield f"common shocks: {'none, the least' if not c.shock else f'{percent(c.shock, 2)} of cost a year'}"
    years = c.baseline_years
    if years:
        counted = "one year" if years == 1 else f"{years} years"
        yield f"the target comes from the counts of {counted}, and their luck lasts the whole term"
    else:
        yield "the target is right: the least that luck can be"
    if found.other_baselines:
        yield f"held against their trend, not their own baseline: {', '.join(map(harmless, found.other_baselines))}"
    yield "another size: the same lines and prices on more or fewer people; amounts in pounds of a sheet do not move"
    yield NORMAL


def _needs(needs: Iterable[Need]) -> Iterator[RenderableType]:
    table = _table(("People", "Luck paid in at most", "Dead band needed", "Simulated"))
    for n in needs:
        simulated = f"{percent(n.simulated.value, 2)} ±{number(n.simulated.error * 100, 2)}"
        table.add_row(whole(n.people), f"{percent(n.level, 0)} of years", percent(n.band, 2), simulated)
    yield from (Text(), table)


def _enough(found: Sequence[Enough]) -> Iterator[RenderableType]:
    if any(e.band > 0 for e in found):
        table = _table(("Dead band", "Luck paid in at most", "People needed"))
        for e in (e for e in found if e.band > 0):
            size = NO_SIZE if e.people is None else whole(e.people)
            table.add_row(percent(e.band, 2), f"{percent(e.level, 0)} of years", size)
        yield from (Text(), table)


def _table(heads: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(Text(head), justify="right", no_wrap=True)
    return table
