"""What the benchmarks share: the simulated site, processes, and the line printed for each figure."""

import json
import os
import platform
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

BINARY = sys.argv[1]


class Site:
    """`tempo-mcp sandbox`, and its control API."""

    def __init__(self):
        command = [BINARY, "sandbox", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.environment = {}
        while not {"TEMPO_BASE_URL", "JIRA_API_TOKEN", "ATLASSIAN_API_URL"} <= self.environment.keys():
            line = self.process.stdout.readline()
            if not line:
                sys.exit("the sandbox exited before it printed its variables")
            if found := re.match(r"\s*(?:export )?([A-Z_]+)=['\"]?(.*?)['\"]?\s*$", line):
                self.environment[found[1]] = found[2]

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.environment['TEMPO_BASE_URL']}/__sandbox/{path}"
        request = urllib.request.Request(url, data=data, method=method, headers={"content-type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def start_over(self, worklogs=0, issues=0, **settings):
        self.control("POST", "reset", {})
        if worklogs:
            self.control("POST", "seed", {"worklogs": worklogs, "issues": issues})
        if settings:
            self.control("POST", "settings", settings)
        self.control("DELETE", "requests")

    def requests(self):
        """The number of requests since the last call of this function."""
        count = len(self.control("GET", "requests"))
        self.control("DELETE", "requests")
        return count

    def end(self):
        self.process.terminate()
        self.process.wait()


def environment(*more):
    """This process's environment, without variables that the server reads, plus `more`."""
    res = {k: v for k, v in os.environ.items() if not re.match("TEMPO_|JIRA_|ATLASSIAN_|ENCRYPTION_|ALLOWED_", k)}
    for it in more:
        res.update(it)
    return res


def memory(pid, line="VmRSS"):
    """VmRSS or VmHWM in MB; None where there is no /proc."""
    status = Path(f"/proc/{pid}/status")
    found = status.exists() and re.search(rf"^{line}:\s*(\d+) kB", status.read_text(), re.M)
    return int(found[1]) / 1024 if found else None


def show(figure, measured, bound, unit, before="", least=False):
    """Prints one line; `before` is the TypeScript server's figure on the same kind of machine."""
    if measured is None:
        print(f"  {figure:<58} not measured on this system", flush=True)
        return
    value = f"{measured:.2f}" if isinstance(measured, float) and measured < 10 else f"{measured:.0f}"
    verdict = "ok" if (measured >= bound if least else measured <= bound) else "MISSED"
    limit = "at least" if least else "at most"
    before = f"   [{before}]" if before else ""
    print(f"  {figure:<58} {value:>7} {unit:<8} {limit} {bound:<5} {verdict:<7}{before}", flush=True)


def machine():
    info = Path("/proc/cpuinfo")
    model = info.exists() and re.search(r"model name\s*: (.*)", info.read_text())
    name = model[1] if model else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
