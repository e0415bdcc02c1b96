"""Step 6: which years pay gains, and which losses, as a scale of steps over the contract year."""

from __future__ import annotations

from fractions import Fraction

from mcp_finance.rows.expr import Expr, choose, steps
from mcp_finance.rows.row import Origin
from mcp_finance.terms.compiler.parts import plain
from mcp_finance.terms.compiler.writer import Writer
from mcp_finance.terms.formula import Number
from mcp_finance.terms.schema import LAST_YEAR, Phase


def write_phase(writer: Writer) -> tuple[Expr | None, Expr | None]:
    """The parts of gains and of losses that are paid in the year, 1 or 0."""
    phase = writer.terms.sheet.phase
    if phase is None:
        return None, None
    spans: list[tuple[tuple[int, int], int, int]] = sorted(
        [(s, 0, 0) for s in phase.shadow]
        + [(s, 1, 0) for s in phase.upside_only]
        + [(s, 1, 1) for s in phase.two_sided]
    )
    year = writer.fact("year", None)
    is_open = spans[-1][0][1] == LAST_YEAR
    ends = [first if is_open and k == len(spans) - 1 else last for k, ((first, last), _, _) in enumerate(spans)]
    dim = writer.points(len(spans))
    place = writer.place(("phase",))
    origin = Origin(place, "phase", writer.terms.sheet.source, "definition", note=_words(phase))
    upto = writer.put(
        writer.full("phase.upto"),
        "Last year of each phase.",
        [(Fraction(e), origin) for e in ends],
        kind="count",
        dims=(dim,),
    )
    found = []
    for side in ("gain", "loss"):
        cells = [(Fraction(gains if side == "gain" else losses), origin) for _, gains, losses in spans]
        doc = f"1 where a {side} is paid in the phase."
        value = writer.put(writer.full(f"phase.{side}.paid"), doc, cells, kind="flag", dims=(dim,))
        doc = f"1 if the year pays a {side}: {_words(phase)}."
        found.append(writer.row(f"phase.{side}", steps(year, upto, value, over=dim), doc, ("phase",), kind="flag"))
    if not is_open:
        last = writer.number(
            "phase.last_year", Number(Fraction(ends[-1]), str(ends[-1]), "plain"), ("phase",), "Last year."
        )
        writer.condition("phase.over", choose(year > last, 1, 0), "the year lies beyond the last phase", ("phase",))
    writer.tell("", test="phase.gain", otherwise="phase: a gain is worked out this year and not paid", indent=0)
    writer.tell("", test="phase.loss", otherwise="phase: a loss is worked out this year and not charged", indent=0)
    return found[0], found[1]


def _words(phase: Phase) -> str:
    spoken = []
    for name in ("shadow", "upside_only", "two_sided"):
        for first, last in getattr(phase, name):
            years = f"{first} onward" if last == LAST_YEAR else str(first) if first == last else f"{first} to {last}"
            spoken.append(f"{plain(name)} year {years}")
    return ", ".join(spoken)
