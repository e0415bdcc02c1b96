"""Every formula of a term sheet with its path, where its names are looked up, and the unit that its clause needs.

Names have one meaning in a pool and one in the sheet: within a pool a per-pool fact is that pool's own; in a clause of
the sheet it is the total over the pools. A definition takes the meaning of the place that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mcp_finance.files.shape import Steps as Path
from mcp_finance.terms.fields import Interpolate, Steps
from mcp_finance.terms.formula import Formula
from mcp_finance.terms.schema import Pool, Side, TermSheet

Wanted = Literal["money", "ratio", "test", "any"]
ALWAYS_PER_POOL = ("target", "actual")


@dataclass(frozen=True, slots=True)
class Use:
    """A formula in its clause. `pool` is the position of its pool, or None in a clause of the sheet."""

    path: Path
    formula: Formula
    wanted: Wanted
    pool: int | None = None


def uses(sheet: TermSheet) -> Iterator[Use]:
    """Every formula of the clauses, definitions left out: those count where they are read."""
    for k, pool in enumerate(sheet.pools):
        yield from _pool(("pools", k), k, pool)
    yield from _parties(sheet)
    yield from _whole(sheet)


def definition_formulas(sheet: TermSheet) -> Iterator[tuple[str, Path, Formula]]:
    """Name, path and formula of every definition; of a table, what it is read at."""
    for name, made in sheet.definitions.items():
        if isinstance(made, Interpolate):
            yield name, ("definitions", name, "interpolate"), made.interpolate
        elif isinstance(made, Steps):
            yield name, ("definitions", name, "steps"), made.steps
        else:
            yield name, ("definitions", name), made


def _pool(path: Path, k: int, pool: Pool) -> Iterator[Use]:
    for name in ("target_adjust", "actual_adjust"):
        for n, change in enumerate(getattr(pool, name)):
            if change.scale is not None:
                yield Use((*path, name, n, "scale"), change.scale, "ratio", k)
            else:
                yield Use((*path, name, n, "add"), change.add, "money", k)
    if pool.stop_loss is not None:
        yield Use((*path, "stop_loss", "attachment"), pool.stop_loss.attachment, "money", k)
        yield Use((*path, "stop_loss", "share"), pool.stop_loss.share, "ratio", k)
    yield from _side((*path, "gain"), k, pool.gain)
    if isinstance(pool.loss, Side):
        yield from _side((*path, "loss"), k, pool.loss)


def _side(path: Path, k: int, side: Side) -> Iterator[Use]:
    for n, test in enumerate(side.requires):
        yield Use((*path, "requires", n), test, "test", k)
    if side.gate is not None:
        yield Use((*path, "gate", "at"), side.gate.at, "money", k)
    if side.limit_variance is not None:
        yield Use((*path, "limit_variance"), side.limit_variance, "money", k)
    for n, band in enumerate(side.bands):
        if band.to is not None:
            yield Use((*path, "bands", n, "to"), band.to, "money", k)
        for party, share in band.share.items():
            yield Use((*path, "bands", n, "share", party), share, "ratio", k)
    for n, step in enumerate(side.then):
        yield Use((*path, "then", n, step.op), step.by, "ratio" if step.op == "scale" else "money", k)


def _parties(sheet: TermSheet) -> Iterator[Use]:
    for n, limit in enumerate(sheet.party_limits):
        if limit.gain is not None:
            yield Use(("party_limits", n, "gain"), limit.gain, "money")
        if limit.loss is not None:
            yield Use(("party_limits", n, "loss"), limit.loss, "money")
    for n, item in enumerate(sheet.at_risk):
        yield Use(("at_risk", n, "base"), item.base, "money")
        yield Use(("at_risk", n, "amount"), item.amount, "ratio")
        yield Use(("at_risk", n, "earned"), item.earned, "ratio")


def _whole(sheet: TermSheet) -> Iterator[Use]:
    if (cash := sheet.cash_backing) is not None:
        yield Use(("cash_backing", "limit"), cash.limit, "money")
        if cash.reserve is not None:
            yield Use(("cash_backing", "reserve"), cash.reserve, "money")
    if (account := sheet.account) is not None:
        for name in ("opening", "defer_losses_over", "balance_limit"):
            yield Use(("account", name), getattr(account, name), "money")
        for name in ("recoup", "interest"):
            yield Use(("account", name), getattr(account, name), "ratio")
    if sheet.funding is not None and sheet.funding.opening is not None:
        yield Use(("funding", "opening"), sheet.funding.opening, "money")
    if sheet.period is not None:
        yield Use(("period", "months"), sheet.period.months, "ratio")


def shares_of_all(sheet: TermSheet) -> frozenset[str]:
    """Definitions that are, as they stand, a party's share of a band, or the part of a base that is at risk."""
    found = set()
    for use in uses(sheet):
        of_band = use.path[-2:-1] == ("share",) and "bands" in use.path
        at_risk = use.path[0] == "at_risk" and use.path[-1] == "amount"
        if (of_band or at_risk) and use.formula.root.op == "name":
            found.add(use.formula.text.strip())
    return frozenset(found & sheet.definitions.keys())


def is_per_pool(sheet: TermSheet, name: str) -> bool:
    """Whether a fact is each pool's own; `target` and `actual` always are."""
    if name in (*ALWAYS_PER_POOL, "adjusted_target", "claims_over"):
        return True
    return name in sheet.facts and sheet.facts[name].per_pool


def holder_of(sheet: TermSheet) -> str:
    """The party that has the variance of all pools before settlement; empty where pools have different holders."""
    holders = {pool.held_by for pool in sheet.pools}
    return holders.pop() if len(holders) == 1 else ""


def middle_of(sheet: TermSheet) -> str:
    """The party whose payment balances all others: the holder of the pools, or `rest` where there is no one holder."""
    return holder_of(sheet) or sheet.rest


def needs_year(sheet: TermSheet) -> bool:
    """Whether a settlement must be told which contract year it is."""
    formulas = [*(u.formula for u in uses(sheet)), *(f for _, _, f in definition_formulas(sheet))]
    named = any(term.name == "year" for formula in formulas for term in formula.names())
    return named or sheet.phase is not None or has_memory(sheet)


def has_memory(sheet: TermSheet) -> bool:
    """Whether a year's settlement depends on the years before it."""
    carries = sheet.cash_backing is not None and sheet.cash_backing.unfunded == "carry_forward"
    return sheet.account is not None or carries or (sheet.funding is not None and sheet.funding.carry_forward)
