"""The tests themselves are tried: with one bug in the core, those that are about it must fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.prove import scale
from tests.prove.bugs import BUGS, Bug
from tests.prove.conftest import KEPT_AT, Figure

ROOT: Final = Path(__file__).parents[2]
PARTS: Final = ("adapters", "migrations", "service", "tests", "pyproject.toml")
NEEDLESS: Final = ("cacheprovider", "cov", "faker", "randomly", "schemathesis", "xdist")
SOME_FAILED: Final = 1  # pytest's code; all others above 0 are about how it was called
WITHIN_S: Final = 600
in_full = pytest.mark.skipif(not scale.FULL, reason="each bug takes a run of its own")


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of tests ended, and what it said."""

    code: int
    said: str

    @property
    def found_a_failure(self) -> bool:
        """Whether an assertion of a test failed: a test that cannot be set up shows nothing."""
        last = self.said.rstrip().rpartition("\n")[2]
        return self.code == SOME_FAILED and " failed" in last and " error" not in last


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the code and its tests that may be broken."""

    root: Path

    def put_in(self, bug: Bug) -> None:
        text = (ROOT / bug.path).read_text()
        assert text.count(bug.old) == 1
        (self.root / bug.path).write_text(text.replace(bug.old, bug.new))

    def take_out(self, bug: Bug) -> None:
        shutil.copy2(ROOT / bug.path, self.root / bug.path)

    def run(self, tests: Sequence[str], folder: Path) -> Run:
        """Run tests of the copy, in a process that imports the copy alone."""
        mine = (scale.VARIABLE, KEPT_AT)
        environment = {k: v for k, v in os.environ.items() if k not in mine}
        environment = {k: v for k, v in environment.items() if not k.startswith("PYTEST_")}
        left_out = [word for name in NEEDLESS for word in ("-p", f"no:{name}")]
        command = [sys.executable, "-m", "pytest", "-x", "-q", *left_out, f"--basetemp={folder}"]
        done = subprocess.run(
            [*command, *tests],
            cwd=self.root,
            env={**environment, "PYTHONPATH": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        return Run(done.returncode, done.stdout)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """One for all bugs of this process, which come one after another."""
    root = tmp_path_factory.mktemp("core")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, root / part)
        else:
            shutil.copy2(ROOT / part, root / part)
    yield Copy(root)
    shutil.rmtree(root)


def test_every_bug_can_be_put_in_and_names_tests_that_there_are(figure: Figure) -> None:
    """What a bug replaces stands once in its file, what comes instead is Python, and the tests that
    must notice it are there.
    """
    assert len({bug.name for bug in BUGS}) == len({bug.words for bug in BUGS}) == len(BUGS) >= 24
    for bug in BUGS:
        text = (ROOT / bug.path).read_text()
        assert (text.count(bug.old), bug.new != bug.old) == (1, True), bug.name
        compile(text.replace(bug.old, bug.new), bug.path, "exec")
        assert 1 <= len(bug.tests) <= 3, bug.name
        for test in bug.tests:
            path, _, name = test.partition("::")
            wanted = rf"^(async )?def {name.partition('[')[0]}\b"
            assert re.search(wanted, (ROOT / path).read_text(), re.MULTILINE), test
    files = len({bug.path for bug in BUGS})
    figure(f"{len(BUGS)} bugs in {files} files of the core")


@in_full
@pytest.mark.parametrize("bug", BUGS if scale.FULL else BUGS[:1], ids=lambda bug: bug.name)
def test_a_bug_in_the_core_is_noticed(bug: Bug, copy: Copy, tmp_path: Path, figure: Figure) -> None:
    """With any of these bugs in the core, the tests that are about it fail."""
    copy.put_in(bug)
    try:
        run = copy.run(bug.tests, tmp_path / "of-the-copy")
    finally:
        copy.take_out(bug)

    assert run.found_a_failure, f"{bug.words}\n{run.said}"
    figure(f"noticed: {bug.name.replace('_', ' ')}")


@in_full
def test_without_a_bug_the_same_tests_pass(copy: Copy, tmp_path: Path, figure: Figure) -> None:
    """The copy itself breaks none of the tests that notice the bugs."""
    tests = sorted({test for bug in BUGS for test in bug.tests})

    run = copy.run(tests, tmp_path / "of-the-copy")

    assert run.code == 0, run.said
    figure(f"{len(tests)} tests pass without them")
