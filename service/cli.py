"""The command line. Data goes to stdout, logs to stderr; `--json` everywhere.

`efface --help` lists the exit codes.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from service import home
from service.doctor import chart as doctors

if TYPE_CHECKING:
    from service.settings import Settings

NOT_DONE: Final = 1
WRONG_USE: Final = 2
OUT_OF_REACH: Final = 3
REFUSED: Final = 4

DATA: Final = Path(".efface")


class Port(click.IntRange):
    """A port, by that name in messages."""

    name = "port number"


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=DATA,
    show_default=True,
    help="The data folder.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def say(value: Any, lines: str, *, as_json: bool) -> None:
    """Print one result: as JSON, or as lines for a person."""
    click.echo(json.dumps(value, ensure_ascii=False) if as_json else lines)


def fail(message: str, code: int) -> NoReturn:
    """End with a message on stderr."""
    click.echo(message, err=True)
    sys.exit(code)


def load_settings(**given: Any) -> Settings:
    """The settings of this process, or all that is wrong with them and exit code 2."""
    from service import log, settings

    try:
        found = settings.load(**given)
    except settings.WrongSettings as wrong:
        fail(str(wrong), WRONG_USE)
    log.configure(found.log_level)
    return found


def check_adapters() -> None:
    """End the program where a platform that another package brings cannot be used, and say why."""
    from adapters import installed

    try:
        installed.load()
    except installed.WrongAdapters as wrong:
        fail(str(wrong), WRONG_USE)


@click.group(
    help="Gets intimate images taken down, and keeps a record of who was asked, and when.",
    epilog="Exit codes: 0 done; 1 not done, or calls were left in flight; 2 wrong use or wrong"
    " settings; 3 efface cannot be reached; 4 it refused.",
)
def main() -> None:
    """Nothing by itself."""


@main.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=Port(0, 65535), default=8080, show_default=True, help="0: any.")
@click.option("--playground", is_flag=True, help="Practice platforms on this machine, and samples.")
def up(data: Path, host: str, port: int, playground: bool) -> None:
    """Run everything on this machine, with a database of its own."""
    from service import up as house_of
    from service.embedded.errors import EmbeddedError
    from service.playground.visit import visit
    from service.settings import WrongSettings

    check_adapters()
    if playground and host not in ("127.0.0.1", "::1"):
        fail("The playground listens on this machine alone: use --host 127.0.0.1.", WRONG_USE)
    options = house_of.Options(data.resolve(), host, port, playground)
    house = house_of.House(options)
    try:
        with house_of.listen_at(options) as door, house.open():
            code = asyncio.run(
                house_of.run(house, door, functools.partial(visit, data=options.data))
            )
    except (EmbeddedError, house_of.CannotListen) as error:
        fail(str(error), NOT_DONE)
    except (home.WrongFolder, WrongSettings) as wrong:
        fail(str(wrong), WRONG_USE)
    sys.exit(code)


@main.command()
def api() -> None:
    """Serve the REST API."""
    found = load_settings()
    check_adapters()
    from service import app

    try:
        door = app.bound(found.host, found.port)
    except OSError as error:
        fail(
            f"Nothing can listen at {found.host}, port {found.port}: {error.strerror}."
            " Set EFFACE_HOST and EFFACE_PORT.",
            NOT_DONE,
        )
    with door:
        sys.exit(NOT_DONE if asyncio.run(app.serve(found, door)) else 0)


@main.command()
def worker() -> None:
    """Do the work: send, poll, look, resolve."""
    found = load_settings()
    check_adapters()
    from service import worker as working

    sys.exit(NOT_DONE if asyncio.run(working.work(found)) else 0)


@main.command()
def migrate() -> None:
    """Bring the database to the shape that this version needs."""
    found = load_settings()
    from service.store import schema

    if found.migrate_database_url is None:
        fail("EFFACE_MIGRATE_DATABASE_URL: it must be set to migrate", WRONG_USE)
    url = found.migrate_database_url.get_secret_value()
    asyncio.run(schema.migrate(url, app_role=app_role(found)))


@main.command(
    epilog="It looks at:\n\n\b\n" + doctors.listed() + "\n\nExit codes: 0 all is well, or worth"
    " knowing; 1 something is wrong; 2 the settings or the database keep the record from being"
    " examined."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="The folder of a running `efface up`."
)
@click.option("--quick", is_flag=True, help="Leave the lines of the record unread.")
@json_option
def doctor(data: Path | None, quick: bool, as_json: bool) -> None:
    """Look at everything this efface stands on, and change nothing.

    Each check is a line: ok, warn or wrong, and what to do. No line holds an address, a name, a
    token or a value.

    Example: efface doctor --data .efface
    """
    from service.doctor import examine

    given: Any = {}
    if data is not None:
        running = home.read_running(data)
        if running is None:
            fail(f"No efface is running on the data folder {data}.", OUT_OF_REACH)
        given = running.settings
    found, whole = asyncio.run(examine.examine(given, replay=not quick))
    say(found.values(), found.lines(), as_json=as_json)
    if not whole:
        sys.exit(WRONG_USE)
    sys.exit(NOT_DONE if found.worst() is doctors.Level.WRONG else 0)


def app_role(found: Settings) -> str:
    """The role that the application connects as: the user in its address."""
    from sqlalchemy import make_url

    return make_url(found.database_url.get_secret_value()).username or "efface_app"


@main.command()
@click.option("--organisation", help="The centre's name, when there are several; made if new.")
@click.option(
    "--role",
    type=click.Choice(["case_worker", "supervisor", "auditor", "integrator", "admin"]),
    default="admin",
    show_default=True,
)
@click.option("--label", default="", help="What the key is for.")
@click.option(
    "--data", type=click.Path(path_type=Path), help="The folder of a running `efface up`."
)
@json_option
def key(organisation: str | None, role: str, label: str, data: Path | None, as_json: bool) -> None:
    """Make an API key. It is shown once.

    Example: efface key --role case_worker --data .efface
    """
    from service.actions import organisations
    from service.domain.states import Actor

    check_adapters()

    async def work() -> Any:
        from service import worker as working

        ctx = working.build(settings_for_keys(data))
        try:
            name = organisation or only_one(await organisations.names(ctx))
            owner = await organisations.make_organisation(ctx, name)
            return await organisations.make_key(ctx, owner, Actor(role), label=label)
        finally:
            await working.close(ctx)

    made = asyncio.run(work())
    value = {"id": str(made.id), "token": made.token, "role": role}
    say(value, made.token, as_json=as_json)


def only_one(names: Sequence[str]) -> str:
    """The centre that is meant when none is named. Ends the program unless there is exactly one."""
    if len(names) == 1:
        return names[0]
    there = (
        f"There are {len(names)} centres: {', '.join(names)}." if names else "There is none yet."
    )
    fail(f"Name a centre with --organisation. {there}", WRONG_USE)


def settings_for_keys(data: Path | None) -> Settings:
    """From the folder of a running `efface up`, else from the environment."""
    from service import settings

    if data is not None:
        running = home.read_running(data)
        if running is None:
            fail(f"No efface is running on the data folder {data}.", OUT_OF_REACH)
        return load_settings(**running.settings)
    if missing := settings.missing():
        fail(
            f"Name the data folder of a running efface with --data, or set: {', '.join(missing)}.",
            WRONG_USE,
        )
    return load_settings()


@main.command()
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@click.option("--case", "reference", required=True, help="The case's reference; it must exist.")
@data_option
@json_option
def submit(file: Any, reference: str, data: Path, as_json: bool) -> None:
    """Hand in addresses, one a line, for a case.

    Example: efface submit addresses.txt --case PRACTICE-1
    """
    from service.client import Client, handed_in

    try:
        lines = [line.strip() for line in file if line.strip()]
    except UnicodeDecodeError:
        fail(f"{file.name} is not text in UTF-8.", WRONG_USE)
    if not lines:
        fail(f"No addresses in {file.name}.", WRONG_USE)
    with Client.of_this_machine(data) as client:
        results = client.submit(reference, lines)
    say(results, handed_in(results), as_json=as_json)
    sys.exit(NOT_DONE if any(r["status"] == "invalid" for r in results) else 0)


@main.command()
@click.argument("id", required=False)
@click.option("--timeline", is_flag=True, help="What happened to one takedown, line by line.")
@data_option
@json_option
def status(id: str | None, timeline: bool, data: Path, as_json: bool) -> None:  # noqa: A002 - the argument's name is shown
    """How things stand: of everything, of a case (by id or reference), or of one takedown.

    Example: efface status PRACTICE-2
    """
    from service.client import Client, history, page

    with Client.of_this_machine(data) as client:
        found = client.timeline(id) if timeline else client.status(id)
    say(found, history(found) if timeline else page(found), as_json=as_json)


if __name__ == "__main__":
    main()
