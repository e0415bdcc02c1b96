"""The report's section on demand-shift programmes: what each takes away, what it costs, and who pays."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import COMMISSIONER, COUNCIL, HOLDER
from mcp_finance.report import charts, money
from mcp_finance.report.charts import Series
from mcp_finance.report.views import NONE, Chart, Part, Section, Table, Words, day, last_day, millions, names
from mcp_finance.report.yearly import by_year, series_of
from mcp_finance.scenario.filling.shift import programmes_of
from mcp_finance.scenario.sections.shift import Shift

MOST_DRAWN = 6
WORDS = (
    "Each programme acts on what those before it on its line leave, so that together they never take more than there "
    "is. One that relocates moves activity into the community and takes none away. The cost of all is counted, "
    "whoever pays."
)
COSTS = ("programme_reprovision", "programme_transition", "programme_double_running")
BY_YEAR = (
    ("Re-provision", "reprovision"),
    ("Transition", "transition"),
    ("Double running", "double_running"),
    ("Paid by the commissioner", "commissioner_programmes"),
    ("Paid by the council", "council_programmes"),
)


def programmes_section(run: Run) -> Iterator[Section]:
    """Programmes by year and over the term."""
    programmes = {key: shift for key, (_, shift) in programmes_of(run.loaded.scenario).items()}
    if not programmes:
        return
    titles = dict(zip(programmes, run.model.dimension["programme"].titles, strict=True))
    parts: list[Part] = [Words(WORDS)]
    if len(programmes) <= MOST_DRAWN:
        drawn = [Series(harmless(titles[k]), series_of(run, "programme_share", programme=k)) for k in programmes]
        title = "Share of its line's activity that each programme takes"
        parts.append(
            Chart(charts.line_chart(title, "By year.", run.years, drawn, unit="%", scale=0.01, key="programmes"))
        )
    rows = tuple((harmless(titles[k]), *_programme(run, k, shift)) for k, shift in programmes.items())
    head = ("Programme", "Kind", "Begins", "Ends", "Paid by", "Units taken", "Re-provision", "Transition",
            "Double running")  # fmt: skip
    parts.append(Table("Programmes over the term; cost in £m", head, "tttttnnnn", rows))
    columns = [(title, row, True) for title, row in BY_YEAR if row in run.results]
    parts.append(by_year(run, f"Cost of programmes by year, £m; the first three to {names(run)[HOLDER]}", columns))
    yield Section("programmes", "Demand-shift programmes", tuple(parts))


def _programme(run: Run, key: str, shift: Shift) -> Iterator[str]:
    yield f"{shift.kind}s".capitalize()
    yield day(run.results.final("programme_day", programme=key))
    yield last_day(run.results.final("shift_ends", programme=key)) if shift.ends else NONE
    yield _payer(run, key, shift)
    yield money.whole(sum(series_of(run, "programme_activity", programme=key)))
    for row in COSTS:
        yield millions(sum(series_of(run, row, programme=key)))


def _payer(run: Run, key: str, shift: Shift) -> str:
    if shift.paid_by == HOLDER:
        return names(run)[HOLDER]
    line = run.loaded.scenario.lines[key.partition(".")[0]]
    return names(run)[COUNCIL if line.commissioned_by == "council" else COMMISSIONER]
