"""Answers about luck as data: rows of a table, and one JSON document. Rates are fractions, amounts pounds or parts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mcp_finance.analysis.luck.answers import Own, Plain
from mcp_finance.analysis.luck.savings_scale import LEVELS, SOURCE, Fit

VERSION = {"schema_version": 1}


def scale_document(found: Fit) -> dict[str, Any]:
    """The published scale, and the cv that makes it."""
    rates = [asdict(r) | {"chance": r.chance} for r in found.rates]
    fitted = {"cv": {"low": found.low, "high": found.high}, "agrees": found.agrees, "rates": rates}
    return VERSION | {"source": SOURCE, "assumed_confidence": LEVELS} | fitted


def plain_rows(found: Plain) -> list[dict[str, Any]]:
    """One row for each size and dead band; amounts are parts of one year's target, and pounds where they are known."""
    rows = []
    for c in found.cells:
        row: dict[str, Any] = {"people": c.people, "dead_band": c.band, "sd": c.sd} | asdict(c.outlook)
        if found.cost_per_head is not None:
            row["expected_pounds"] = c.outlook.expected * c.people * found.cost_per_head
        rows.append(row)
    return rows


def plain_document(found: Plain) -> dict[str, Any]:
    """The answers for a plain share."""
    share = found.share
    return VERSION | {
        "assumed": asdict(found.people),
        "share": {"rate": share.rate, "excess": share.excess, "cap": share.cap},
        "term": found.years,
        "cost_per_head": found.cost_per_head,
        "cells": plain_rows(found),
        "needs": [asdict(n) for n in found.needs],
        "enough": [asdict(e) for e in found.enough],
        "draws": found.draws,
        "seed": found.seed,
    }


def own_rows(found: Own) -> list[dict[str, Any]]:
    """One row for each size and dead band; amounts are pounds over the term."""
    return [
        {
            "people": s.people,
            "dead_band": "as written" if s.band is None else s.band,
            "probability": s.probability.value,
            "probability_error": s.probability.error,
            "at_least_one": s.at_least_one.value,
            "gains": s.gains.value,
            "gains_error": s.gains.error,
            "losses": s.losses.value,
            "losses_error": s.losses.error,
            "net": s.net.value,
            "net_error": s.net.error,
            "net_sd": s.net_sd,
            "gains_of_target": s.gains_of_target,
        }
        for s in found.settled
    ]


def own_document(found: Own) -> dict[str, Any]:
    """The answers for a scenario's share."""
    run = found.scheme.run
    members = run.model.dimension["line"].members
    lines = [members[k] for k in found.scheme.lines]
    settled = zip(own_rows(found), found.settled, strict=True)
    return VERSION | {
        "scenario": run.loaded.scenario.id,
        "cases": run.loaded.cases,
        "years": list(run.years),
        "years_that_settle": [run.years[t] for t in found.scheme.settled],
        "lines": lines,
        "people": found.scheme.people,
        "assumed": asdict(found.counts)
        | {"overdispersion": dict(zip(lines, found.counts.by_line(len(lines)), strict=True))}
        | {"held_against_trend": list(found.other_baselines)},
        "luck": {
            "year": run.years[found.scheme.year],
            "people": found.people,
            "sd": found.sd,
            "drawn_sd": found.drawn_sd,
            "cv_per_head": found.cv,
            "spread": asdict(found.spread),
        },
        "definitions_replaced": list(found.bands),
        "settled": [row | {"by_year": list(s.by_year)} for row, s in settled],
        "needs": [asdict(n) for n in found.needs],
        "least": [{"level": level, "band": band} for level, band in found.lower],
        "enough": [asdict(e) for e in found.enough],
        "draws": found.draws,
        "seed": found.seed,
    }
