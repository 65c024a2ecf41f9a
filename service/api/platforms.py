"""Platforms: what they can do, what is set, and which way is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Response
from litestar.params import FromPath, JSONBody

from service.actions import platforms
from service.actions.context import Desk
from service.api.guards import Permission
from service.api.routes import Call, Here, answer, route
from service.api.schemas.platforms import (
    LaneBody,
    PlatformBody,
    PlatformChange,
    PlatformLine,
    PlatformPage,
    SecretBody,
    SettingBody,
)
from service.domain.errors import NotFound

P = Permission


@route("GET", "/platforms", may=P.READ_PLATFORMS, tag="platforms")
async def list_platforms(call: Here) -> Response[PlatformPage]:
    """List platforms.

    In the order in which addresses are matched. There is one page.
    """
    desks = await platforms.listed(call.ctx, call.caller)
    items = [PlatformLine.model_validate(_line(desk)) for desk in desks]
    return answer(PlatformPage(items=items))


@route("GET", "/platforms/{name:str}", may=P.READ_PLATFORMS, tag="platforms", tagged=True,
       raises=(NotFound,))  # fmt: skip
async def read_platform(call: Here, name: FromPath[str]) -> Response[PlatformBody]:
    """Read a platform.

    Its abilities, what is set and what is missing, and whether its lanes are open. Secrets are
    never shown.
    """
    return await _whole(call, name)


@route("PUT", "/platforms/{name:str}/settings", may=P.SET_PLATFORMS, tag="platforms",
       tagged=True, changes_version=True, raises=(NotFound,))  # fmt: skip
async def set_platform(
    call: Here, name: FromPath[str], data: JSONBody[PlatformChange]
) -> Response[PlatformBody]:
    """Set a platform up.

    Replaces its settings; secrets that are not named stay, unless an address of the platform
    changes: then they are removed, `notes` says so, and they have to be entered again. What was
    closed for want of them opens again. `enabled: false` stops everything to it.
    """
    removed = await platforms.change(
        call.ctx, call.caller, name, call.version(), data.settings, data.secrets,
        enabled=data.enabled,
    )  # fmt: skip
    return await _whole(call, name, platforms.told(removed))


async def _whole(call: Call, name: str, notes: Sequence[str] = ()) -> Response[PlatformBody]:
    desk, lanes = await platforms.one(call.ctx, call.caller, name)
    spec = desk.adapter.spec
    body = PlatformBody(
        **_line(desk),
        classes=sorted(spec.classes),
        purposes=sorted(spec.purposes),
        discloses=sorted(spec.discloses),
        country=spec.country,
        travels_to=list(spec.travels_to),
        office=spec.office,
        delists=spec.delists,
        rights_in=list(spec.rights_in),
        fronts=list(spec.fronts),
        remind_every_hours=spec.remind.hours if spec.remind else None,
        answers=spec.answers,
        perhaps_sent=spec.perhaps_sent,
        carries_urls=spec.carries.urls,
        settings=_settings(desk),
        secrets=[
            SecretBody(name=s.name, help=s.help, is_set=bool(desk.adapter.secrets.get(s.name)))
            for s in spec.needs
        ],
        lanes=_lanes(lanes, call.ctx.now()),
        version=desk.version,
        notes=list(notes),
    )
    return call.tagged(body, desk.version)


def _line(desk: Desk) -> dict[str, Any]:
    spec = desk.adapter.spec
    return {
        "name": spec.name,
        "title": spec.title,
        "channel": spec.channel.value,
        "hosts": list(spec.hosts),
        "can": sorted(spec.can),
        "enabled": desk.enabled,
        "ready": desk.ready,
        "missing": list(desk.adapter.missing()),
    }


def _settings(desk: Desk) -> list[SettingBody]:
    return [
        SettingBody(
            name=s.name,
            help=s.help,
            required=s.required,
            default=s.default,
            value=desk.adapter.settings[s.name],
        )
        for s in desk.adapter.spec.settings
    ]


def _lanes(rows: Sequence[Any], now: datetime) -> list[LaneBody]:
    return [
        LaneBody(
            id=row.id,
            **platforms.health(row, now),
        )
        for row in rows
    ]


HANDLERS = (list_platforms, read_platform, set_platform)
