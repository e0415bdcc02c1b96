"""The scenario file as a whole: its sections in the order in which a reader meets them.

Everything that has an id is a mapping keyed by that id, so that `extends`, cases and `--set` can change one thing by
name. The sections stand in `mcp_finance.scenario.sections`, a module a subject. What one section says of another (an
unknown stream, fractions that do not add up) is checked in `mcp_finance.scenario.checks`; the examples and meanings
there go into the JSON schema.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import MoneyFigure, MoneySeries, RateFigure
from mcp_finance.scenario.sections.appraisal import Appraisal, Bid
from mcp_finance.scenario.sections.cases import CaseGroup
from mcp_finance.scenario.sections.cash import Cash
from mcp_finance.scenario.sections.changes import Rebase, Variation
from mcp_finance.scenario.sections.holder import Holder, PooledFund, Reserves, Surplus
from mcp_finance.scenario.sections.hospital import HospitalContract
from mcp_finance.scenario.sections.lines import Line
from mcp_finance.scenario.sections.measures import Measure
from mcp_finance.scenario.sections.money import Deflator, Inflation, OpeningBalances, Stream, Tariff
from mcp_finance.scenario.sections.place import Contract, Names, Outside, Population, Profiles, Published
from mcp_finance.scenario.sections.practices import Practice
from mcp_finance.scenario.sections.providers import Provider
from mcp_finance.scenario.sections.shocks import Shock
from mcp_finance.scenario.sections.terms import TermsUse
from mcp_finance.scenario.sections.uncertainty import Uncertainty
from mcp_finance.scenario.sections.words import FileId, Id, Title


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
    practices: dict[Id, Practice] = Field(default_factory=dict)
    profiles: Profiles
    streams: dict[Id, Stream]
    tariffs: dict[Id, Tariff]
    inflation: dict[Id, Inflation]
    baselines: dict[Id, MoneyFigure] = Field(default_factory=dict)
    lines: dict[Id, Line]
    hospital_contracts: dict[Id, HospitalContract] = Field(default_factory=dict)
    measures: dict[Id, Measure] = Field(default_factory=dict)
    terms: dict[Id, TermsUse] = Field(default_factory=dict)
    variations: dict[Id, Variation] = Field(default_factory=dict)
    rebase: Rebase | None = None
    providers: dict[Id, Provider] = Field(default_factory=dict)
    opening_balances: OpeningBalances
    holder: Holder | None = None
    reserves: Reserves | None = None
    surplus: Surplus | None = None
    s75: PooledFund | None = None
    allocation: MoneySeries | None = None
    cash: Cash | None = None
    deflator: Deflator
    appraisal: Appraisal | None = None
    bid: Bid | None = None
    materiality: RateFigure
    uncertainty: Uncertainty | None = None
    services_outside: dict[Id, Outside] = Field(default_factory=dict)
    shocks: dict[Id, Shock] = Field(default_factory=dict)
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
