"""The sensitivity of a scenario for the terminal: charts in characters, each with what its figures rest on."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_finance.analysis.sensitivity.information import Information
from mcp_finance.analysis.sensitivity.sensitivity import Sensitivity
from mcp_finance.files.problems import harmless
from mcp_finance.report.answers import sensitivity
from mcp_finance.report.answers.sensitivity import TOP
from mcp_finance.report.risk import console as risk_console
from mcp_finance.report.risk.shapes import shown

FEW_REASONS = 3


def sensitivity_text(found: Sensitivity, width: int, top: int = TOP) -> RenderableType:
    """What was asked for beside them first, then tornado and ranking."""
    return Group(*(part for each in _parts(found, width, top) for part in (each, Text())))


def _parts(found: Sensitivity, width: int, top: int) -> Iterator[RenderableType]:
    yield Text(harmless(found.run.loaded.scenario.title), style="bold")
    if found.grid:
        yield risk_console.grid(sensitivity.grid_shape(found.grid), width)
        why = list(dict.fromkeys(text for row in found.grid.why for text in row if text))
        if why:
            yield _dim("Without a figure: " + "; ".join(map(harmless, why[:FEW_REASONS])))
    for one in found.indices[:1]:
        if one.indices:
            yield risk_console.indices(sensitivity.indices_shape(one), width, top)
        yield _dim(sensitivity.explained(one))
    if found.information:
        yield from _value(found.information)
    bars = found.tornado
    yield risk_console.tornado(sensitivity.tornado_shape(bars), width, top)
    yield _dim(f"{sensitivity.ranges_said(found)} {sensitivity.left_out(bars)}")
    yield risk_console.ranking(sensitivity.ranking_shape(bars), width, top)
    yield _dim(sensitivity.RANKED)


def _value(found: Information) -> Iterator[RenderableType]:
    unit = sensitivity.unit_of(found.measure)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Known beforehand", overflow="fold")
    table.add_column("Worth", justify="right", no_wrap=True)
    table.add_column("Standard error", justify="right", no_wrap=True)
    for value in (found.perfect, *found.values):
        amounts = (shown(amount, unit, 2) for amount in (value.value, value.error))
        table.add_row(sensitivity.value_name(value.name), *amounts)
    yield Group(Text("What knowing more is worth", style="bold"), *([table] if found.perfect.value else []))
    yield _dim(sensitivity.decision_said(found))


def _dim(text: str) -> Text:
    return Text(text, style="dim")
