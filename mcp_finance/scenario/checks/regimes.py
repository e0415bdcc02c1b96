"""The ways in which hospitals are paid, as words: each is levels and rates of the one payment clause.

| word | plan and fixed sum | above plan | below plan |
| --- | --- | --- | --- |
| `results` (payment by results, national price) | 100% | 100% | 100% |
| `marginal_rate` (emergency tariff above a baseline) | 100% | given | 100% |
| `blended` (fixed sum and a variable part either way) | 100% | given | given |
| `aligned` (payment and incentive: its variable part; the fixed part is a block) | 100% | given | given |
| `block`, `guaranteed` (a fixed sum; a guarantee of income stands by the provider) | 100% | nil | nil |

What a word fixes may not be given again; plan and fixed sum may be, where they are not 100%. Without a word all four
are given. Rates of a regime change from year to year, so that none of them is a default.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.sections.hospital import HospitalContract
from mcp_finance.scenario.validate import Parts

LEVELS = ("plan_level", "fixed_level", "marginal_up", "marginal_down")
ALL = {"plan_level": 1.0, "fixed_level": 1.0}
FIXED: dict[str, dict[str, float]] = {
    "results": {"marginal_up": 1.0, "marginal_down": 1.0},
    "marginal_rate": {"marginal_down": 1.0},
    "blended": {},
    "aligned": {},
    "block": {"marginal_up": 0.0, "marginal_down": 0.0},
    "guaranteed": {"marginal_up": 0.0, "marginal_down": 0.0},
}


def level_of(contract: HospitalContract, key: str) -> float | None:
    """What the contract's word says of a level or rate that is not given; None where it says nothing."""
    return (ALL | FIXED[contract.kind]).get(key) if contract.kind else None


def check_regimes(parts: Parts) -> Iterator[Problem]:
    """Every level and rate is given or follows from the word, and what a word fixes is not given again."""
    for name, contract in (parts.get("hospital_contracts") or {}).items():
        path: Steps = ("hospital_contracts", name)
        for key in LEVELS:
            given = getattr(contract, key) is not None
            if not given and level_of(contract, key) is None:
                what = f"a {contract.kind} contract" if contract.kind else "a contract without a kind"
                yield parts.problem(path, f"{what} needs {key}", f"{key}: and a rate", key=True)
            elif given and contract.kind and key in FIXED[contract.kind]:
                message = f"{key} is {FIXED[contract.kind][key]:.0%} in a {contract.kind} contract"
                yield parts.problem((*path, key), message, "leave it out, or a contract of another kind")
