"""What operators are shown of the work: true figures, cheap to read, and nothing of anybody."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

import httpx
import pytest

from service.actions import send_notice, take_mail, upkeep
from service.actions.queries import operating
from service.actions.queries.health import readiness
from service.api.metrics import Metrics
from service.domain.states import Actor
from service.engine import sweep
from service.engine.sequencer import number_events
from service.store.unit import Unit
from tests.api.house import PROFILE, House
from tests.api.test_health import beat
from tests.mailbox.server import mail_server

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
VALUE = r'"(?:[^"\\\n]|\\["\\n])*"'
SAMPLE: Final = re.compile(
    rf"({NAME})(?:\{{({NAME}={VALUE}(?:,{NAME}={VALUE})*)\}})? (-?[0-9.e+-]+|\+Inf)"
)
LARGE: Final = ("notices", "takedowns", "requests", "attempts", "events", "holds", "letters")


@pytest.fixture(autouse=True)
def _fresh(house: House) -> None:
    metrics(house).kept_s = 0


def metrics(house: House) -> Metrics:
    return cast("Metrics", house.app.state.metrics)


def parsed(page: str) -> dict[str, float]:
    """Every value by name and labels; each line is one that the format allows."""
    found: dict[str, float] = {}
    typed: set[str] = set()
    for line in page.splitlines():
        if line.startswith("# "):
            _, word, name, *_ = line.split(" ", 3)
            assert word in ("HELP", "TYPE")
            typed.add(name)
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        name = re.sub("_(bucket|sum|count)$", "", sample[1])
        assert {name, sample[1]} & typed, line
        key = line.rpartition(" ")[0]
        assert key not in found, line
        found[key] = float(sample[3])
    assert page.endswith("\n")
    return found


async def shown(house: House) -> dict[str, float]:
    reply = await house.get("/metrics", role=None)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(reply.text)


async def run(house: House, statement: str, **values: Any) -> None:
    async def work(u: Unit) -> None:
        await u.run(statement, **values)

    await house.store.run(work)


async def test_the_oldest_due_of_each_lane_and_kind(house: House) -> None:
    await house.set_up()
    case = await house.case()
    await house.takedown(case["id"])
    house.ahead = timedelta(minutes=10)

    found = await shown(house)

    lane = f'platform="example",organisation="{house.ours.id}"'
    assert 590 < found[f'efface_lane_lag_seconds{{{lane},kind="send"}}'] < 700
    assert 590 < found['efface_oldest_due_seconds{kind="send"}'] < 700
    assert found['efface_oldest_due_seconds{kind="poll"}'] == 0
    assert f'efface_lane_lag_seconds{{{lane},kind="poll"}}' not in found
    assert 590 < found["efface_sequencer_lag_seconds"] < 700
    await house.work()
    after = await shown(house)
    assert f'efface_lane_lag_seconds{{{lane},kind="send"}}' not in after
    assert (after["efface_sequencer_lag_seconds"], after["efface_events_unnumbered"]) == (0, 0)


async def test_what_is_resolved_in_vain_is_late_since_it_came(house: House) -> None:
    await house.takedown((await house.case())["id"], "https://example.com/short/1")
    house.ahead = timedelta(hours=5)
    in_vain = "UPDATE takedowns SET resolve_step = 9, resolve_at = :later"
    await run(house, in_vain, later=house.now() + timedelta(hours=6))

    found = await shown(house)

    lane = f'platform="example",organisation="{house.ours.id}"'
    assert 17_900 < found[f'efface_lane_lag_seconds{{{lane},kind="resolve"}}'] < 18_100
    assert 17_900 < found['efface_oldest_due_seconds{kind="resolve"}'] < 18_100


async def test_who_hosts_it_is_late_once_it_is_to_be_looked_up_anew(house: House) -> None:
    await house.takedown((await house.case())["id"])
    house.ahead = timedelta(hours=5)
    await run(house, "UPDATE takedowns SET resolve_at = :at", at=house.now() - timedelta(hours=1))

    assert 3_500 < (await shown(house))['efface_oldest_due_seconds{kind="resolve"}'] < 3_700


@pytest.mark.parametrize("priority", [0, 1, 2])
async def test_work_of_every_priority_counts(house: House, priority: int) -> None:
    case = await house.case(urgent=priority < 2, depicted_as="minor" if priority == 0 else "adult")
    await house.takedown(case["id"])
    house.ahead = timedelta(hours=1)

    async def work(u: Unit) -> Any:
        return (await u.run("SELECT DISTINCT priority FROM takedowns")).scalars().all()

    assert list(await house.store.read(work)) == [priority]
    assert (await shown(house))['efface_oldest_due_seconds{kind="look"}'] > 3500


async def test_lanes_that_are_shut_say_why_and_for_how_long(house: House) -> None:
    case = await house.case()
    await house.takedown(case["id"])
    at = house.now()
    await run(
        house,
        "UPDATE lanes SET closed_because = 'http_401', closed_at = :at, not_before = :later,"
        " down_since = :since WHERE id = :id",
        at=at,
        later=at + timedelta(minutes=20),
        since=at - timedelta(minutes=5),
        id=f"example/{house.ours.id}",
    )

    found = await shown(house)

    lane = f'platform="example",organisation="{house.ours.id}"'
    assert found[f'efface_lane_closed{{{lane},because="http_401"}}'] == 1
    assert 1100 < found[f"efface_lane_shut_seconds{{{lane}}}"] <= 1200
    assert 299 < found[f"efface_lane_down_seconds{{{lane}}}"] < 400


async def test_what_is_out_and_what_is_in_doubt(house: House) -> None:
    await house.set_up()
    case = await house.case()
    await house.takedown(case["id"])
    await house.takedown(case["id"], "https://form.example/1")
    await send_notice.start(house.ctx, f"example/{house.ours.id}", 50)
    out = await shown(house)

    house.ahead = timedelta(hours=6)
    await upkeep.expire_leases(house.ctx)
    doubt = await shown(house)
    house.ahead = timedelta(days=30)
    late = await shown(house)

    assert out['efface_calls_in_flight{platform="example"}'] == 1
    assert out['efface_notices{state="by_hand"}'] == 1
    assert 'efface_calls_in_flight{platform="example"}' not in doubt
    assert doubt['efface_notices{state="perhaps_sent"}'] == 1
    assert (doubt["efface_settle_lag_seconds"], late["efface_settle_lag_seconds"] > 0) == (0, True)


async def test_how_the_tries_of_the_last_hour_ended(house: House) -> None:
    await house.set_up()
    case = await house.case()
    await house.takedown(case["id"])
    await house.work()
    example = 'efface_attempts_last_hour{platform="example",outcome='

    accepted = await shown(house)
    after = []
    for state, reason in (("not_sent", "http_429"), ("not_sent", "x"), ("perhaps", None)):
        await run(
            house, "UPDATE attempts SET state = :state, reason = :why", state=state, why=reason
        )
        after.append([key for key in await shown(house) if key.startswith(example)])
    house.ahead = timedelta(minutes=61)

    assert accepted[f'{example}"accepted"}}'] == 1
    assert after == [[f'{example}"{word}"}}'] for word in ("throttled", "not_sent", "uncertain")]
    assert [key for key in await shown(house) if key.startswith(example)] == []


async def test_holds_takes_workers_and_sweeps(house: House) -> None:
    case = await house.case(consent=[])
    await house.takedown(case["id"])
    line = (await house.get("/todo")).json()["items"][0]["id"]
    await house.post(f"/todo/{line}/take")
    await beat(house, "host:1", redis=False)
    await sweep.sweep(house.ctx)
    house.ahead = timedelta(seconds=30)

    found = await shown(house)

    assert found['efface_holds{kind="consent"}'] == 1
    assert found["efface_todo_taken"] == 1
    assert 30 <= found['efface_worker_beat_age_seconds{worker="host:1"}'] < 90
    assert found['efface_worker_hears_redis{worker="host:1"}'] == 0
    assert 30 <= found["efface_sweep_age_seconds"] < 90
    assert found["efface_sweep_duration_seconds"] < 60
    assert found['efface_part_ok{part="database"}'] == 1
    assert found['efface_part_ok{part="workers"}'] == 0


AGE = "efface_mailbox_read_age_seconds"


async def test_how_long_ago_the_mailbox_was_read(house: House) -> None:
    every = timedelta(seconds=30)
    metrics(house).health = lambda: readiness(house.ctx, timedelta(seconds=5), None, every)
    async with mail_server() as server:
        never = await shown(house)
        await take_mail.look(house.ctx, server.with_password("wrong"))
        house.ahead = timedelta(minutes=1)
        not_yet = await shown(house)
        await take_mail.look(house.ctx, server.inbox)
        house.ahead = timedelta(minutes=11)
        await take_mail.look(house.ctx, server.with_password("wrong"))
        ago = await shown(house)
    metrics(house).health = house.readiness  # as where no mailbox is set any more

    unset = await shown(house)

    assert AGE not in never
    assert 60 <= not_yet[AGE] < 120
    assert 600 <= ago[AGE] < 660
    assert AGE not in unset


async def test_letters_that_wait_for_a_person_are_counted(house: House) -> None:
    before = await shown(house)
    await house.letter()

    after = await shown(house)

    assert before["efface_letters_waiting"] == 0
    assert after["efface_letters_waiting"] == 1


async def test_calls_are_counted_by_route_and_never_by_path(house: House) -> None:
    case = await house.case()
    for _ in range(3):
        await house.get(f"/cases/{case['id']}")
    await house.get("/cases/c4n4ry")
    await house.get("/c4n4ry?c4n4ry=c4n4ry")
    await house.call("C4N4RY", "/cases")

    page = (await house.get("/metrics", role=None)).text

    found = parsed(page)
    one = 'method="GET",route="/api/v1/cases/{case_id}"'
    assert found[f'efface_http_requests_total{{{one},status="200"}}'] == 3
    assert found[f"efface_http_request_duration_seconds_count{{{one}}}"] == 3
    assert found[f'efface_http_request_duration_seconds_bucket{{{one},le="+Inf"}}'] == 3
    assert found[f"efface_http_request_duration_seconds_sum{{{one}}}"] > 0
    bucket = f"efface_http_request_duration_seconds_bucket{{{one}"
    buckets = [v for k, v in found.items() if k.startswith(bucket)]
    assert buckets == sorted(buckets)
    assert found['efface_http_requests_total{method="GET",route="none",status="404"}'] == 2
    assert found["efface_http_requests_in_progress"] == 1
    assert [k for k in found if 'method="other"' in k]
    assert "c4n4ry" not in page.lower()


async def test_the_process_says_what_it_is(house: House) -> None:
    found = await shown(house)

    assert [k for k in found if k.startswith('efface_build_info{version="0.')]
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert found["process_cpu_seconds_total"] > 0


async def test_it_names_no_centre_and_no_address(house: House) -> None:
    await house.set_up("s3cret-token")
    case = await house.case("ref-4711")
    await house.takedown(case["id"])
    await house.work()

    page = (await house.get("/metrics", role=None)).text

    tokens = [t for centre in (house.ours, house.theirs) for t in centre.tokens.values()]
    for word in ("Ours", "Theirs", *PROFILE.values(), "example.com", "http://", "https://",
                 "ref-4711", "s3cret", case["id"], *tokens):  # fmt: skip
        assert word not in page, word


async def from_where(
    house: House, client: str, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    transport = httpx.ASGITransport(cast("Any", house.app), client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as caller:
        reply = await caller.get("/metrics", headers=headers)
    return reply.status_code, reply.text


@pytest.mark.parametrize(
    ("networks", "client", "status"),
    [
        (("127.0.0.0/8", "::1/128"), "127.0.0.1", 200),
        (("127.0.0.0/8", "::1/128"), "::1", 200),
        (("127.0.0.0/8", "::1/128"), "::ffff:127.0.0.1", 200),
        (("127.0.0.0/8", "::1/128"), "192.0.2.1", 403),
        (("127.0.0.0/8", "::1/128"), "2001:db8::1", 403),
        (("127.0.0.0/8", "::1/128"), "unknown", 403),
        (("192.0.2.0/24",), "192.0.2.1", 200),
        (("192.0.2.0/24",), "127.0.0.1", 403),
    ],
)
async def test_who_may_read_it_is_decided_by_where_they_are(
    house: House, networks: tuple[str, ...], client: str, status: int
) -> None:
    metrics(house).networks = networks

    found, page = await from_where(house, client)

    assert found == status
    assert ("efface_" in page) is (status == 200)
    if status == 403:
        assert json.loads(page)["code"] == "forbidden"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_what_a_proxy_hands_on_is_not_from_here(house: House, header: str) -> None:
    refused, _ = await from_where(house, "127.0.0.1", {header: "127.0.0.1"})
    metrics(house).believed = True  # the server has put the real address there

    believed, _ = await from_where(house, "127.0.0.1", {header: "127.0.0.1"})

    assert (refused, believed) == (403, 200)


@pytest.mark.parametrize("role", [Actor.ADMIN, Actor.SUPERVISOR])
async def test_no_key_of_a_centre_opens_it(house: House, role: Actor) -> None:
    key = {"Authorization": f"Bearer {house.ours.tokens[role]}"}

    status, _ = await from_where(house, "192.0.2.1", key)

    assert status == 403


async def test_figures_are_kept_for_a_moment(house: House) -> None:
    metrics(house).kept_s = 600
    first = await shown(house)
    await number_events(house.store)
    case = await house.case()
    await house.takedown(case["id"])
    house.ahead = timedelta(minutes=5)

    kept = await shown(house)
    metrics(house)._until = 0
    fresh = await shown(house)

    look = 'efface_oldest_due_seconds{kind="look"}'
    assert (first[look], kept[look], fresh[look] > 200) == (0, 0, True)
    route = 'method="GET",route="/metrics"'
    assert kept[f'efface_http_requests_total{{{route},status="200"}}'] == 1


async def test_without_a_database_the_rest_is_shown(house: House) -> None:
    await house.lose_database()

    found = await shown(house)

    assert found["efface_figures_read"] == 0
    assert found['efface_part_ok{part="database"}'] == 0
    assert 'efface_part_ok{part="workers"}' not in found
    assert found["process_resident_memory_bytes"] > 0


@pytest.mark.parametrize("name", operating.STATEMENTS)
async def test_no_statement_reads_a_large_table_from_end_to_end(house: House, name: str) -> None:
    statement = operating.STATEMENTS[name]
    values = {
        key: value
        for key, value in {"floor": UUID(int=0), "since": house.now(), "now": house.now()}.items()
        if f":{key}" in statement
    }

    async def work(u: Unit) -> str:
        await u.run("SET LOCAL enable_seqscan = off")
        rows = await u.run(f"EXPLAIN (FORMAT JSON) {statement}", **values)
        return json.dumps(rows.scalar_one())

    plan = await house.store.run(work)

    scanned = set(re.findall(r'"Node Type": "Seq Scan"[^}]*?"Relation Name": "(\w+)"', plan))
    assert not scanned & set(LARGE)
    bounded = "Limit" in plan or "Aggregate" in plan
    assert bounded or not [table for table in LARGE if f'"{table}"' in plan]
