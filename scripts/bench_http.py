"""Measures the hosted service: wrk, `tempo-mcp serve` and `tempo-mcp sandbox` side by side on this machine.

Prints each figure with its bound. A figure that misses its bound is marked, but does not fail the run. CPU time and
memory are read from /proc, so they are measured on Linux only.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from bench_lib import BINARY, Site, environment, machine, memory, show

SECONDS = 8
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
# Seeded worklogs, eight a day, repeat every 365 days back from yesterday. The sandbox's own data ends well before this day.
LAST_SEEDED_DAY = date.today() - timedelta(days=100)
PERIOD = {"startDate": (LAST_SEEDED_DAY - timedelta(days=4)).isoformat(), "endDate": LAST_SEEDED_DAY.isoformat()}
PARAMS = {"name": "retrieveWorklogs", "arguments": PERIOD}
RETRIEVE = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": PARAMS}


class Service:
    """`tempo-mcp serve` with tenants that are already signed up."""

    def __init__(self, site, tenants, folder, limits="off"):
        key = {"ENCRYPTION_KEY": "0123456789 for the bench, and nothing else"}
        allowed = {"ALLOWED_JIRA_HOSTS": site.environment["JIRA_BASE_URL"], "TEMPO_MCP_LOG": "warn"}
        name = f"{tenants}-{limits}"
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--rate-limit", limits, "--tenants", str(tenants)]
        command += ["--database", f"sqlite:{folder}/{name}.sqlite"]
        self.process = subprocess.Popen(
            command, env=environment(site.environment, key, allowed), stdout=subprocess.PIPE, text=True
        )
        urls = [self.process.stdout.readline().strip() for _ in range(tenants)]
        if not urls[-1]:
            sys.exit("the service exited before it printed its tenants' URLs")
        self.address = urls[0].split("/")[2]
        self.paths = ["/" + it.split("/", 3)[3] for it in urls]
        self.list = folder / f"{name}.paths"

    def once(self, paths, message):
        """Sends one request to each path, one after the other, over one connection; returns the last result."""
        connection = http.client.HTTPConnection(self.address)
        body, headers = json.dumps(message), {"content-type": "application/json"}
        for path in paths:
            connection.request("POST", path, body, headers)
            result = json.load(connection.getresponse())["result"]
            if result.get("isError"):
                sys.exit(result["content"][0]["text"])
        connection.close()
        return result

    def load(self, message, connections=16, seconds=SECONDS, paths=None):
        """What wrk counted, and the service's CPU time per request."""
        self.list.write_text("\n".join(paths or self.paths))
        given = {"BENCH_PATHS": str(self.list), "BENCH_BODY": json.dumps(message)}
        script = Path(__file__).with_name("bench.lua")
        command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", script, f"http://{self.address}"]
        before = self.processor_seconds()
        out = subprocess.run(command, env={**os.environ, **given}, stdout=subprocess.PIPE, text=True, check=True).stdout
        res = json.loads(out.strip().splitlines()[-1])
        if res["failed"]:
            print(f"  {res['failed']} of {res['requests']} requests failed")
        res["rate"] = res["requests"] / res["seconds"]
        spent = self.processor_seconds()
        res["cpu_ms"] = None if before is None else (spent - before) / res["requests"] * 1000
        return res

    def processor_seconds(self):
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return None
        fields = stat.read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        return memory(self.process.pid)


@contextmanager
def service(site, tenants, limits="off"):
    with tempfile.TemporaryDirectory() as folder:
        running = Service(site, tenants, Path(folder), limits)
        try:
            yield running
        finally:
            running.process.kill()
            running.process.wait()


def rates(site):
    print("1,000 tenants, limits off, 16 connections unless noted")
    with service(site, 1000) as it:
        it.once(it.paths, LIST)
        res = it.load(LIST)
        show("tools/list", res["rate"], 8000, "/s", "614", least=True)
        show("tools/list: CPU time", res["cpu_ms"], 0.1, "ms", "1.8")
        found = it.once(it.paths, RETRIEVE)["structuredContent"]
        count = sum(day["count"] for day in found["perPeriod"])
        if count != 40:
            sys.exit(f"the simulated site has {count} worklogs instead of 40")
        res = it.load(RETRIEVE)
        show("retrieveWorklogs, warm, vendors at 0 ms", res["rate"], 1500, "/s", "113", least=True)
        show("retrieveWorklogs: CPU time", res["cpu_ms"], 0.5, "ms", "8.2")
        site.control("POST", "settings", {"latency_ms": 50})
        res = it.load(RETRIEVE, connections=200)
        site.control("POST", "settings", {"latency_ms": 0})
        show("retrieveWorklogs, vendors at 50 ms, 200 connections: p99", res["p99_ms"], 150, "ms")
        print(f"  {'':<58} {res['rate']:>7.0f} /s       p50 {res['p50_ms']:.0f} ms")


def spread(site):
    print("By number of tenants")
    for tenants, limits in [(10, "off"), (1000, "off"), (10_000, "off"), (10_000, "on")]:
        with service(site, tenants, limits) as it:
            # A tenant's first call of a day writes to the disk, which is not measured here.
            it.once(it.paths, RETRIEVE)
            listed, retrieved = it.load(LIST, seconds=5), it.load(RETRIEVE, seconds=5)
            figures = f"tools/list {listed['rate']:>6.0f} /s, retrieveWorklogs {retrieved['rate']:>5.0f} /s"
            print(f"  {tenants:>6} tenants, limits {limits:<4} {figures}, {it.memory() or 0:.0f} MB", flush=True)


def footprint(site):
    print("10,000 tenants, one call each, then 100,000 calls of 100 of them")
    with service(site, 10_000) as it:
        it.once(it.paths, RETRIEVE)
        print(f"  {'after one call each':<58} {it.memory() or 0:>7.0f} MB")
        sizes = []
        for half in range(2):
            count = 0
            while count < 50_000:
                count += it.load(RETRIEVE, paths=it.paths[:100])["requests"]
            sizes.append(it.memory())
        if None in sizes:
            return show("resident memory at the end", None, 64, "MB")
        show("resident memory at the end", sizes[1], 64, "MB", "504")
        show("growth over the second half", sizes[1] - sizes[0], 1, "MB")


def main():
    if not shutil.which("wrk"):
        print("skipped: needs wrk (apt-get install wrk)")
        return
    print(f"{machine()}; in brackets the TypeScript Worker in workerd")
    site = Site()
    try:
        # Ten issues, eight worklogs a day.
        site.start_over(worklogs=365 * 8, issues=10, logs_requests=False)
        rates(site)
        spread(site)
        footprint(site)
    finally:
        site.end()


if __name__ == "__main__":
    main()
