"""What must hold in the sections on the budget holder: taxes, reserves, surplus and pooled money."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.model.holder.vat import SPEND
from mcp_finance.scenario.checks.ranges import outside_all, values_of
from mcp_finance.scenario.kinds import RateSeries
from mcp_finance.scenario.sections.holder import OUTSIDE_VAT_GROUP, Holder, Pay, PooledFund, Reserves, Vat
from mcp_finance.scenario.validate import Parts


def check_holder(parts: Parts) -> Iterator[Problem]:
    """Every section that could be read."""
    if holder := parts.get("holder"):
        yield from _holder(parts, holder)
    if reserves := parts.get("reserves"):
        yield from _reserves(parts, reserves)
    if surplus := parts.get("surplus"):
        yield from outside_all(parts, ("surplus", "cap"), surplus.cap.value)
    if pooled := parts.get("s75"):
        yield from _s75(parts, pooled)


def _holder(parts: Parts, holder: Holder) -> Iterator[Problem]:
    """A body outside the NHS VAT group says what VAT it bears; others may."""
    if holder.vat is None and holder.form in OUTSIDE_VAT_GROUP:
        message = f"a budget holder of the form {holder.form} is in no NHS VAT group: VAT on what it buys is not given"
        yield parts.problem(("holder", "form"), message, "vat: with rate, and vatable and recovery of each spend")
    if holder.vat:
        yield from _vat(parts, holder.vat)
    if holder.pay:
        yield from _pay(parts, holder.pay)


def _vat(parts: Parts, vat: Vat) -> Iterator[Problem]:
    yield from _shares(parts, ("holder", "vat", "rate"), vat.rate)
    for kind in SPEND:
        path, on = ("holder", "vat", kind), getattr(vat, kind)
        yield from outside_all(parts, (*path, "vatable"), on.vatable.value)
        yield from _shares(parts, (*path, "recovery"), on.recovery)


def _pay(parts: Parts, pay: Pay) -> Iterator[Problem]:
    path: Steps = ("holder", "pay")
    yield from outside_all(parts, (*path, "share"), pay.share.value)
    for key, of in (("pension", pay.pension), ("national_insurance", pay.national_insurance)):
        yield from _shares(parts, (*path, key, "rate"), of.rate)
        yield from outside_all(parts, (*path, key, "in_baseline"), of.in_baseline.value)


def _shares(parts: Parts, path: Steps, series: RateSeries) -> Iterator[Problem]:
    for at, value in values_of(path, series):
        yield from outside_all(parts, at, value)


def _reserves(parts: Parts, reserves: Reserves) -> Iterator[Problem]:
    """Shares of the budget, an amount from nothing up, and scores whose margins fall."""
    for name in ("build", "target"):
        yield from outside_all(parts, ("reserves", name), getattr(reserves, name).value)
    if reserves.guarantee.value < 0:
        yield parts.problem(("reserves", "guarantee"), "the guarantee is below nothing", "£0 or more")
    if scores := reserves.margin_scores:
        margins = [scores.score_1.value, scores.score_2.value, scores.score_3.value]
        if margins != sorted(margins, reverse=True):
            where: Steps = ("reserves", "margin_scores")
            yield parts.problem(
                where, "a better score takes a lower margin", "margins that fall from score_1", key=True
            )


def _s75(parts: Parts, pooled: PooledFund) -> Iterator[Problem]:
    """The council cannot take back more than it pays, and no more than all is made good."""
    for at, value in values_of(("s75", "contribution_change"), pooled.contribution_change):
        if value < -1:
            yield parts.problem(at, "the council would take back more than it pays", "-100% or more, such as -5%")
    shares = {"council": pooled.made_good.council.value, "commissioner": pooled.made_good.commissioner.value}
    for name, value in shares.items():
        yield from outside_all(parts, ("s75", "made_good", name), value)
    if sum(shares.values()) > 1:
        message = f"{sum(shares.values()) * 100:.6g}% of the change is made good: more than all of it"
        yield parts.problem(("s75", "made_good"), message, "shares of no more than 100% together", key=True)
    lines = (parts.get("lines") or {}).values()
    if parts.has("lines") and not any(x.commissioned_by == "council" and x.scope == "budget" for x in lines):
        message = "s75 has no effect: the council has no line in the budget"
        yield parts.problem(("s75",), message, "a line commissioned_by: council, or leave it out", key=True)
