"""mcp-fuzzer over HTTP and stdio, with a fixed seed: no crash, and nothing is accepted that the schemas forbid.

The fuzzer reports every successful response to odd input, so this script decides which of its findings count.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from jsonschema import Draft202012Validator

from story import SERVER, check, finish, service

SEED = "7"
# Methods that may succeed. The arguments of calls are covered by the fuzzing of tools.
OFFERED = {"initialize", "ping", "tools/list", "tools/call"}
INTERNAL_ERROR = "-32603"


def schemas():
    listed = subprocess.run([SERVER, "tools", "--json"], capture_output=True, check=True, text=True).stdout
    return {tool["name"]: Draft202012Validator(tool["inputSchema"]) for tool in json.loads(listed)["tools"]}


def fuzz(protocol, endpoint):
    """Returns what the fuzzer printed, its findings, and the outcomes by tool."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mcp_fuzzer", "--protocol", protocol, "--endpoint", endpoint, "--seed", SEED]
        command += ["--mode", "all", "--phase", "both", "--protocol-phase", "aggressive", "--runs", "3"]
        command += ["--runs-per-type", "4", "--timeout", "1", "--no-network", "--no-corpus", "--fail-if-no-tools"]
        command += ["--log-level", "ERROR", "--fs-root", f"{folder}/files", "--output-dir", folder]
        # Python orders sets differently in each process unless the hash seed is fixed.
        env = {**os.environ, "HOME": folder, "PYTHONHASHSEED": "0"}
        run = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env)
        printed = run.stdout + run.stderr
        assert run.returncode == 0, printed[-1000:]
        findings = json.loads(Path(folder, "findings.json").read_text(encoding="utf-8"))["findings"]
        (results,) = Path(folder, "sessions").glob("*/*_fuzzing_results.json")
        return printed, findings, json.loads(results.read_text(encoding="utf-8"))["data"]["tools_tested"]


def is_json(value):
    """Python writes NaN and Infinity, which are not JSON. On stdio such a line gets no response."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def is_acceptable(finding, tools):
    if finding["category"] == "injection_reflection":
        # An error quotes the rejected value on purpose.
        return True
    if finding["category"] != "accepted_malformed" or not isinstance(finding["evidence"].get("input"), dict):
        return False
    given = finding["evidence"]["input"]
    if finding["kind"] == "tool":
        return tools[finding["target"]].is_valid(given)
    if given.get("method") == "tools/list":
        return "cursor" not in given.get("params", {})
    # A notification has no response, so it cannot be rejected.
    return given.get("method") in OFFERED or "id" not in given


def exercise(name, protocol, endpoint, tools):
    with check(f"{name}: it runs"):
        printed, findings, tested = fuzz(protocol, endpoint)
        with check(f"{name}: every tool was called"):
            assert {it["name"] for it in tested} == set(tools), tested
        with check(f"{name}: no crash and no internal error"):
            assert all(it["outcomes"]["crashed"] == it["outcomes"]["anomaly"] == 0 for it in tested), tested
            assert INTERNAL_ERROR not in printed, "a response was an internal error"
            unanswered = [why for it in tested for why in it["exception_details"] if is_json(why["arguments"])]
            assert not unanswered, unanswered
        with check(f"{name}: nothing malformed is accepted"):
            wrong = [finding for finding in findings if not is_acceptable(finding, tools)]
            assert not wrong, json.dumps(wrong)


tools = schemas()
exercise("fuzzer over stdio", "stdio", f"{SERVER} --sandbox stdio", tools)
with service("fuzzer over HTTP") as url:
    exercise("fuzzer over HTTP", "streamablehttp", url, tools)
finish()
