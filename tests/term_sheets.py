"""Random term sheets that are valid, random facts for them, and shorthand to settle them in every reader.

A sheet is made as plain data and read through the package's own loader, so that what the tests settle is what a user
could have written. All money in it is a percent of the target or a fact, so that the whole scales with money.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mcp_finance.rows.evaluate import Array, Results, evaluate
from mcp_finance.terms.compiler.compile import Compiled, compile_terms
from mcp_finance.terms.compiler.parts import party_inputs
from mcp_finance.terms.load import parse_terms
from mcp_finance.terms.settling.settle import Settlement, Settler

PARTIES = ("commissioner", "budget_holder", "hospital", "council")
Content = dict[str, Any]
Facts = dict[str, Fraction]


def percent(hundredths: int) -> str:
    """`250` is `2.5%`."""
    return f"{hundredths / 100:g}%"


def of_target(hundredths: int) -> str:
    return f"{percent(hundredths)} * target"


@st.composite
def shares(draw: st.DrawFn, parties: list[str]) -> dict[str, str]:
    """Shares of some parties that add up to 100% or less."""
    left, found = 100, {}
    for party in draw(st.permutations(parties))[: draw(st.integers(1, len(parties)))]:
        share = draw(st.integers(0, left))
        left -= share
        found[party] = f"{share}%"
    return found


@st.composite
def sides(
    draw: st.DrawFn, parties: list[str], *, plain: bool = False, gates: tuple[str, ...] = ("all", "excess")
) -> Content:
    """The clauses of a side; `plain` leaves out what depends on flags and quality."""
    side: Content = {}
    if gates and draw(st.booleans()):
        gate: Content = {"at": of_target(draw(st.integers(0, 400))), "then": draw(st.sampled_from(gates))}
        if gate["then"] == "excess":
            gate["bands_on"] = draw(st.sampled_from(["variance", "excess"]))
        side["gate"] = gate
    if draw(st.booleans()):
        side["limit_variance"] = of_target(draw(st.integers(100, 2000)))
    ends = sorted(draw(st.sets(st.integers(50, 1500), max_size=3)))
    side["bands"] = [{"to": of_target(e), "share": draw(shares(parties))} for e in ends]
    side["bands"].append({"share": draw(shares(parties))})
    steps: list[Content] = []
    for _ in range(draw(st.integers(0, 2))):
        step: Content = draw(
            st.sampled_from(
                [{"cap": of_target(draw(st.integers(0, 600)))}, {"scale": percent(draw(st.integers(0, 10_000)))}]
            )
        )
        if draw(st.booleans()):
            step = step | {"party": draw(st.sampled_from(parties))}
        steps.append(step)
    side["then"] = steps
    if not plain and draw(st.booleans()):
        side["requires"] = ["standard_met"]
    if not plain and draw(st.booleans()):
        side["then"] = [*steps, {"scale": "quality", "why": "quality gate"}]
    return side


@st.composite
def sheets(
    draw: st.DrawFn,
    *,
    pools: int = 2,
    plain: bool = False,
    mirrored: bool = False,
    gates: tuple[str, ...] = ("all", "excess"),
    after: bool = True,
) -> Content:
    """A valid sheet. `after` allows the clauses that act on the net of all pools."""
    parties = list(PARTIES[: draw(st.integers(2, 4))])
    rest = draw(st.sampled_from(parties))
    made = []
    for k in range(draw(st.integers(1, pools))):
        holder = draw(st.sampled_from([rest, rest, *parties]))
        gain = draw(sides(parties, plain=plain, gates=gates))
        loss: object = "as gain" if mirrored else draw(sides(parties, plain=plain, gates=gates))
        made.append({"id": f"pool_{k}", "held_by": holder, "gain": gain, "loss": loss})
    content: Content = {
        "schema": "mcp-finance-terms/1",
        "id": "random-sheet",
        "title": "A random sheet",
        "status": "illustrative",
        "source": "nobody",
        "parties": parties,
        "facts": {"target": "money", "actual": "money"},
        "pools": made,
        "rest": rest,
    }
    if after:
        holders = {pool["held_by"] for pool in made}
        middle = holders.pop() if len(holders) == 1 else rest
        draw(
            _net_clauses(content, [p for p in parties if p != middle], one_holder=not holders and _moves(made, middle))
        )
    text = json.dumps(content)
    for name, kind in (("quality", "ratio"), ("standard_met", "flag"), ("cash_saving", "money"), ("income", "money")):
        if f'"{name}' in text or f" {name}" in text or f"{name}," in text:
            content["facts"][name] = kind
    return content


def _moves(pools: list[Content], middle: str) -> bool:
    """Whether anybody but the holder has a share, so that something is settled."""
    sides = [p[side] for p in pools for side in ("gain", "loss") if isinstance(p[side], dict)]
    return any(set(band["share"]) - {middle} for side in sides for band in side["bands"])


@st.composite
def _net_clauses(draw: st.DrawFn, content: Content, others: list[str], *, one_holder: bool) -> None:
    if draw(st.booleans()):
        limit = draw(
            st.sampled_from([of_target(draw(st.integers(0, 300))), f"{percent(draw(st.integers(0, 500)))} * income"])
        )
        content["party_limits"] = [{"party": draw(st.sampled_from(others)), "gain": limit, "loss": limit}]
    if draw(st.booleans()):
        content["phase"] = {"shadow": 1, "upside_only": "2 to 3", "two_sided": "4 onward"}
    if one_holder and draw(st.booleans()):
        rule = draw(st.sampled_from(["cash_backed", "notional"]))
        content["cash_backing"] = {"rule": rule, "limit": "cash_saving", "unfunded": "lapse"}
    if one_holder and draw(st.booleans()):
        content["funding"] = {"payouts_limited_to": "collections", "short": "pro_rata", "carry_forward": False}
    if draw(st.booleans()):
        earner = next(p for p in others if p != content["rest"]) if len(others) > 1 else content["parties"][0]
        item = {"party": earner, "base": "income", "amount": "10%", "earned": "quality", "kind": "withhold"}
        payer = next(p for p in content["parties"] if p != earner)
        content["at_risk"] = [item | {"unearned_to": payer}]


def compiled(content: Content) -> Compiled:
    return compile_terms(parse_terms(json.dumps(content), "random.yaml"))


@st.composite
def facts_of(draw: st.DrawFn, made: Compiled) -> Facts:
    """Facts in pennies; variances of up to a fifth of the target, either way."""
    found: Facts = {}
    for use in made.facts:
        if use.fact == "target":
            found[use.name] = Fraction(draw(st.integers(1, 10**11)), 100)
    for use in made.facts:
        if use.fact == "actual":
            target = found[use.name.removesuffix("actual") + "target"]
            change = Fraction(draw(st.integers(-2000, 2000)), 10_000)
            found[use.name] = target - target * change + Fraction(draw(st.integers(-50, 50)), 100)
        elif use.fact == "year":
            found[use.name] = Fraction(draw(st.integers(1, 6)))
        elif use.spec.unit == "money" and use.fact != "target":
            found[use.name] = Fraction(draw(st.integers(0, 10**10)), 100)
        elif use.spec.unit == "ratio":
            found[use.name] = Fraction(draw(st.integers(0, 100)), 100)
        elif use.spec.unit == "flag":
            found[use.name] = Fraction(draw(st.integers(0, 1)))
    return found


def settle(made: Compiled, facts: Mapping[str, Fraction]) -> Settlement:
    return Settler(made).settle(facts)


def unrounded(made: Compiled, found: Settlement) -> dict[str, Fraction]:
    return {party: found.year[name][0] for party, name in made.names("payment").items()}


def inputs_of(made: Compiled, facts: Mapping[str, Fraction]) -> dict[str, Array]:
    """The inputs of the standalone model as floats, as the numpy and workbook readers have them."""
    parties = made.model.dimension["party"].members
    cells = dict(made.cells) | {name: found for name, (_, found) in party_inputs(parties).items()}
    found = {name: np.array([[float(value) for value, _ in values]]) for name, values in cells.items()}
    found = {name: values.reshape((1, *made.model.shape(name))) for name, values in found.items()}
    return found | {name: np.array([float(value)]) for name, value in facts.items()}


def in_numpy(made: Compiled, facts: Mapping[str, Fraction]) -> Results:
    return evaluate(made.model, inputs_of(made, facts))
