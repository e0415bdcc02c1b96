"""What may happen in a year of one future: a deficit, a balance used up, a limit that binds, a gain nobody funds.

Each outcome is a test of rows; nothing is computed here but comparisons with nothing, to the penny. Which outcomes a
contract has follows from its rows: parties from its statements, limits from its term sheets, and every early warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mcp_finance.analysis.compare import headline_rows
from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.model.party import HOLDER
from mcp_finance.model.warn import WARN
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.expr import plain_name
from mcp_finance.terms.compiler.compile import Compiled

Truth = NDArray[np.bool_]
LIMITED = re.compile(r"(?:.*\.)?(?:limited|limited_(?:gain|loss)_\d+|after_\d+)")
BROKEN = "broken."
BEYOND_COVER = "deficit_beyond_cover"
UNAIDED = "before_guarantee.result"
"""The holder's result before what its parent pays: a deficit that somebody else meets is one all the same."""
UNFUNDED = "share_unfunded"
VALUE = ("npv",)
"""Endings of rows that say what a party's term is worth, where the scenario has an appraisal."""
Test = Callable[[Mapping[str, Array]], Truth]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that may happen in a year, to a party or to the contract: the rows it reads, and the test of them."""

    key: str
    title: str
    party: str
    rows: tuple[str, ...]
    test: Test


def outcomes(run: Run) -> tuple[Outcome, ...]:
    """Every outcome of the contract: parties, gains, limits, early warnings, rules of term sheets that are broken."""
    return (*_of_parties(run), *_of_shares(run), *_limits(run), *_warnings(run), *_broken(run))


def kept_rows(run: Run) -> tuple[str, ...]:
    """What a simulation keeps of each draw: headline rows, what the term is worth, and what outcomes read."""
    change = [f"{p}.change_to_date" for p in (*run.parties, "system")]
    worth = [n for n in run.model.rows if n.rpartition(".")[2] in VALUE]
    read = [row for outcome in outcomes(run) for row in outcome.rows]
    shared = [row for sheet in run.inputs.terms for pair in sharing_rows(run, sheet) for row in pair]
    every = dict.fromkeys((*headline_rows(run), *change, *worth, *read, *shared))
    return tuple(n for n in every if not run.model.dims_of(n))


def sharing_rows(run: Run, sheet: Compiled) -> tuple[tuple[str, str], ...]:
    """For each pool of a term sheet the row of its variance and of the target that it is measured against."""
    pools = (f"{sheet.sheet.prefix}.{pool.id}" for pool in sheet.sheet.pools)
    pairs = ((f"{pool}.variance", f"{pool}.adjusted_target") for pool in pools)
    return tuple(pair for pair in pairs if all(row in run.model.rows for row in pair))


def _of_parties(run: Run) -> Iterator[Outcome]:
    for party, name in run.parties.items():
        row, title = f"{party}.result", f"{name}: deficit in the year"
        if party == HOLDER and UNAIDED in run.model.rows:
            row, title = UNAIDED, f"{title}, before the parent's guarantee"
        yield Outcome(f"deficit.{party}", title, party, (row,), _below(row))
    for party, name in run.parties.items():
        if party == HOLDER and BEYOND_COVER in run.model.rows:
            title = f"{name}: insolvent, deficit beyond reserve and guarantee"
            yield Outcome(f"insolvent.{party}", title, party, (BEYOND_COVER,), _above(BEYOND_COVER))
        else:
            row = f"{party}.closing"
            yield Outcome(f"insolvent.{party}", f"{name}: insolvent, balance below nothing", party, (row,), _below(row))


def _of_shares(run: Run) -> Iterator[Outcome]:
    if UNFUNDED in run.model.rows and run.inputs.terms:
        title = "Gain beyond the cash that it released"
        yield Outcome(UNFUNDED, title, "commissioner", (UNFUNDED,), _above(UNFUNDED))


def _limits(run: Run) -> Iterator[Outcome]:
    """Limits of term sheets: a row that is the lesser or greater of another row and a limit."""
    for compiled in run.inputs.terms:
        for row in compiled.rows:
            expr, found = row.expr, LIMITED.fullmatch(row.name)
            if found and expr.op in ("least", "most") and expr.args[0].op == "ref" and not row.dims:
                before, name = expr.args[0].name, row.name
                title = _limit_title(name.removeprefix(f"{compiled.sheet.prefix}."))
                yield Outcome(f"limit.{name}", title, "", (before, name), _differ(before, name))


def _limit_title(name: str) -> str:
    """What binds: `hospital.limited_gain_1`, `pool.gain.limited` or `pool.loss.hospital.after_2` in words."""
    of, _, step = name.rpartition(".")
    whose = ", ".join(plain_name(part) for part in of.split("."))
    if step.startswith("limited_"):
        return f"Limit on a {step.split('_')[1]} binds: {whose}"
    return f"{'Cap' if step.startswith('after') else 'Limit on the variance'} binds: {whose}"


def _broken(run: Run) -> Iterator[Outcome]:
    """A term sheet that cannot be settled, for what is drawn breaks one of its rules: a plain run would be refused."""
    for compiled in run.inputs.terms:
        row = f"{compiled.sheet.prefix}.rules_broken"
        if row in run.model.rows:
            title = f"No settlement: {plain_name(compiled.sheet.prefix)} has a rule that is broken"
            yield Outcome(f"{BROKEN}{compiled.sheet.prefix}", title, "", (row,), _above(row))


def _warnings(run: Run) -> Iterator[Outcome]:
    for row in run.model.rows.values():
        if row.name.startswith(WARN) and not row.dims:
            yield Outcome(row.name, row.doc, _party(run, row.name), (row.name,), _above(row.name))


def _party(run: Run, row: str) -> str:
    return next((p for p in run.parties if row.endswith(f"_{p}")), "")


def _below(row: str) -> Test:
    return lambda rows: rows[row] < -PENNY


def _above(row: str) -> Test:
    return lambda rows: rows[row] > PENNY


def _differ(before: str, after: str) -> Test:
    return lambda rows: np.abs(rows[after] - rows[before]) > PENNY
