"""Measures a local server against the simulated vendors, which run in another process on loopback.

Prints each figure with its bound. A figure that misses its bound is marked, but does not fail the run. Uses the standard
library only. Memory and CPU time are read from /proc, so they are measured on Linux only.
"""

import json
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from bench_lib import BINARY, Site, environment, machine, memory, show

QUIET = {"TEMPO_MCP_PACING": "off", "TEMPO_MCP_LOG": "error"}
SPAWNS = 41
TODAY = date.today()
# Seeded worklogs repeat every 365 days back from yesterday. The sandbox's own data ends well before this day.
LAST_SEEDED_DAY = TODAY - timedelta(days=100)


class Server:
    """The server on stdio, seen from a client."""

    def __init__(self, variables):
        pipe = subprocess.PIPE
        self.last_id = 0
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [BINARY, "stdio"], env=environment(QUIET, variables), stdin=pipe, stdout=pipe
        )
        client = {"name": "bench", "version": "0"}
        self.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client})
        self.ready_after = time.perf_counter() - self.started
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def request(self, method, params):
        self.last_id += 1
        self.send({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})
        while line := self.process.stdout.readline():
            response = json.loads(line)
            if response.get("id") == self.last_id:
                return response["result"]
        sys.exit(f"the server exited during {method}")

    def call(self, tool, **arguments):
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            sys.exit(f"{tool}: {result['content'][0]['text']}")
        return result["structuredContent"]

    def timed(self, tool, **arguments):
        start = time.perf_counter()
        self.call(tool, **arguments)
        return time.perf_counter() - start

    def memory(self, line):
        return memory(self.process.pid, line)

    def processor_seconds(self):
        """CPU time of the threads that are alive."""
        threads = [stat.read_text().split() for stat in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")]
        return sum(int(fields[0]) for fields in threads) / 1e9 if threads else None


@contextmanager
def server(variables):
    running = Server(variables)
    try:
        yield running
    finally:
        running.process.stdin.close()
        running.process.wait()


def start(site):
    print("Start")
    times, sizes = [], []
    for _ in range(SPAWNS):
        with server(site.environment) as it:
            times.append(it.ready_after * 1000)
            sizes.append(it.memory("VmRSS"))
    show(f"spawn to the response to initialize, median of {SPAWNS}", statistics.median(times), 20, "ms", "270-620")
    show("resident memory at that point", None if None in sizes else statistics.median(sizes), 10, "MB", "85")


def span(days):
    first = LAST_SEEDED_DAY - timedelta(days=days - 1)
    return {"startDate": first.isoformat(), "endDate": LAST_SEEDED_DAY.isoformat()}


def volume(site):
    print("50,000 worklogs over 200 issues")
    bounds = {1000: (60, "251"), 5000: (14, "")}
    for page, (bound, before) in bounds.items():
        # 200 a day, so 250 days have 50,000.
        site.start_over(worklogs=365 * 200, issues=200, page_limit=page)
        for tool in ["retrieveWorklogs", "getWorklogAnalytics"]:
            with server(site.environment) as it:
                seconds = it.timed(tool, **span(250))
                show(f"{tool}, {page} a page: requests", site.requests(), bound, "", before)
                show(f"{tool}, {page} a page: peak memory", it.memory("VmHWM"), 32, "MB", "315")
                show(f"{tool}, {page} a page: CPU time", it.processor_seconds(), 0.3, "s", "0.9")
                print(f"  {'':<58} {seconds:>7.2f} s        until the client has the result")


def linearity(site):
    print("CPU time from 1,000 to 50,000 worklogs (1,000 a page)")
    site.start_over(worklogs=365 * 200, issues=200, page_limit=1000)
    each = {}
    for days in [5, 25, 50, 125, 250]:
        with server(site.environment) as it:
            it.call("getWorklogAnalytics", **span(1))
            before, calls = it.processor_seconds(), max(3, 250 // days)
            for _ in range(calls):
                it.call("getWorklogAnalytics", **span(days))
            if before is None:
                return show("a worklog among 50,000, relative to one among 1,000", None, 1, "")
            each[days * 200] = (it.processor_seconds() - before) / calls / (days * 200) * 1e6
        print(f"  {days * 200:>6} worklogs: {each[days * 200]:>4.2f} µs each")
    show("a worklog among 50,000, relative to one among 1,000", each[50_000] / each[1_000], 1.25, "times")


def cold_and_warm(site, name, bounds, call, before="", variables=None):
    with server({**site.environment, **(variables or {})}) as it:
        site.requests()
        for state, bound in zip(["cold", "warm"], bounds):
            call(it)
            show(f"{name}: {state}", site.requests(), bound, "", before)


def requests(site):
    print("Requests in one process")
    site.start_over(worklogs=365 * 8, issues=10)
    cold_and_warm(site, "retrieve 40 worklogs of 10 issues", (3, 1), lambda it: it.call("retrieveWorklogs", **span(5)), "12, 12")
    entry = {"issueKey": "WEB-12", "date": TODAY.isoformat(), "timeSpent": "15m"}
    cold_and_warm(site, "create", (3, 1), lambda it: it.call("createWorklog", **entry), "3, 3")
    account = {"JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID": "10039"}
    cold_and_warm(site, "create with the account field", (5, 1), lambda it: it.call("createWorklog", **entry), "", account)
    month = {"startDate": (TODAY - timedelta(days=30)).isoformat(), "endDate": TODAY.isoformat()}
    cold_and_warm(site, "missing days of a month", (4, 2), lambda it: it.call("getMissingWorklogDays", **month), "14, 14")
    with server(site.environment) as it:
        created = it.call("createWorklog", **entry)
        site.requests()
        identity = worklog_id(created)
        it.call("editWorklog", worklogId=identity, timeSpent="30m")
        show("edit, issue key already known", site.requests(), 2, "", "2")
        it.call("deleteWorklog", worklogId=identity)
        show("delete, issue key already known", site.requests(), 2, "", "2")


def worklog_id(result):
    """The first worklogId anywhere in structured content."""
    if isinstance(result, dict):
        if "worklogId" in result:
            return result["worklogId"]
        result = list(result.values())
    if isinstance(result, list):
        return next((found for item in result if (found := worklog_id(item)) is not None), None)
    return None


def latency(site):
    print("With 50 ms per request")
    site.start_over(worklogs=20, issues=20, latency_ms=50)
    entry = {"issueKey": "WEB-12", "date": TODAY.isoformat(), "timeSpent": "15m"}
    with server(site.environment) as it:
        it.call("createWorklog", **entry)
        warm = statistics.median(it.timed("createWorklog", **entry) for _ in range(9))
        show("create, warm, median of 9", warm * 1000, 70, "ms", "162")
    entries = [
        {
            "issueKey": f"BULK-{number % 20 + 1}",
            "date": (TODAY - timedelta(days=number % 10 + 1)).isoformat(),
            "timeSpent": "15m",
            "description": f"Worklog {number}",
        }
        for number in range(100)
    ]
    with server(site.environment) as it:
        seconds = it.timed("bulkCreateWorklogs", worklogEntries=entries)
        show("bulk call of 100 worklogs on 20 issues, cold", seconds, 0.5, "s", "2.2")


def main():
    print(f"{machine()}; in brackets the TypeScript server on the same kind of machine")
    site = Site()
    try:
        start(site)
        volume(site)
        linearity(site)
        requests(site)
        latency(site)
    finally:
        site.end()


main()
