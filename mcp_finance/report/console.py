"""What the terminal shows: the headlines on one screen, problems as they are, an explanation as a tree.

The rule: text of a scenario is never markup. It is made harmless (one line, no control characters) and put into
`rich.text.Text`, which does not parse it. Colour repeats what words say already. Eighty columns are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from mcp_finance.analysis.headlines import Headlines, Metric
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.warnings import early_warnings
from mcp_finance.files.problems import Problem, harmless, render
from mcp_finance.report import money
from mcp_finance.report.assurance_text import warning_sentence
from mcp_finance.report.cash import cash_sentence
from mcp_finance.report.views import (
    GRADES,
    NONE,
    amount,
    assumed_outside_tables,
    in_millions,
    metric_value,
    names,
    with_unit,
)
from mcp_finance.rows.explain import Explanation

STATUS = {
    "reconstruction": ", from published figures; not anybody's budget",
    "illustrative": ", not a real contract",
    "live": "",
}
STATUS_STYLE = {"reconstruction": "bold magenta", "illustrative": "bold magenta", "live": "bold green"}
VERDICT_STYLE = {"better off": "green", "worse off": "red", "no material change": "", "not affected": ""}
BRIDGE_WORDS = {
    "bridge_non_recurrent": "non-recurrent",
    "bridge_full_year_effect": "full-year effects",
    "bridge_savings_full_year_effect": "savings' full-year effect",
    "bridge_committed_investment": "committed investment",
    "bridge_transfers_in": "transfers in",
    "bridge_transfers_out": "transfers out",
    "bridge_coding_change": "coding change",
    "bridge_functions_taken_on": "functions taken on",
    "bridge_roll": "roll",
    "bridge_council": "council",
    "bridge_practices": "practices not in",
    "bridge_index": "index",
    "bridge_list": "list",
    "bridge_rebase": "rebasing",
    "bridge_phase": "not yet transferred",
    "bridge_pass_through": "paid straight on",
    "bridge_variations": "variations",
}
_NAME_WIDTH = 39


def summary(run: Run, headlines: Headlines) -> RenderableType:
    """The headlines as one screen: at most 32 lines of 80 columns, and a line for each early warning."""
    return Group(
        *_opening(run),
        Text(),
        _metrics(run, headlines),
        _live(headlines),
        _years(run),
        _bridge(headlines),
        Text(),
        _parties(run, headlines),
        _test(run),
        _evidence(run, headlines),
        *_warns(run),
        _integrity(run, headlines),
    )


def print_summary(console: Console, run: Run, headlines: Headlines) -> None:
    """Print the headlines."""
    console.print(summary(run, headlines), highlight=False)


def print_problems(console: Console, problems: Iterable[Problem]) -> None:
    """Print problems as `mcp_finance.files.problems.render` writes them, without markup, wrapping or colour."""
    for problem in problems:
        console.print(render(problem), markup=False, highlight=False, emoji=False, soft_wrap=True)


def explanation_tree(explanation: Explanation) -> Tree:
    """An explanation as a tree: each value with its formula and meaning, down to the lines of the scenario file."""
    tree = Tree(_explained(explanation), guide_style="dim")
    _grow(tree, explanation)
    return tree


def _line(*parts: tuple[str, str]) -> Text:
    """One line that is cut at the edge of the screen; parts are text and style."""
    return Text.assemble(*((harmless(text), style) for text, style in parts), no_wrap=True, overflow="ellipsis")


def _opening(run: Run) -> list[Text]:
    scenario = run.loaded.scenario
    status = _line(("Status: ", "dim"), (scenario.status, STATUS_STYLE[scenario.status]), (STATUS[scenario.status], ""))
    cases = _line(("Cases: ", "dim"), (run.loaded.case, ""))
    settings = [Text(f"Set: {harmless(setting)}", style="dim") for setting in run.loaded.settings]
    return [_line((scenario.title, "bold")), status, cases, *settings]


def _grid(name: str, *figures: str, words: str) -> Table:
    """A table without lines. Names are cut if they must be, words at the end may wrap, figures do neither."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(Text(name), no_wrap=True, overflow="ellipsis", max_width=_NAME_WIDTH)
    for title in figures:
        table.add_column(Text(title), justify="right", no_wrap=True)
    table.add_column(Text(words))
    return table


def _metrics(run: Run, headlines: Headlines) -> Table:
    table = _grid("Headline", "Nominal", f"{run.years[0]} £", words="Published")
    for metric in (m for m in headlines.metrics if m.row != "live_share"):
        nominal = Text(metric_value(metric, metric.value), style="red" if metric.value < 0 else "")
        table.add_row(Text(harmless(metric.label)), nominal, metric_value(metric, metric.real), _beside(metric))
    return table


def _live(headlines: Headlines) -> Text:
    """How much of the full scope is live in the first years, on one line."""
    found = [m for m in headlines.metrics if m.row == "live_share"]
    said = ", ".join(f"{m.label.split()[3].rstrip(',')} {money.percent(m.value)}" for m in found)
    return _line(("Live, of full scope: ", "dim"), (said, ""))


def _years(run: Run) -> Text:
    """Income less cost of every year, in millions."""
    said = " ".join(money.number(v / 1e6, 1) for v in run.results.series("budget_holder.result"))
    return Text.assemble((f"Income less cost, £m, {run.years[0]} on: ", "dim"), said)


def _bridge(headlines: Headlines) -> Text:
    """The bridge from the reference year to what is paid, leaving out steps of nothing."""
    first, *steps, last = headlines.bridge
    parts = [f"{in_millions(first[2])} NHS lines in scope"]
    parts += [f"{in_millions(v, plus=True)} {BRIDGE_WORDS[row]}" for row, _, v in steps if abs(v) >= 5e4]
    return Text.assemble(("Bridge: ", "dim"), "; ".join(parts), f" = {in_millions(last[2])} payable")


def _test(run: Run) -> Text:
    share = money.percent(float(run.inputs.values["materiality"].item()))
    return _line((f"Test: beyond ±{share} of do-nothing income (the holder: of its budget)", "dim"))


def _beside(metric: Metric) -> Text:
    said = metric.comment if metric.key == "reserve_cover" else metric.beside.removeprefix("published ")
    return Text(harmless(said))


def _parties(run: Run, headlines: Headlines) -> Table:
    called = names(run)
    table = _grid("Against do-nothing", "Change", "Threshold", words="Verdict")
    for p in headlines.parties:
        verdict = Text(p.verdict, style=VERDICT_STYLE[p.verdict])
        change, threshold = in_millions(p.change, plus=True), in_millions(p.threshold)
        table.add_row(Text(called[p.party]), change, f"±{threshold}", verdict)
    table.add_row(Text("All parties together"), in_millions(headlines.system_change, plus=True), "", Text())
    return table


def _evidence(run: Run, headlines: Headlines) -> Text:
    e = headlines.evidence
    apart = money.percent(assumed_outside_tables(run, headlines))
    ungraded = f"; {len(e.ungraded)} ungraded" if e.ungraded else ""
    of_money = f"{amount(e.assumed_money)} ({money.percent(e.assumed_money_share)}) of budget lines"
    said = f"{of_money}; {apart} of figures outside tables{ungraded}"
    return _line(("Assumed: ", "dim"), (said, ""))


WORSE_OFF = "warn.worse_off_"


def _warns(run: Run) -> Iterator[Text]:
    """Whose cash runs out, and every early warning on a line of its own; who is worse off stands in the table."""
    if said := cash_sentence(run):
        yield Text.assemble(("Cash: ", "dim"), harmless(said))
    for warning in early_warnings(run):
        if warning.name.startswith(WORSE_OFF):
            continue
        yield _line(("Warns: ", "yellow"), (warning_sentence(warning, names(run)), ""))


def _integrity(run: Run, headlines: Headlines) -> Text:
    failed = [c.name for c in headlines.integrity if not c.holds]
    warnings = len(run.loaded.warnings)
    said = f"{len(headlines.integrity)} checks hold" if not failed else f"FAILED: {', '.join(failed)}"
    more = f"; {warnings} warning{'s' * (warnings > 1)}" if warnings else ""
    parts = (("Integrity: ", "dim"), (said, "green" if not failed else "bold red"), (more, "yellow"))
    return Text("\n").join([_line(("Affordability: ", "dim"), (headlines.affordability, "")), _line(*parts)])


def _grow(tree: Tree, explanation: Explanation) -> None:
    for read in explanation.reads:
        _grow(tree.add(_explained(read)), read)
    if explanation.more:
        tree.add(Text(f"and {explanation.more} more that add less", style="dim"))


def _explained(e: Explanation) -> Text:
    """The value on the first line; beneath it formula, meaning and where it is defined, or the evidence."""
    where = "".join(f" [{member}]" for member in e.at.values())
    lines = [
        Text.assemble(
            (harmless(e.label), "bold"),
            harmless(where),
            f", {e.year}: ",
            (harmless(with_unit(e.value, e.unit)), "bold cyan"),
        )
    ]
    if e.formula:
        lines.append(Text(f"= {harmless(e.formula)}"))
    lines.append(Text(harmless(e.meaning), style="italic"))
    if e.repeated:
        return Text("\n").join([*lines[:2], Text("as above", style="dim")])
    if e.defined:
        lines.append(Text(f"defined in {harmless(e.defined)}", style="dim"))
    if e.origin is not None:
        lines += _origin_lines(e)
    return Text("\n").join(lines)


def _origin_lines(e: Explanation) -> list[Text]:
    origin = e.origin
    if origin is None:
        return []
    grade = GRADES.get(origin.grade, origin.grade) if origin.grade else "Not graded"
    lines = [
        Text(f"{harmless(origin.path) or NONE} at {harmless(origin.place) or 'no line of the scenario'}", style="dim")
    ]
    for title, said in (("grade", grade), ("source", origin.source), ("owner", origin.owner), ("note", origin.note)):
        if said:
            lines.append(Text.assemble((f"{title}: ", "dim"), harmless(said)))
    return lines
