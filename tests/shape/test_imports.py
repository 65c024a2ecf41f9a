"""Dependencies point one way. import-linter holds it; here it runs, and is seen to refuse."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
LINT: Final = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
        check=False,
    )


@pytest.fixture
def sketch(tmp_path: Path) -> Path:
    """The layout with empty modules, under our own contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module in (
        *("service/cli", "service/app", "service/worker", "service/settings", "service/log"),
        *("service/api/routes", "service/engine/jobs", "service/playground/peertube"),
        *("service/embedded/postgres", "service/actions/send_notice", "service/store/unit"),
        *("service/domain/states", "adapters/spec", "adapters/errors", "adapters/base"),
    ):
        write(tmp_path, module, "")
    return tmp_path


def write(folder: Path, module: str, text: str) -> None:
    path = folder / f"{module}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    for package in path.relative_to(folder).parents:
        if package != Path():
            (folder / package / "__init__.py").touch()
    path.write_text(text)


def test_our_code_keeps_the_contracts() -> None:
    ran = lint(ROOT)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_whole_layout_keeps_them(sketch: Path) -> None:
    write(sketch, "service/cli", "import service.app, service.settings, service.embedded.postgres")
    write(sketch, "service/api/routes", "import service.actions.send_notice")
    write(sketch, "service/engine/jobs", "import arq, service.actions.send_notice")
    write(sketch, "service/actions/send_notice", "import service.store.unit, adapters.base")
    write(sketch, "service/domain/states", "import adapters.spec")
    write(sketch, "adapters/base", "import adapters.spec, adapters.errors")

    ran = lint(sketch)

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("service/domain/states", "import service.store.unit"),
        ("service/domain/states", "import adapters.errors"),
        ("service/store/unit", "import service.actions.send_notice"),
        ("service/actions/send_notice", "import service.engine.jobs"),
        ("service/actions/send_notice", "import service.settings"),
        ("service/actions/send_notice", "import arq"),
        ("service/api/routes", "import service.engine.jobs"),
        ("service/api/routes", "import arq.connections"),
        ("service/engine/jobs", "import service.app"),
        ("adapters/base", "import service.domain.states"),
        ("adapters/base", "import arq"),
        ("adapters/base", "import telethon.tl"),
        ("service/newcomer", ""),
    ],
)
def test_a_wrong_import_is_refused(sketch: Path, module: str, text: str) -> None:
    write(sketch, module, text)

    ran = lint(sketch)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 broken" in ran.stdout
