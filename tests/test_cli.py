"""The command line as its users meet it: outputs, exit codes, nothing lost, nothing traced."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from commands import Answer, Cli

from mcp_finance.analysis.run import run
from mcp_finance.cli.options import CommandError, write_all
from mcp_finance.scenario.load import shipped_scenarios

SCENARIOS = Path(__file__).parent / "scenarios"
SMALL = str(SCENARIOS / "base.yaml")
LIMIT = "terms.gain_loss.define.limit_rate=90%"


def test_run_writes_every_output_and_prints_a_summary(cli: Cli, tmp_path: Path) -> None:
    answer = cli("run", SMALL, "--out", str(tmp_path / "out"))
    assert answer.code == 0
    names = {"results.parquet", "results.csv", "run.json", "model.xlsx", "report.html"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == names
    assert "Contract total" in answer.out
    assert "wrote" in answer.err


def test_outputs_are_never_replaced_without_force(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text("mine", encoding="utf-8")
    refused = cli("run", SMALL, "--out", str(out))
    assert refused.code == 2
    assert "run.json" in refused.err
    assert (out / "run.json").read_text(encoding="utf-8") == "mine"
    assert [p.name for p in out.iterdir()] == ["run.json"]
    assert cli("run", SMALL, "--out", str(out), "--force").code == 0
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["schema_version"] == 1


def test_a_failed_write_leaves_every_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CommandError, match="No space left"):
        write_all(tmp_path, {"a": b"new", "b": b"new"}, force=True)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old"}


def test_a_file_that_comes_up_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(CommandError, match="already holds a"):
        write_all(tmp_path, {"a": b"new", "b": b"new"}, force=False)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old"}


def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{sys.executable} cli.py show dudley-2018 --resolved --origin | head -1"
    found = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert found.stdout.startswith("schema = ")
    assert found.stderr == ""


def test_an_error_is_json_too_where_json_is_asked_for(cli: Cli) -> None:
    answer = cli("explain", "no_such_row", "-s", SMALL, "--json")
    assert answer.code == 2
    assert "no_such_row" in json.loads(answer.out)["error"]


def test_the_same_run_gives_the_same_bytes(cli: Cli, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert cli("run", SMALL, "--out", str(tmp_path / name), "--quiet").code == 0
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_json_is_one_document_on_standard_output(cli: Cli) -> None:
    answer = cli("run", SMALL, "--json")
    document = json.loads(answer.out)
    assert document["schema_version"] == 1
    assert {"headlines", "parties", "bridge", "integrity", "cases", "evidence"} <= document.keys()
    assert all(check["holds"] for check in document["integrity"])


def test_quiet_prints_nothing(cli: Cli) -> None:
    assert cli("run", SMALL, "--quiet") == Answer(0, "", "")


def test_results_have_the_documented_schema(cli: Cli, tmp_path: Path) -> None:
    cli("run", SMALL, "--out", str(tmp_path), "--no-workbook", "--no-report", "--quiet")
    assert {p.name for p in tmp_path.iterdir()} == {"results.parquet", "results.csv", "run.json"}
    frame = pl.read_parquet(tmp_path / "results.parquet")
    documented = (Path(__file__).parents[1] / "docs" / "results.md").read_text(encoding="utf-8")
    for column in frame.columns:
        assert f"`{column}`" in documented
    assert frame.schema["value"] == pl.Float64
    assert frame.filter(pl.col("row").is_null() | pl.col("year").is_null() | pl.col("unit").is_null()).is_empty()
    text = pl.read_csv(tmp_path / "results.csv", schema=frame.schema)
    assert text.equals(frame)


def test_years_shortens_the_term(cli: Cli) -> None:
    assert len(json.loads(cli("run", SMALL, "--years", "2", "--json").out)["years"]) == 2
    assert cli("run", SMALL, "--years", "99").code == 3


def test_an_invalid_scenario_ends_with_3_and_its_problems(cli: Cli, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: mcp-finance/1\nid: x\nlines: 3\nbogus: 1\n", encoding="utf-8")
    answer = cli("run", str(bad), "--out", str(tmp_path / "out"))
    assert answer.code == 3
    assert f"{bad}:4:1: bogus" in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "out").exists()
    document = json.loads(cli("validate", str(bad), "--json").out)
    assert len(document["problems"]) >= 3
    assert {"file", "line", "column"} <= document["problems"][0].keys()


def test_validate_looks_into_cases_that_a_run_would_not_take(cli: Cli, tmp_path: Path) -> None:
    for name in ("population.csv", "profiles.csv"):
        (tmp_path / name).write_bytes((SCENARIOS / name).read_bytes())
    text = (SCENARIOS / "base.yaml").read_text(encoding="utf-8")
    cases = "cases:\n  a:\n    default: good\n    choices:\n      good: {title: Good, set: {}}\n"
    bad = "      bad: {title: Bad, set: {terms: {gain_loss: {settled_later: £3}}}}\n"
    (tmp_path / "x.yaml").write_text(text + cases + bad, encoding="utf-8")
    assert cli("run", str(tmp_path / "x.yaml"), "--quiet").code == 0
    answer = cli("validate", str(tmp_path / "x.yaml"))
    assert answer.code == 3
    assert "terms.gain_loss.settled_later" in answer.err


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("run", "no-such-scenario"), 3, "dudley-2018"),
        (("run", "missing.yaml"), 3, "missing.yaml"),
        (("run", SMALL, "--case", "shift"), 2, "GROUP=CHOICE"),
        (("run", SMALL, "--nonsense"), 2, "nonsense"),
        (("explain", "no_such_row", "-s", SMALL), 2, "no_such_row"),
        (("explain", "wpb", "-s", SMALL, "--year", "1999/00"), 2, "1999/00"),
        (("explain", "line_budget", "-s", SMALL, "--line", "nobody"), 2, "nobody"),
        (("explain", "wpb", "-s", SMALL, "--line", "nobody"), 2, "no dimension"),
        (("check", SMALL, "--baseline", "nowhere"), 4, "cannot be read"),
    ],
)
def test_mistakes_are_answered_and_never_traced(cli: Cli, args: tuple[str, ...], code: int, said: str) -> None:
    answer = cli(*args)
    assert answer.code == code
    assert said in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_explain_reaches_the_line_of_the_scenario_file(cli: Cli) -> None:
    answer = cli("explain", "line_budget", "-s", SMALL, "--depth", "8", "--json")
    text = json.dumps(json.loads(answer.out))
    assert "base.yaml:" in text
    tree = json.loads(answer.out)["explanation"]
    assert tree["formula"]
    assert tree["reads"]
    assert cli("explain", "line_budget", "-s", SMALL, "--depth", "3").code == 0


def test_explain_tells_a_term_sheet_as_a_ledger(cli: Cli) -> None:
    """Every amount told is a row's value in that year of the contract, to the penny."""
    answer = cli("explain", "terms.gain_loss", "-s", SMALL, "--year", "2020/21", "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    rows = run(Path(SMALL)).results
    paid = rows.series("single_rate.budget_holder.payment")[2]
    variance = rows.series("single_rate.care.variance")[2]
    text = " ".join(told["ledger"])
    assert told["terms"] == "single-rate" and told["year"] == "2020/21"
    assert f"is a variance of £{variance:,.2f}" in text and f"payment to budget holder: £{paid:,.2f}" in text
    assert cli("explain", "gain_loss", "-s", SMALL).out.startswith("One rate and one limit")


def test_show_gives_every_value_with_its_place(cli: Cli) -> None:
    plain = cli("show", SMALL, "--resolved", "--origin", "--set", "terms.gain_loss.define.share_rate=41%")
    found = r"^terms\.gain_loss\.define\.share_rate(\.value)? = 41%    # --set:1:1$"
    assert re.search(found, plain.out, re.MULTILINE)
    document = json.loads(cli("show", SMALL, "--resolved", "--origin", "--json").out)
    assert document["values"]["id"]["place"].startswith("base.yaml:")
    assert cli("show", "dudley-2018").out.startswith("dudley-2018: Dudley MCP")


def test_a_definition_of_a_term_sheet_can_be_set(cli: Cli) -> None:
    """From 50% to 40% a share below its limit falls by a fifth; the number's origin is the setting."""
    shares = []
    for rate in ("50%", "40%"):
        options = (
            "--set",
            f"terms.gain_loss.define.share_rate={rate}",
            "--set",
            "terms.gain_loss.define.limit_rate=90%",
        )
        answer = cli("explain", "share_payment", "-s", SMALL, *options, "--depth", "12", "--json")
        tree = json.loads(answer.out)["explanation"]
        shares.append(tree["value"])
        assert "terms.gain_loss.define.share_rate" in answer.out and "--set:1:1" in answer.out
    assert shares[1] == pytest.approx(0.8 * shares[0])


def test_a_case_can_set_a_definition_of_a_term_sheet(cli: Cli, tmp_path: Path) -> None:
    for name in ("population.csv", "profiles.csv"):
        (tmp_path / name).write_bytes((SCENARIOS / name).read_bytes())
    text = (SCENARIOS / "base.yaml").read_text(encoding="utf-8")
    choice = "{title: Less, set: {terms: {gain_loss: {define: {share_rate: 25%, limit_rate: 90%}}}}}"
    cases = f"cases: {{split: {{default: half, choices: {{half: {{title: Half, set: {{}}}}, less: {choice}}}}}}}\n"
    (tmp_path / "x.yaml").write_text(text + cases, encoding="utf-8")
    path = str(tmp_path / "x.yaml")
    found = json.loads(cli("compare", path, f"{path}@split=less", "--set", LIMIT, "--json").out)
    share = found["metrics"]["share payment, total"]
    assert share["b"] == pytest.approx(share["a"] / 2) and share["a"] > 0


def test_schema_is_json_schema_and_says_what_a_rate_looks_like(cli: Cli) -> None:
    schema = json.loads(cli("schema").out)
    assert schema["$schema"].endswith("2020-12/schema")
    assert "extends" in schema["properties"]
    assert "%" in json.dumps(schema["$defs"]["RateFigure"])


def test_docs_model_describes_every_row(cli: Cli) -> None:
    sheet = cli("docs", "model", SMALL).out
    for heading in (
        "whole-population",
        "### `wpb`",
        "### `budget_holder.result`",
        "## Inputs",
        "| `single_rate.share_rate` |",
    ):
        assert heading in sheet.lower() or heading in sheet


def test_doctor_runs_the_shipped_scenarios(cli: Cli) -> None:
    document = json.loads(cli("doctor", "--json").out)
    assert document["sound"] is True
    assert document["scenarios"] == dict.fromkeys(shipped_scenarios(), True)


def test_compare_shows_difference_and_percent(cli: Cli) -> None:
    document = json.loads(cli("compare", "dudley-2018", "dudley-2018@shift=none", "--json").out)
    share = document["metrics"]["share payment, total"]
    assert share["a"] > 0
    assert share["b"] == pytest.approx(0, abs=0.01)
    assert share["change"] == pytest.approx(share["b"] - share["a"])
    assert share["percent"] == pytest.approx(-1)
    table = cli("compare", SMALL, SMALL)
    assert table.code == 0


class TestCheck:
    def test_agrees_with_what_it_stored(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CI", raising=False)
        assert cli("check", SMALL, "--baseline", str(tmp_path), "--update").code == 0
        answer = cli("check", SMALL, "--baseline", str(tmp_path))
        assert answer.code == 0
        assert "metrics agree" in answer.out

    def test_names_the_worst_offenders(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CI", raising=False)
        cli("check", SMALL, "--baseline", str(tmp_path), "--update")
        file = next(tmp_path.glob("*.json"))
        stored = json.loads(file.read_text(encoding="utf-8"))
        stored["metrics"]["contract_total"] += 1e6
        stored["metrics"]["per_head"] += 1.0
        file.write_text(json.dumps(stored), encoding="utf-8")
        answer = cli("check", SMALL, "--baseline", str(tmp_path))
        assert answer.code == 4
        assert json.loads(cli("check", SMALL, "--baseline", str(tmp_path), "--json").out)["passed"] is False
        assert answer.out.index("contract_total") < answer.out.index("per_head")
        assert cli("check", SMALL, "--baseline", str(tmp_path), "--abs", "2e6").code == 0

    def test_fails_on_a_missing_metric(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CI", raising=False)
        cli("check", SMALL, "--baseline", str(tmp_path), "--update")
        file = next(tmp_path.glob("*.json"))
        stored = json.loads(file.read_text(encoding="utf-8"))
        del stored["metrics"]["contract_total"]
        file.write_text(json.dumps(stored), encoding="utf-8")
        assert cli("check", SMALL, "--baseline", str(tmp_path), "--abs", "1e12").code == 4
        file.write_text('{"version": 1, "metrics": {}}', encoding="utf-8")
        assert cli("check", SMALL, "--baseline", str(tmp_path)).code == 4

    def test_update_is_refused_in_continuous_integration(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CI", "true")
        answer = cli("check", SMALL, "--baseline", str(tmp_path), "--update")
        assert answer.code == 2
        assert not list(tmp_path.iterdir())


def test_a_failed_integrity_check_ends_with_5(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcp_finance.analysis.run import Integrity, Run

    monkeypatch.setattr(Run, "integrity", lambda _: (Integrity("check.books", "books", 3.0),))
    answer = cli("run", SMALL)
    assert answer.code == 5
    assert "check.books" in answer.err
    for command in ("run", "assurance", "stress"):
        answer = cli(command, SMALL, "--json")
        assert answer.code == 5 and "check.books" in answer.err
        assert json.loads(answer.out)["schema_version"] == 1  # one document, the answer's own


def test_the_shim_runs_from_a_checkout() -> None:
    root = Path(__file__).parents[1]
    found = subprocess.run(
        [sys.executable, "cli.py", "--version"], cwd=root, capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith("mcp-finance ")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv=['mcp-finance','--help']\n"
        "from mcp_finance.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy={'polars','openpyxl','numpy','pydantic','ruamel.yaml','jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=Path(__file__).parents[1])
