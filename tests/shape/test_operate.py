"""The page for who runs it is true: what it names is there, and what it says to type works."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import yaml

from service import app
from service.api import metrics, prometheus
from service.engine import run
from service.settings import PREFIX, Settings

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "operate.md").read_text()


def test_every_setting_that_it_names_is_one() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}

    assert set(re.findall(r"EFFACE_\w+", PAGE)) <= known


def test_every_metric_that_it_names_is_one() -> None:
    sources = "".join(Path(str(m.__file__)).read_text() for m in (metrics, prometheus))
    named = set(re.findall(r"`(efface_\w+)(?:\{[^}]*\})?` (?:over|is|keeps|with)", PAGE))

    assert len(named) > 10
    assert not [name for name in named if f'"{name}"' not in sources]


def test_every_file_that_it_links_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / link).exists(), link


def test_times_are_those_of_the_product() -> None:
    assert f"calls in flight have {app.FINISH_S} seconds" in PAGE
    assert f"have {run.DRAIN_S:.0f} seconds to end" in " ".join(PAGE.split())
    assert f"for less than {app.KEEP_ALIVE_S} seconds" in PAGE


def test_the_secrets_that_it_makes_are_those_of_the_compose_file(tmp_path: Path) -> None:
    (script,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

    subprocess.run(["/bin/sh", "-ec", script], cwd=tmp_path, check=True)

    made = {path.name: path for path in (tmp_path / "secrets").iterdir()}
    assert made.keys() == compose["secrets"].keys()
    assert all(path.stat().st_mode & 0o077 == 0 for path in made.values())
    assert re.fullmatch(r"[0-9a-f]{64}", made["seal_key"].read_text())
    url = made["efface_database_url"].read_text()
    assert made["app_password"].read_text() in url
