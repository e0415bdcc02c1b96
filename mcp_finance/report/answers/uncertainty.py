"""What a simulation took to be uncertain, in words: each entry with its distribution, evidence and ties."""

from __future__ import annotations

from mcp_finance.analysis.run import Run
from mcp_finance.files.figures import exact_text
from mcp_finance.files.problems import harmless
from mcp_finance.report import money
from mcp_finance.report.views import GRADES, NONE, Part, Section, Table, Words
from mcp_finance.scenario.sections import uncertainty as written
from mcp_finance.scenario.uncertain import Uncertain

TIMING = {"whole_term": "once for the term", "yearly": "every year anew", "walk": "every year on top of the last"}
HOW = {"is": "is", "add": "plus", "times": "times"}
WORDS = (
    "Distributions are somebody's judgement, with the evidence that is given for them; results are no better than they "
    "are. Activity counts vary by chance besides, however sure everything else is."
)


def uncertainty_section(run: Run, found: Uncertain) -> Section:
    """Entries, rank correlations and counts."""
    given = run.loaded.scenario.uncertainty or written.Uncertainty()
    parts: list[Part] = [Words(WORDS), _entries(given, found)]
    if given.correlations:
        rows = tuple(
            (*map(harmless, c.between), money.percent(c.rank.value, 0), _evidence(c)) for c in given.correlations
        )
        parts.append(Table("Rank correlations", ("One", "Other", "Rank correlation", "Evidence"), "ttnt", rows))
    if given.activity_counts:
        lines = run.loaded.scenario.lines
        counts = tuple(
            (harmless(lines[name].title), money.number(figure.value, 2), _evidence(figure))
            for name, figure in given.activity_counts.items()
        )
        head = ("Line", "Variance of a year's count, for each unit of its mean", "Evidence")
        parts.append(Table("Chance in counts of activity", head, "tnt", counts))
    return Section("uncertainty", "What is uncertain", tuple(parts), folded=True)


def _entries(given: written.Uncertainty, found: Uncertain) -> Table:
    drawn = {source.name: len(source.addresses) for source in found.sources}
    rows = tuple(
        (
            name,
            harmless(entry.on if isinstance(entry.on, str) else ", ".join(entry.on)),
            money.whole(drawn.get(name, 0)),
            f"{HOW[entry.how]} {in_words(entry.distribution)}",
            f"{TIMING[entry.timing]}; {_draws(entry)}",
            _evidence(entry),
        )
        for name, entry in given.inputs.items()
    )
    head = ("Name", "On", "Figures", "Distribution", "Drawn", "Evidence")
    return Table("Uncertain inputs", head, "ttnttt", rows, tight=True)


def in_words(of: written.Distribution) -> str:
    """A distribution as it is written: its family, its parameters, and where its tails are cut."""
    own = getattr(of, of.family)
    if isinstance(own, list):
        said = f"{len(own)} observed amounts"
    else:
        given = {k: getattr(own, k) for k in type(own).model_fields if getattr(own, k) is not None}
        said = ", ".join(f"{k} {exact_text(v)}" for k, v in given.items())
    cut = [f"{k} {exact_text(getattr(of, k))}" for k in ("least", "most") if getattr(of, k) is not None]
    return harmless(f"{of.family}: {said}" + (f"; cut to {' and '.join(cut)}" if cut else ""))


def _draws(entry: written.Uncertain) -> str:
    if entry.draw == "shared":
        return "one draw for all"
    alike = entry.alike.value if entry.alike else 0.0
    return f"each its own draw, alike by {money.percent(alike, 0)}" if alike else "each its own draw"


def _evidence(of: object) -> str:
    grade, source, note = (getattr(of, key, "") or "" for key in ("grade", "source", "note"))
    return harmless("; ".join(filter(None, (GRADES.get(grade, ""), source, note)))) or NONE
