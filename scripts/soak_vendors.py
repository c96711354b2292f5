"""Lets the simulated vendors hang and fail while many people call the hosted service.

Prints each figure with its bound, and fails the run if one is missed: how long calls take, whether other people notice,
and whether every worklog that was stored was reported. Takes about five minutes.
"""

import asyncio
import json
import statistics
import sys
import time
import urllib.request
from concurrent.futures import ProcessPoolExecutor
from datetime import date

from bench_http import LIST, RETRIEVE, service
from bench_lib import Site, show

CALLERS = 500
OTHERS = 16
WRITERS = 50
HANGS_FOR = 100
FAULT_FOR = 8
TODAY = date.today().isoformat()
missed = []


def check(figure, measured, bound, unit, least=False):
    show(figure, measured, bound, unit, least=least)
    if measured < bound if least else measured > bound:
        missed.append(figure)


async def post(address, path, message):
    """The status, the body, and the seconds that the request took, over a connection of its own."""
    body = json.dumps(message).encode()
    started = time.perf_counter()
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nconnection: close\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    response = await reader.read()
    writer.close()
    head, _, body = response.partition(b"\r\n\r\n")
    return int(head.split()[1]), body, time.perf_counter() - started


async def listing(address, paths, until):
    """The seconds of each tools/list, one after the other, and how many failed."""
    seconds, failures = [], 0
    while time.time() < until:
        for path in paths:
            status, _, took = await post(address, path, LIST)
            seconds.append(took)
            failures += status != 200
            await asyncio.sleep(0.02)
    return seconds, failures


def list_tools(address, paths, until):
    return asyncio.run(listing(address, paths, until))


async def others_list(address, paths, until):
    """People who only list tools, in a process of their own, so that this one's work is not measured."""
    with ProcessPoolExecutor(1) as pool:
        seconds, failures = await asyncio.get_running_loop().run_in_executor(pool, list_tools, address, paths, until)
    p99 = statistics.quantiles(seconds, n=100)[98] * 1000
    check(f"others' tools/list, {len(seconds)} requests: p99", p99, 50, "ms")
    check("… that failed", failures, 0, "")


async def hanging(site, running):
    print(f"Tempo does not respond to {CALLERS} callers for {HANGS_FOR} s")
    callers, others = running.paths[:CALLERS], running.paths[CALLERS:]
    site.control("POST", "faults", [{"path": "/4/worklogs/search", "effect": {"type": "hang"}}])
    until = time.time() + HANGS_FOR
    longest, counts = 0, {}

    async def caller(path):
        nonlocal longest
        while time.time() < until:
            status, body, seconds = await post(running.address, path, RETRIEVE)
            longest = max(longest, seconds)
            text = json.loads(body)["result"]["content"][0]["text"] if status == 200 else f"status {status}"
            words = text.split(".")[0]
            counts[words] = counts.get(words, 0) + 1
            await asyncio.sleep(1)

    await asyncio.gather(others_list(running.address, others, until), *map(caller, callers))
    check("longest call that reads", longest, 46, "s")
    for words, count in sorted(counts.items(), key=lambda it: -it[1]):
        print(f"    {count:>6} × {words}")
    site.control("POST", "faults", [])
    await asyncio.sleep(16)
    well = await asyncio.gather(*(post(running.address, it, RETRIEVE) for it in callers[:100]))
    wrong = sum(json.loads(body)["result"].get("isError", False) for _, body, _ in well)
    check("calls that fail 16 s after Tempo responds again", wrong, 0, "of 100")


FAULTS = [
    {"type": "status", "status": 503},
    {"type": "status", "status": 429, "retry_after": 1},
    {"type": "reset_before"},
    {"type": "reset_after"},
    {"type": "status_after", "status": 502},
    {"type": "refuse"},
    {"type": "cut_json"},
    {"type": "html200"},
    {"type": "latency", "ms": 4000},
    {"type": "hang"},
    {"type": "hang_after"},
    {"type": "status", "status": 429, "retry_after": 999999999999},
]


def entry(worker, number):
    arguments = {"issueKey": f"BULK-{worker % 10 + 1}", "date": TODAY, "timeSpent": "1m"}
    arguments["description"] = f"soak {worker} {number}"
    params = {"name": "createWorklog", "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def faults(site, running):
    print(f"{WRITERS} people write while every third request to Tempo fails, in {len(FAULTS)} ways of {FAULT_FOR} s each")
    writers, others = running.paths[:WRITERS], running.paths[WRITERS : WRITERS + OTHERS]
    counts = {"created": 0, "not known": 0, "not created": 0}
    longest, over = 0, False
    before = worklogs(site)

    async def writer(worker, path):
        nonlocal longest
        number = 0
        while not over:
            number += 1
            status, body, seconds = await post(running.address, path, entry(worker, number))
            longest = max(longest, seconds)
            result = json.loads(body).get("result", {}) if status == 200 else {"isError": True}
            text = result["content"][0]["text"] if "content" in result else ""
            unknown = "is not known" in text or "before you try again" in text
            outcome = "created" if not result.get("isError") else "not known" if unknown else "not created"
            counts[outcome] += 1
            await asyncio.sleep(0.2)

    async def director():
        nonlocal over
        for effect in FAULTS:
            fault = {"path": "/4/worklogs", "effect": effect, "times": 1}
            until = time.perf_counter() + FAULT_FOR
            while time.perf_counter() < until:
                await asyncio.to_thread(site.control, "POST", "faults", [{**fault, "skip": 2}])
                await asyncio.sleep(0.1)
            await asyncio.to_thread(site.control, "POST", "faults", [])
        over = True

    until = time.time() + FAULT_FOR * len(FAULTS)
    work = [writer(i, it) for i, it in enumerate(writers)]
    await asyncio.gather(director(), others_list(running.address, others, until), *work)
    check("longest call that writes", longest, 56, "s")
    print(f"    {counts}")
    written = worklogs(site) - before
    check("worklogs stored and reported as not created", written - counts["created"] - counts["not known"], 0, "")
    check("worklogs reported as created and not stored", counts["created"] - written, 0, "")


def worklogs(site):
    """The number of worklogs of today on the site, as Tempo tells it."""
    token = site.environment["TEMPO_API_TOKEN"]
    count, offset = 0, 0
    while True:
        url = f"{site.environment['TEMPO_BASE_URL']}/4/worklogs?from={TODAY}&to={TODAY}&limit=5000&offset={offset}"
        request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as response:
            page = json.load(response)
        count += sum(it["description"].startswith("soak ") for it in page["results"])
        if not page["metadata"].get("next"):
            return count
        offset += 5000


def main():
    site = Site()
    try:
        site.start_over(worklogs=365 * 8, issues=10, logs_requests=False, max_seconds_per_day=None)
        with service(site, CALLERS + 100) as running:
            running.once(running.paths, RETRIEVE)
            asyncio.run(hanging(site, running))
        with service(site, WRITERS + OTHERS) as running:
            running.once(running.paths, RETRIEVE)
            asyncio.run(faults(site, running))
    finally:
        site.end()
    if missed:
        sys.exit(f"missed: {'; '.join(missed)}")


main()
