"""What a bid and a discount rate may be, and which lines may hold the money of incentive schemes."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.timeline import contract_years
from mcp_finance.scenario.validate import Parts


def check_bid(parts: Parts) -> Iterator[Problem]:
    """Prices are more than nothing, other amounts and what is tolerated not less."""
    bid = parts.get("bid")
    if bid is None:
        return
    for key in ("price", "base_case_cost"):
        for path, value in _of_years(parts, ("bid", key), getattr(bid, key)):
            if value <= 0:
                message = f"the {key.replace('_', ' ')} of a year must be more than nothing"
                yield parts.problem(path, message, "an amount such as £145.2m")
    for path, value in _of_years(parts, ("bid", "expected_variations"), bid.expected_variations):
        yield from _below_nothing(parts, path, value, "expected variations are", "£0 or more")
    asked = bid.mobilisation_asked.value
    yield from _below_nothing(parts, ("bid", "mobilisation_asked"), asked, "the payment asked for is", "£0 or more")
    for key in type(bid.tolerances).model_fields:
        value = getattr(bid.tolerances, key).value
        yield from _below_nothing(parts, ("bid", "tolerances", key), value, "what is tolerated is", "0% or more")


def check_incentives(parts: Parts) -> Iterator[Problem]:
    """Money of incentive schemes is the NHS's, and inside the budget."""
    for name, line in (parts.get("lines") or {}).items():
        path: Steps = ("lines", name, "incentive")
        if line.incentive is not None and line.scope != "budget":
            message = "incentive has no effect: the line is not in the budget"
            yield parts.problem(path, message, "scope: budget, or leave it out")
        if line.incentive is not None and line.commissioned_by == "council":
            message = "incentive schemes are the NHS's, and this line is the council's"
            yield parts.problem(path, message, "leave it out")


def _of_years(parts: Parts, path: Steps, series: Series | None) -> Iterator[tuple[Steps, float]]:
    """Every figure of a series that some year reads, once, with its path."""
    found: dict[Steps, float] = {}
    for year in contract_years(parts.get("contract")) if series is not None and parts.has("contract") else ():
        figure, steps = series.of_year(year) if series is not None else (None, ())
        if figure is not None:
            found[path if steps == ("value",) else (*path, *steps)] = figure.value
    yield from found.items()


def _below_nothing(parts: Parts, path: Steps, value: float, what: str, instead: str) -> Iterator[Problem]:
    if value < 0:
        yield parts.problem(path, f"{what} below nothing", instead)
