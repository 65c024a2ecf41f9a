"""Platforms of other packages: how they join, why they are refused, and that the contract runs on
them from outside. Packages are folders with metadata on the path: nothing is installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters import installed
from adapters.contract.__main__ import main as contract
from adapters.contract.__main__ import verdicts
from adapters.contract.rules import RULES
from adapters.registry import ADAPTERS
from adapters.site import Site
from adapters.spec import Locator, Url
from service import cli, settings, worker
from service.doctor import configured
from service.doctor.chart import Chart, Level
from service.store.sealing import Vault
from tests.adapters.contract.example import CASE, Example

MODEL = "tests.adapters.contract.example"
OURS = """
from dataclasses import replace
from {model} import Example as Model
class {called}(Model):
    spec = replace(Model.spec, {changes})
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where packages of this test are found. What they change is put back."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(Site, "others", Site.others)
    return folder


def bring(folder: Path, package: str, entries: str, code: str = "") -> None:
    (folder / f"{package}.py").write_text(code)
    metadata = folder / f"{package}-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text(f"[efface.adapters]\n{entries}\n")


def ours(called: str, **changes: object) -> str:
    said = ", ".join(f"{field}={value!r}" for field, value in changes.items())
    return OURS.format(model=MODEL, called=called, changes=said)


def problems() -> str:
    with pytest.raises(installed.WrongAdapters) as wrong:
        installed.load()
    return "\n".join(wrong.value.problems)


def test_without_packages_there_are_only_ours() -> None:
    assert installed.load() == ADAPTERS


def test_a_package_joins_after_who_has_hosts_and_before_who_takes_any(packages: Path) -> None:
    bring(packages, "third_one", f"example = {MODEL}:Example")

    names = [adapter.spec.name for adapter in installed.load()]

    assert names.index("example") == names.index("site") - 1
    assert [n for n in names if n != "example"] == [adapter.spec.name for adapter in ADAPTERS]


def test_an_entry_may_name_several(packages: Path) -> None:
    code = ours("One", name="one", hosts=("one.example",))
    code += ours("Two", name="two", hosts=("two.example",)) + "BOTH = (One, Two)\n"
    bring(packages, "third_several", "both = third_several:BOTH", code)

    found = [(each.adapter.spec.name, each.package) for each in installed.brought()]

    assert found == [("one", "third_several 1.2"), ("two", "third_several 1.2")]


def test_their_pages_that_they_do_not_know_are_left_to_a_person(packages: Path) -> None:
    bring(packages, "third_hosts", f"example = {MODEL}:Example")

    installed.load()

    assert set(Site.others) - {host for ours in ADAPTERS for host in ours.spec.hosts} == {
        "host.example"
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "reddit"}, "the name 'reddit' is taken by efface"),
        ({"hosts": ("t.me",)}, "the host 't.me' is claimed by 'telegram' of efface"),
        ({"hosts": ("shop.pages.dev",)}, "is claimed by 'cloudflare' of efface"),
        ({"hosts": ("*.reddit.com",)}, "is claimed by 'reddit' of efface"),
        ({"hosts": ("*",)}, "any host is left to `site`"),
        ({"sources": ()}, "`sources` names no page"),
        ({"can": frozenset()}, "`can` is not what the class defines: find, look, poll, resolve"),
        ({"name": "A/B"}, "`name` is not"),
        ({"hosts": ("Example.org",)}, "'Example.org' is no host"),
    ],
)
def test_what_clashes_or_is_not_so_is_refused(
    packages: Path, changes: dict[str, object], words: str
) -> None:
    package = packages.parent.name
    bring(packages, package, f"it = {package}:Wrong", ours("Wrong", **changes))

    said = problems()

    assert words in said
    assert f"{package} 1.2, entry point 'it' ({package}:Wrong)" in said


def test_two_packages_cannot_have_one_host_or_name(packages: Path) -> None:
    for package in ("third_a", "third_b"):
        bring(packages, package, f"it = {package}:Same", ours("Same"))

    said = problems()

    assert "the name 'example' is taken by third_a 1.2" in said
    assert "the host 'host.example' is claimed by 'example' of third_a 1.2" in said


def test_everything_that_is_wrong_is_said_at_once(packages: Path) -> None:
    bring(packages, "third_absent", "it = third_nowhere:It")
    bring(packages, "third_dict", "it = third_dict:IT", "IT = {}")
    bring(packages, "third_falls", "it = third_falls:It", "raise RuntimeError('no luck')")
    bring(packages, "third_int", "it = third_int:It", "class It: ...")

    said = problems()

    assert "third_absent 1.2, entry point 'it' (third_nowhere:It): ModuleNotFoundError" in said
    assert "third_dict 1.2, entry point 'it' (third_dict:IT): TypeError: it names no class" in said
    assert "RuntimeError: no luck" in said
    assert "third_int 1.2" in said


@pytest.mark.parametrize("command", [["api"], ["worker"], ["up"], ["key"]])
def test_efface_does_not_start_with_a_wrong_one(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    bring(packages, "third_start", "it = third_start:IT", "IT = 1")
    Vault.make_file(tmp_path / "seal.key")
    monkeypatch.setenv("EFFACE_DATABASE_URL", "postgresql+asyncpg://nobody@/none?host=/nonexistent")
    monkeypatch.setenv("EFFACE_REDIS_URL", "unix:///nonexistent/redis.sock")
    monkeypatch.setenv("EFFACE_KEY_FILE", str(tmp_path / "seal.key"))
    monkeypatch.chdir(tmp_path)

    ran = CliRunner().invoke(cli.main, command)

    assert ran.exit_code == cli.WRONG_USE, ran.output
    assert "Mend or uninstall the package" in ran.output
    assert "third_start 1.2" in ran.output


@pytest.mark.parametrize(("playground", "called"), [(True, False), (False, True)])
async def test_it_works_beside_ours_and_in_practice_calls_nobody(
    packages: Path, tmp_path: Path, playground: bool, called: bool
) -> None:
    bring(packages, "third_works", f"example = {MODEL}:Example")
    Vault.make_file(tmp_path / "seal.key")
    ctx = worker.build(
        settings.load(
            database_url="postgresql+asyncpg://nobody@/none?host=/nonexistent",
            redis_url="unix:///nonexistent/redis.sock",
            key_file=tmp_path / "seal.key",
            playground=playground,
        )
    )
    try:
        adapter = ctx.platforms.classes["example"]({}, CASE.secrets, ctx.platforms._tools)
        locator = adapter.match(Url("https://host.example/p/1"))
        assert locator is not None
        observed = await adapter.look(locator)
    finally:
        await worker.close(ctx)

    assert ctx.rules.specs["example"].name == "example"
    assert (observed.rule != "egress_denied") is called


def test_the_doctor_says_who_brings_what(packages: Path) -> None:
    bring(packages, "third_seen", f"example = {MODEL}:Example")
    chart = Chart()

    configured.adapters(chart)

    (finding,) = chart.findings
    assert (finding.check, finding.level) == ("adapters.installed", Level.OK)
    assert "example by third_seen 1.2" in finding.says


def test_the_doctor_says_what_is_wrong(packages: Path) -> None:
    bring(packages, "third_ill", "it = third_ill:IT", "IT = 1")
    chart = Chart()

    configured.adapters(chart)

    assert [finding.level for finding in chart.findings] == [Level.WRONG]


def test_a_good_one_keeps_the_whole_contract(
    packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(packages, "third_good", f"example = {MODEL}:Example")

    code = contract([f"{MODEL}:CASE"])

    told = capsys.readouterr().out.splitlines()
    assert code == 0, told
    assert told[-1] == "18 kept, 0 broken, 9 spared, 0 excused"
    assert "kept     E01_entry_point_is_found" in told


def test_one_that_no_entry_point_names_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    code = contract([f"{MODEL}:CASE"])

    told = capsys.readouterr().out.splitlines()
    assert code == 1
    (broken,) = (line for line in told if line.startswith("broken"))
    assert broken.startswith("broken   E01_entry_point_is_found: no entry point in the group")


def test_a_broken_rule_says_why_down_to_the_cause() -> None:
    (happy,) = (rule for rule in RULES if rule.name == "R04_send_happy")
    nowhere = replace(CASE, routes={})

    ((verdict, line),) = verdicts(nowhere, [happy])

    assert verdict == "broken"
    assert "this case has no answer to POST https://api.host.example/session" in line


def test_a_broken_rule_shows_the_address_that_broke_it() -> None:
    class Unstable(Example):
        def match(self, url: Url) -> Locator | None:
            found = super().match(url)
            return replace(found, url="https://host.example/p/other") if found else None

    (stable,) = (rule for rule in RULES if rule.name == "R02_match_is_pure_and_total")

    ((verdict, line),) = verdicts(replace(CASE, adapter=Unstable), [stable])

    assert verdict == "broken"
    assert "match does not know the address it wrote" in line
    assert "https://host.example/" in line


@pytest.mark.parametrize("names", [[], ["json:dumps"]])
def test_the_command_is_used_wrongly(names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert contract(names) == 2
    assert capsys.readouterr().err


def test_a_python_without_assertions_proves_nothing() -> None:
    ran = subprocess.run(
        [sys.executable, "-O", "-m", "adapters.contract", f"{MODEL}:CASE"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    assert ran.returncode == 2
    assert "-O" in ran.stderr


def test_what_runs_does_not_need_what_the_contract_needs() -> None:
    code = (
        "import sys, json, service.cli, service.worker, service.app, service.doctor.examine;"
        "print(json.dumps([m for m in sys.modules if m.split('.')[0] == 'hypothesis'"
        " or m.startswith('adapters.contract')]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    assert json.loads(ran.stdout) == []
