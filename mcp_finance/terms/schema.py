"""What may be written in a term sheet, clause by clause, and what each clause means.

The order in which the clauses act is fixed; with v the adjusted target less the adjusted actual, the side chosen by its
sign and x its size: 1 a false `requires` makes x nil; 2 the `gate`; 3 x is limited to `limit_variance`; 4 each party
gets its share of the part of x in each band; 5 `then`, as written; 6 `phase`; 7 pools are netted, and `party_limits`
act on the net; 8 `cash_backing`, on gains only; 9 `account`; 10 `funding`; 11 `at_risk`; 12 rounding, once. Money that
a party receives is positive.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import quoted
from mcp_finance.terms.fields import Clause, DefinitionText, Fact, FormulaText, Name, SheetId, Title, fact_schema
from mcp_finance.terms.formula import FUNCTIONS, Formula

FORMAT = "mcp-finance-terms/1"
MOST_BANDS, MOST_POOLS, MOST_PARTIES = 20, 20, 8
LAST_YEAR = 100
RESERVED = (*FUNCTIONS, "year", "final_year", "adjusted_target", "claims_over", "all")
_YEARS = re.compile(r"(\d{1,3})\s*(?:(onward|onwards)|(?:to|-)\s*(\d{1,3}))?")


def _mirror(raw: object) -> object:
    if isinstance(raw, str) and raw.strip() != "as gain":
        raise FigureError(f"{quoted(raw)} stands where the clauses of a side belong", "`as gain`, or the clauses")
    return raw


def _mirrored(raw: object) -> str:
    return "as gain" if isinstance(raw, str) else "clauses"


class Gate(Clause):
    """Nothing is shared below `at`; from it on all from the first pound, or only the excess. The test is >=."""

    at: FormulaText
    then: Literal["all", "excess"]
    bands_on: Literal["variance", "excess"] | None = None


class Band(Clause):
    """A slice of the variance up to `to` (the last slice is open) and who shares how much of it."""

    to: FormulaText | None = None
    share: dict[Name, FormulaText]


class Step(Clause):
    """One change of what a party, or every party, gets: `scale`, `cap` or `subtract` (which stops at nil)."""

    scale: FormulaText | None = None
    cap: FormulaText | None = None
    subtract: FormulaText | None = None
    party: Name | None = None
    why: str = ""

    @property
    def op(self) -> Literal["scale", "cap", "subtract"]:
        return "scale" if self.scale is not None else "cap" if self.cap is not None else "subtract"

    @property
    def by(self) -> Formula:
        found = self.scale or self.cap or self.subtract
        assert found is not None
        return found

    @model_validator(mode="after")
    def _one(self) -> Step:
        if sum(x is not None for x in (self.scale, self.cap, self.subtract)) != 1:
            raise FigureError("a step does one thing", "one of scale, cap and subtract; several steps for several")
        return self


class Side(Clause):
    """What happens to a gain, or to a loss. A side that is left out shares nothing."""

    requires: list[FormulaText] = Field(default_factory=list)
    gate: Gate | None = None
    limit_variance: FormulaText | None = None
    bands: list[Band] = Field(default_factory=list, max_length=MOST_BANDS)
    then: list[Step] = Field(default_factory=list, max_length=MOST_BANDS)


class Adjustment(Clause):
    """One change of a target or an actual before they are compared."""

    scale: FormulaText | None = None
    add: FormulaText | None = None
    why: str = ""

    @model_validator(mode="after")
    def _one(self) -> Adjustment:
        if (self.scale is None) == (self.add is None):
            raise FigureError("an adjustment does one thing", "`scale` or `add`")
        return self


class StopLoss(Clause):
    """What a person's claims exceed `attachment` by counts only for the part that is not taken out by `share`."""

    attachment: FormulaText
    share: FormulaText


class Pool(Clause):
    """What is compared, and who holds the variance before anything is settled."""

    id: Name
    title: str = ""
    lines: list[Name] = Field(default_factory=list)
    held_by: Name
    target_adjust: list[Adjustment] = Field(default_factory=list)
    actual_adjust: list[Adjustment] = Field(default_factory=list)
    stop_loss: StopLoss | None = None
    gain: Side = Side()
    loss: Annotated[
        Annotated[Side, Tag("clauses")] | Annotated[Literal["as gain"], Tag("as gain")],
        Discriminator(_mirrored),
        BeforeValidator(_mirror),
    ] = Side()

    @property
    def loss_side(self) -> Side:
        return self.gain if isinstance(self.loss, str) else self.loss


class PartyLimit(Clause):
    """The most that a party may gain or lose once the pools are netted; a limit left out does not bind."""

    party: Name
    gain: FormulaText | None = None
    loss: FormulaText | None = None
    why: str = ""


class AtRisk(Clause):
    """A performance payment. Withheld: instalments are less it, and settlement posts what is earned. Or on top."""

    party: Name
    base: FormulaText
    amount: FormulaText
    earned: FormulaText
    kind: Literal["withhold", "top_up"]
    unearned_to: Name
    title: str = ""


def _years(raw: object) -> tuple[int, int]:
    """First and last contract year; `4 onward` is (4, 100)."""
    found = _YEARS.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None:
        raise FigureError("these are not contract years", "a year such as 1, `2 to 3`, or `4 onward`")
    first = int(found[1])
    last = LAST_YEAR if found[2] else int(found[3] or first)
    if not 1 <= first <= last <= LAST_YEAR:
        raise FigureError(
            f"{quoted(found[0])} are not years from 1 to {LAST_YEAR}", "years that increase, the first being 1"
        )
    return first, last


def _spans(raw: object) -> list[tuple[int, int]]:
    return [_years(part) for part in (raw if isinstance(raw, list) else [raw])]


Years = Annotated[
    list[tuple[int, int]],
    BeforeValidator(_spans),
    WithJsonSchema({"type": ["string", "integer", "array"], "examples": [[1], "2 to 3", "4 onward"]}),
]


class Phase(Clause):
    """How the contract years settle: computed and not paid, gains only, or both ways. Every year has one."""

    shadow: Years = Field(default_factory=list)
    upside_only: Years = Field(default_factory=list)
    two_sided: Years = Field(default_factory=list)


class CashBacking(Clause):
    """Whether a gain is paid beyond the cash that it released, and what becomes of the part that is not paid."""

    rule: Literal["cash_backed", "notional", "commissioner_reserve"]
    limit: FormulaText
    reserve: FormulaText | None = None
    unfunded: Literal["lapse", "carry_forward"] = "lapse"

    @model_validator(mode="after")
    def _reserve(self) -> CashBacking:
        if (self.rule == "commissioner_reserve") != (self.reserve is not None):
            raise FigureError(
                "`reserve` belongs to the rule commissioner_reserve, and to no other", "a formula, or none"
            )
        return self


class Account(Clause):
    """Losses over an amount go to an account and are recouped from later gains."""

    parties: list[Name] = Field(default_factory=list)
    opening: FormulaText
    defer_losses_over: FormulaText
    recoup: FormulaText
    balance_limit: FormulaText
    expires_after_years: Annotated[int, Field(ge=1, le=15)] | None = None
    interest: FormulaText
    at_expiry: Literal["pay", "lapse"] | None = None
    at_end: Literal["pay", "lapse"]

    @model_validator(mode="after")
    def _expiry(self) -> Account:
        if (self.expires_after_years is None) != (self.at_expiry is None):
            raise FigureError(
                "what expires is paid or lapses", "`expires_after_years` and `at_expiry` together, or neither"
            )
        return self


class Funding(Clause):
    """Gains are paid out of what losses collect, and no more."""

    payouts_limited_to: Literal["collections"]
    short: Literal["pro_rata"]
    carry_forward: bool
    opening: FormulaText | None = None


class Period(Clause):
    """Part of a year: `months` of 12, either before the gate or after all limits of a pool."""

    months: FormulaText
    prorate: Literal["before_limits", "after_limits"]


class Rounding(Clause):
    """Payments are rounded once, at the end; `rest` takes the remainder."""

    places: Annotated[int, Field(ge=0, le=6)] = 2
    mode: Literal["half_up", "half_even", "down"] = "half_up"


class TermSheet(Clause):
    """A whole term sheet."""

    format: Annotated[Literal["mcp-finance-terms/1"], Field(alias="schema")]
    id: SheetId
    title: Title
    status: Literal["published", "derived", "illustrative"]
    source: str
    statement: str = ""
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "GBP"
    parties: list[Name] = Field(min_length=2, max_length=MOST_PARTIES)
    facts: dict[Name, Fact]
    definitions: dict[Name, DefinitionText] = Field(default_factory=dict)
    pools: list[Pool] = Field(default_factory=list, max_length=MOST_POOLS)
    rest: Name
    party_limits: list[PartyLimit] = Field(default_factory=list)
    at_risk: list[AtRisk] = Field(default_factory=list, max_length=MOST_BANDS)
    phase: Phase | None = None
    cash_backing: CashBacking | None = None
    account: Account | None = None
    funding: Funding | None = None
    period: Period | None = None
    rounding: Rounding = Rounding()

    @property
    def prefix(self) -> str:
        """The id as the names of rows begin with it."""
        return self.id.replace("-", "_")


def json_schema() -> dict[str, Any]:
    """The JSON schema of a term sheet, for editors."""
    schema = TermSheet.model_json_schema(by_alias=True, mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "mcp-finance term sheet"
    schema["$defs"]["Fact"] = fact_schema()
    return schema
