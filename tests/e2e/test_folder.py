"""The data folder: marked for practice or for real at its first start, and refused otherwise."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service import home
from service.cli import main
from service.home import Purpose, Running, WrongFolder


def up(data: Path, *options: str) -> Result:
    """`efface up`, for starts that are refused."""
    return CliRunner().invoke(main, ["up", "--data", str(data), *options])


def with_cluster(folder: Path) -> Path:
    (folder / home.SERVERS / "cluster").mkdir(parents=True)
    return folder


def test_the_first_start_marks_the_folder_for_its_owner_alone(tmp_path: Path) -> None:
    home.claim(tmp_path / "new", Purpose.PRACTICE)

    marked = tmp_path / "new" / home.MARK
    assert marked.read_text() == "practice\n"
    assert stat.S_IMODE(marked.stat().st_mode) == 0o600
    assert stat.S_IMODE(marked.parent.stat().st_mode) == 0o700
    assert list(marked.parent.iterdir()) == [marked]


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_same_purpose_is_taken_again(tmp_path: Path, purpose: Purpose) -> None:
    home.claim(tmp_path, purpose)

    home.claim(tmp_path, purpose)

    assert (tmp_path / home.MARK).read_text().strip() == purpose.value


@pytest.mark.parametrize("made_with_key", [True, False])
def test_a_folder_from_before_the_mark_is_known_by_its_keys(
    tmp_path: Path, made_with_key: bool
) -> None:
    with_cluster(tmp_path)
    (tmp_path / "admin.key").touch()
    if made_with_key:
        (tmp_path / home.PRACTICE_KEY).touch()
    its_own, other = (
        (Purpose.PRACTICE, Purpose.REAL) if made_with_key else (Purpose.REAL, Purpose.PRACTICE)
    )

    with pytest.raises(WrongFolder, match=str(tmp_path)):
        home.claim(tmp_path, other)

    home.claim(tmp_path, its_own)


def test_practice_never_takes_over_a_real_centre(data: Path) -> None:
    home.claim(data, Purpose.REAL)
    before = sorted(data.iterdir())

    refused = up(data, "--playground", "--port", "0")

    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert f"{data} holds a real centre" in refused.stderr
    assert "make up DATA=..." in refused.stderr
    assert sorted(data.iterdir()) == before


def test_practice_cases_never_reach_real_platforms(tmp_path: Path) -> None:
    home.claim(tmp_path, Purpose.PRACTICE)

    refused = up(tmp_path, "--port", "0")

    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert f"{tmp_path} holds practice cases" in refused.stderr
    assert "--playground" in refused.stderr
    assert not (tmp_path / home.SERVERS).exists()


@pytest.mark.parametrize("name", ["file", "file/below", "/proc/nope", "/dev/null"])
def test_a_folder_of_no_use_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / name

    refused = up(folder, "--port", "0")

    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert str(folder) in refused.stderr
    assert "--data" in refused.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    refused = up(tmp_path, "--port", "0")

    assert refused.exit_code == 2
    assert "Permission denied" in refused.stderr


@pytest.mark.parametrize(
    ("options", "how"), [(["--playground"], "make up PORT=..."), ([], "efface up --port ...")]
)
def test_a_port_in_use_is_said_before_anything_is_made(
    data: Path, options: list[str], how: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        refused = up(data, "--port", str(port), *options)

    assert refused.exit_code == 1
    assert refused.stderr == f"Port {port} is in use. Name another: {how}\n"
    assert not data.exists()


def test_a_host_that_is_not_here_is_one_line(data: Path) -> None:
    refused = up(data, "--host", "no.such.host.invalid")

    assert refused.exit_code == 1
    assert refused.stderr.startswith("Nothing can listen at no.such.host.invalid, port 8080: ")
    assert not data.exists()


def test_a_port_that_is_no_number_is_called_so(data: Path) -> None:
    refused = up(data, "--port", "banana")

    assert refused.exit_code == 2
    assert "'banana' is not a valid port number." in refused.stderr


def test_the_note_is_there_only_while_it_runs(tmp_path: Path) -> None:
    running = Running("http://127.0.0.1:9", {"database_url": "somewhere"})

    with home.noted(tmp_path, running):
        found = home.read_running(tmp_path)

    assert found == running
    assert home.read_running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": "http://x", "settings": 1}'])
def test_a_note_that_cannot_be_read_is_no_note(tmp_path: Path, text: str) -> None:
    (tmp_path / home.RUNNING).write_text(text)

    assert home.read_running(tmp_path) is None
