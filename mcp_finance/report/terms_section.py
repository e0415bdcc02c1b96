"""The term sheets in the report: their clauses in plain English, the payoff curve, and what each year settles."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.report import money, payoff_chart
from mcp_finance.report.views import Chart, Heading, Part, Section, Table, Words, names
from mcp_finance.scenario.terms import BoundTerms
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.reading.english import Heading as ClauseHeading
from mcp_finance.terms.reading.english import Sentence, clauses, preamble
from mcp_finance.terms.reading.given import FactError
from mcp_finance.terms.reading.lint import lint
from mcp_finance.terms.reading.payoff import Payoff, payoff

PENNIES = 2
NO_CURVE = "No payoff curve: with the facts of the last year nothing can be settled over a range of variances."


def terms_section(run: Run) -> Section:
    """Every term sheet of the contract."""
    if not run.loaded.terms:
        return Section("terms", "Terms", (Words("The scenario has no term sheet."),))
    parts: list[Part] = [_settlements(run)]
    for bound in run.loaded.terms:
        parts += _sheet(run, bound, bound.compiled)
    return Section("terms", "Terms", tuple(parts), folded=True)


def curve(run: Run, compiled: Compiled) -> Payoff | None:
    """The payoff curve of a sheet over a range of variances, all other facts being those of the contract's last year.

    None where no curve can be drawn for them, such as where nothing is expected to be spent.
    """
    try:
        return payoff(compiled, _facts(run, compiled))
    except FactError:
        return None


def _facts(run: Run, compiled: Compiled) -> dict[str, str]:
    """Every fact but what the curve varies, as text."""
    varied = {"actual"} | ({t.name for item in compiled.sheet.at_risk for t in item.earned.names()} if not
                           compiled.sheet.pools else set())  # fmt: skip
    blank = {u.name for u in compiled.facts if u.is_given and not run.results.final(u.name)}
    several = len(compiled.sheet.pools) > 1
    found = {}
    for use in compiled.facts:
        if use.is_given or use.fact in varied or f"{use.name}.given" in blank:
            continue
        value = run.results.final(use.name)
        text = {"ratio": f"{100 * value:.6f}%", "money": f"{value:.2f}"}.get(use.spec.unit, f"{value:g}")
        found[use.column if several else use.fact] = text
    return found


def paragraphs(bound: BoundTerms) -> Iterator[tuple[str, str]]:
    """The sheet in plain English, a paragraph each: its number (empty for a heading) and its text."""
    for name, text in preamble(bound.terms):
        yield "", harmless(f"{name}: {text}")
    for heading in clauses(bound.terms):
        yield str(heading.number), harmless(heading.title)
        for sentence in heading.sentences:
            yield sentence.number, harmless(sentence.text)
            yield from (("", line) for line in _table_lines(sentence))


def _table_lines(sentence: Sentence) -> Iterator[str]:
    if sentence.table is not None:
        for row in sentence.table.rows:
            cells = (f"{head}: {cell}" for head, cell in zip(sentence.table.head, row, strict=True) if cell)
            yield harmless("; ".join(cells))


def _clause(heading: ClauseHeading) -> Iterator[Part]:
    """A heading, its paragraphs as a list, and each table where it belongs."""
    yield Heading(f"{heading.number}. {harmless(heading.title)}", 4)
    items: list[str] = []
    for sentence in heading.sentences:
        said = harmless(f"{sentence.number} {sentence.text}")
        if sentence.table is None:
            items.append(said)
            continue
        if items:
            yield Words("", tuple(items))
        items = []
        rows = tuple(tuple(map(harmless, row)) for row in sentence.table.rows)
        head = sentence.table.head
        yield Table(said, head, "t" * len(head), rows, tight=True)
    if items:
        yield Words("", tuple(items))


def _settlements(run: Run) -> Table:
    """What every party receives or pays under all term sheets, by year, to the penny."""
    called = names(run)
    series = [run.results.series(f"settled_{p}") for p in called]
    rows = [(year, *(money.number(float(s[t]), PENNIES) for s in series)) for t, year in enumerate(run.years)]
    caption = "All settlements by year, in pounds and pence: positive receives, negative pays"
    return Table(caption, ("Year", *called.values()), "t" + "n" * len(called), tuple(rows))


def _sheet(run: Run, bound: BoundTerms, compiled: Compiled) -> Iterator[Part]:
    sheet = bound.terms.sheet
    yield Heading(harmless(sheet.title))
    yield Words("", tuple(harmless(f"{name}: {text}") for name, text in preamble(bound.terms)))
    drawn = curve(run, compiled)
    if drawn is None:
        yield Words(NO_CURVE)
    else:
        title, note = harmless(f"Payoff: {sheet.title}"), f"Facts other than the variance are those of {run.years[-1]}."
        yield Chart(payoff_chart.svg(drawn, title, key=f"payoff-{sheet.id}", note=note))
    for heading in clauses(bound.terms):
        yield from _clause(heading)
    if warnings := lint(compiled):
        yield Words("Worth a second look before signing:", tuple(harmless(w.message) for w in warnings))
