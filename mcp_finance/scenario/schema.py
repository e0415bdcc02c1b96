"""The scenario file, section by section: what may be written and what it means.

Everything that has an id is a mapping keyed by that id, so that `extends`, cases and `--set` can change one thing by
name. What one section says of another (an unknown stream, fractions that do not add up) is checked in
`mcp_finance.scenario.checks`; the examples and meanings here go into the JSON schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)

from mcp_finance.files.figures import FigureError, exact_text
from mcp_finance.files.problems import quoted
from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import (
    CountFigure,
    CountSeries,
    DateFigure,
    DurationFigure,
    Evidence,
    LastDayFigure,
    Money,
    MoneyFigure,
    MoneySeries,
    RateFigure,
    RateSeries,
    Year,
)

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FileId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]
LONGEST_TERM = 30


class Names(Section):
    """What the parties are called in this place."""

    commissioner: Title = "Commissioner"
    budget_holder: Title = "Budget holder"
    hospital: Title = "Hospital"
    council: Title = "Council"
    practices: Title = "GP practices"


def _whole_years(raw: object) -> int:
    if type(raw) is int and 1 <= raw <= LONGEST_TERM:
        return raw
    found = quoted(exact_text(raw), 20) if isinstance(raw, str | int | float) else "this"
    message = f"{found} is not a term in whole years from 1 to {LONGEST_TERM}"
    raise FigureError(message, f"a whole number from 1 to {LONGEST_TERM}")


class Contract(Section):
    """Term and dates. Baselines are at the reference year; budget and cost start from the first year."""

    first_year: Year
    years: Annotated[int, BeforeValidator(_whole_years), Field(ge=1, le=LONGEST_TERM)]
    start: DateFigure
    reference_year: Year


class Range(Evidence):
    """A published range, to stand beside the model's own figure."""

    low: Money
    high: Money


class Published(Section):
    """Published figures shown beside the model's own; never read by the model."""

    contract_total: Range | None = None
    scope_total: MoneyFigure | None = None
    per_head: MoneyFigure | None = None


class Population(Section):
    """People: a table by basis (registered list or residents), age band and year, and whom the budget serves."""

    table: Title
    member_share: RateFigure
    fully_integrated_share: RateFigure
    unregistered: CountSeries


class Profiles(Section):
    """Relative need or use per head by age: a table of profile, age band and weight."""

    table: Title


class Stream(Section):
    """How budgets are indexed, and how their commissioner is funded for them.

    `allocation` growth already contains population growth, so that only the list's deviation from `assumed_list_growth`
    may be paid on top; `schedule` growth contains none.
    """

    rule: Literal["allocation", "schedule"]
    growth: RateSeries
    list_adjustment: Literal["none", "deviation", "full"]
    assumed_list_growth: RateSeries | None = None
    roll: dict[Year, RateFigure] = Field(default_factory=dict)


class Tariff(Section):
    """Prices paid under contract: (1 + uplift) × (1 − efficiency) a year."""

    uplift: RateSeries
    efficiency: RateSeries


class Inflation(Section):
    """Providers' own unit cost: (1 + growth) × (1 − delivered efficiency) a year."""

    growth: RateSeries
    delivered_efficiency: RateSeries


class Fraction(Section):
    """A line as a fraction of one of the `baselines`."""

    of: Id
    fraction: RateFigure


def _baseline_form(raw: object) -> str:
    return "fraction of a baseline" if isinstance(raw, dict) and "of" in raw else "amount"


class Activity(CountFigure):
    """Volume in the reference year, in the line's own unit."""

    unit: Title


class Shift(Section):
    """A demand-shift programme on one line. Its costs are required: shift is never free."""

    starts: DateFigure
    delay: DurationFigure
    reach: RateFigure
    effect: RateFigure
    delivery: RateFigure
    ramp: DurationFigure
    reprovision: MoneyFigure
    transition: MoneyFigure
    double_running: MoneyFigure
    inflation: Id


class Line(Section):
    """A leaf: a service, point of delivery, cohort and provider that really exist together."""

    title: Title
    para: str = ""
    commissioned_by: Literal["commissioner", "council"]
    scope: Literal["budget", "share", "excluded"]
    baseline: Annotated[
        Annotated[Fraction, Tag("fraction of a baseline")] | Annotated[MoneyFigure, Tag("amount")],
        Discriminator(_baseline_form),
    ]
    activity: Activity
    population: Literal["nhs", "resident"]
    profile: Id
    stream: Id
    tariff: Id
    provider: Literal["hospital", "practices", "other"]
    growth: RateSeries
    expected_growth: RateSeries | None = None
    inflation: Id | None = None
    cost_to_price: RateFigure | None = None
    contract: Id | None = None
    variable_cost: RateFigure | None = None
    after_transfer: Literal["holder", "hospital", "practices", "other"] | None = None
    holder_inflation: Id | None = None
    expires: LastDayFigure | None = None
    mobilisation: DurationFigure | None = None
    follows_integration: StrictBool = False
    shift: Shift | None = None


class HospitalContract(Section):
    """Fixed sum for a plan, and marginal rates above and below it."""

    marginal_up: RateSeries
    marginal_down: RateSeries
    plan_level: RateSeries
    fixed_level: RateSeries


def _definition_text(raw: object) -> object:
    return exact_text(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw


class Defined(Evidence):
    """A definition of a term sheet given anew, with its evidence. A bare scalar is read as `{value: scalar}`."""

    value: Annotated[
        str, BeforeValidator(_definition_text), WithJsonSchema({"type": ["string", "number"], "examples": ["50%"]})
    ]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: object) -> object:
        return raw if isinstance(raw, dict) else {"value": raw}


class TermsUse(Section):
    """A term sheet of the contract: where it is, what its facts are, and when it is settled.

    `sheet` is the id of one that comes with the package, or a file in this folder or below. `bind` gives each fact a
    row of the contract or a figure; facts of a pool stand below the pool's id. `define` gives definitions of the sheet
    anew. `parties` says which party of the contract each party of the sheet is, where the names differ.
    """

    sheet: Title
    settled_later: RateFigure
    parties: dict[Id, Id] = Field(default_factory=dict)
    define: dict[Id, Defined] = Field(default_factory=dict)
    bind: dict[Id, Any] = Field(default_factory=dict)


class OpeningBalances(Section):
    """Each party's balance on the first day; the budget holder's is its reserve."""

    budget_holder: MoneyFigure
    commissioner: MoneyFigure
    hospital: MoneyFigure
    council: MoneyFigure
    practices: MoneyFigure


class Deflator(Section):
    """The GDP deflator, for real terms at first-year prices."""

    growth: RateSeries


class Outside(Section):
    """A service that is out, with the reason and no figure."""

    para: str = ""
    why: str


class Choice(Section):
    """One named case: a title and what it sets."""

    title: Title
    set: dict[str, object] = Field(default_factory=dict)


class CaseGroup(Section):
    """Named cases of which a run takes one. Every choice sets each of the `together` paths."""

    default: FileId
    together: list[Title] = Field(default_factory=list)
    choices: dict[FileId, Choice]


class Scenario(Section, defer_build=True):
    """A whole contract: one file, perhaps extending another, with tables beside it."""

    # Sections are validated one by one, so the validator of the whole is never needed and not built at import.

    format: Annotated[Literal["mcp-finance/1"], Field(alias="schema")]
    id: FileId
    title: Title
    status: Literal["reconstruction", "illustrative", "live"]
    statement: str = ""
    names: Names = Names()
    contract: Contract
    published: Published = Published()
    population: Population
    profiles: Profiles
    streams: dict[Id, Stream]
    tariffs: dict[Id, Tariff]
    inflation: dict[Id, Inflation]
    baselines: dict[Id, MoneyFigure] = Field(default_factory=dict)
    lines: dict[Id, Line]
    hospital_contracts: dict[Id, HospitalContract] = Field(default_factory=dict)
    terms: dict[Id, TermsUse] = Field(default_factory=dict)
    opening_balances: OpeningBalances
    allocation: MoneySeries | None = None
    deflator: Deflator
    materiality: RateFigure
    services_outside: dict[Id, Outside] = Field(default_factory=dict)
    cases: dict[FileId, CaseGroup] = Field(default_factory=dict)


SECTIONS = {(field.alias or name): name for name, field in Scenario.model_fields.items()}
"""Key in the file to the name of the section."""


def json_schema() -> dict[str, object]:
    """The JSON schema of a scenario file, for editors.

    Only figures say what they require: any other key may come from the file that a scenario extends or from a case, and
    `mcp-finance validate` says what is missing once they are merged.
    """
    schema = Scenario.model_json_schema(by_alias=True)
    for definition in (schema, *schema["$defs"].values()):
        definition.pop("required", None)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "mcp-finance scenario"
    schema["properties"]["extends"] = {"type": "string", "description": "A scenario file in this folder or below."}
    return schema
