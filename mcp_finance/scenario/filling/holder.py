"""Taxes, reserves, surplus and pooled money of the budget holder."""

from __future__ import annotations

from mcp_finance.files.shape import Steps
from mcp_finance.model.holder.vat import SPEND
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import Cell, Filler, ModelInputs

DAYS_IN_YEAR: Cell = (365.0, Origin("", "days_in_year", grade="definition", note="spending a day is a year's by this"))


def holder(f: Filler, out: ModelInputs) -> None:
    """Every section that the scenario has."""
    for fill in (_vat, _pay, _s75, _surplus, _reserves):
        fill(f, out)


def _vat(f: Filler, out: ModelInputs) -> None:
    if f.s.holder is None or f.s.holder.vat is None:
        return
    vat, path = f.s.holder.vat, ("holder", "vat")
    out.put_years("vat_rate", [f.series((*path, "rate"), vat.rate, growth=False)])
    for kind in SPEND:
        on, own = getattr(vat, kind), (*path, kind)
        out.put(f"vatable.{kind}", [f.cell((*own, "vatable"), on.vatable)])
        out.put_years(f"vat_recovery.{kind}", [f.series((*own, "recovery"), on.recovery, growth=False)])


def _pay(f: Filler, out: ModelInputs) -> None:
    if f.s.holder is None or f.s.holder.pay is None:
        return
    pay, path = f.s.holder.pay, ("holder", "pay")
    out.put("pay_share", [f.cell((*path, "share"), pay.share)])
    for name, key, of in (
        ("pension_rate", "pension", pay.pension),
        ("insurance_rate", "national_insurance", pay.national_insurance),
    ):
        own: Steps = (*path, key)
        out.put_years(name, [f.series((*own, "rate"), of.rate, growth=False)])
        out.put(f"{name}_in_baseline", [f.cell((*own, "in_baseline"), of.in_baseline)])


def _s75(f: Filler, out: ModelInputs) -> None:
    if f.s.s75 is None:
        return
    change, made_good = f.s.s75.contribution_change, f.s.s75.made_good
    out.put_years("contribution_change", [f.series(("s75", "contribution_change"), change, growth=False)])
    out.put("made_good_by_council", [f.cell(("s75", "made_good", "council"), made_good.council)])
    out.put("made_good_by_commissioner", [f.cell(("s75", "made_good", "commissioner"), made_good.commissioner)])


def _surplus(f: Filler, out: ModelInputs) -> None:
    surplus = f.s.surplus
    if surplus is None:
        return
    out.put("surplus_cap", [f.cell(("surplus", "cap"), surplus.cap)])
    out.put("returns_surplus", [f.word(("surplus", "excess"), float(surplus.excess == "returned"))])
    out.put("carries_losses", [f.word(("surplus", "carry_losses"), float(surplus.carry_losses))])


def _reserves(f: Filler, out: ModelInputs) -> None:
    reserves = f.s.reserves
    if reserves is None:
        return
    for name, key in (
        ("reserve_build", "build"),
        ("reserve_target_share", "target"),
        ("parent_guarantee", "guarantee"),
        ("minimum_days", "minimum_days"),
    ):
        out.put(name, [f.cell(("reserves", key), getattr(reserves, key))])
    out.put("days_in_year", [DAYS_IN_YEAR])
    if scores := reserves.margin_scores:
        for k in (1, 2, 3):
            path = ("reserves", "margin_scores", f"score_{k}")
            out.put(f"margin_for_score_{k}", [f.cell(path, getattr(scores, f"score_{k}"))])
