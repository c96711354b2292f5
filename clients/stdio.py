"""The bare protocol on stdin and stdout: only protocol lines, odd input, clean exits. Standard library only."""

import json
import os
import signal
import subprocess
import threading
from contextlib import contextmanager

from story import SERVER, STORY, TOOL_NAMES, check, check_result, fill, finish, keep, opening

PATIENCE = 60  # seconds until a server that does not respond is killed
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "tempo-mcp-check", "version": "0.0.0"},
}
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": INITIALIZE["clientInfo"],
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Server:
    """The server as a child process, written to and read line by line."""

    def __init__(self, *args, newline="\n"):
        env = {**os.environ, "TEMPO_MCP_LOG": "trace"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([SERVER, "--sandbox", *args], env=env, stdin=pipe, stdout=pipe, stderr=pipe)
        self.newline = newline
        self.last_id = 0
        self.log = b""
        # A full pipe would block a server that logs a lot.
        self.log_reader = threading.Thread(target=self._read_log, daemon=True)
        self.log_reader.start()
        self.watchdog = threading.Timer(PATIENCE, self.process.kill)
        self.watchdog.start()

    def _read_log(self):
        self.log = self.process.stderr.read()

    def send_line(self, line):
        self.process.stdin.write((line + self.newline).encode())
        self.process.stdin.flush()

    def notify(self, method):
        self.send_line(json.dumps({"jsonrpc": "2.0", "method": method}))

    def request(self, method, params=None):
        """Returns the whole response, result or error; skips notifications that come before it."""
        self.last_id += 1
        message = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params or {}}
        self.send_line(json.dumps(message, ensure_ascii=False))
        while True:
            answer = self.read()
            if answer.get("id") == self.last_id:
                return answer

    def read(self):
        line = self.process.stdout.readline()
        assert line, "the server closed stdout"
        return protocol_line(line)

    def initialize(self):
        answer = self.request("initialize", INITIALIZE)
        assert answer["result"]["serverInfo"]["name"] == "tempo-mcp", answer
        self.notify("notifications/initialized")

    def close_input(self):
        """Closes the input; the rest of stdout must be protocol, too. Returns the exit code."""
        self.process.stdin.close()
        return self.wait()

    def wait(self):
        for line in self.process.stdout:
            protocol_line(line)
        code = self.process.wait()
        self.log_reader.join()
        return code


def protocol_line(line):
    message = json.loads(line)
    assert message.get("jsonrpc") == "2.0", f"not a protocol line: {line!r}"
    return message


@contextmanager
def server(*args, **options):
    running = Server(*args, **options)
    try:
        yield running
    finally:
        running.process.kill()
        running.watchdog.cancel()
        running.process.wait()


def play(running, meta):
    known = opening()
    for step in STORY:
        params = {"name": step["tool"], "arguments": fill(step["arguments"], known), **meta}
        result = running.request("tools/call", params)["result"]
        structured = result.get("structuredContent")
        text = "\n".join(block.get("text", "") for block in result["content"])
        check_result(step, result.get("isError", False), text, structured)
        keep(step, structured, known)


for newline, ending in [("\n", "LF"), ("\r\n", "CRLF")]:
    with check(f"stdio legacy {ending}: only protocol lines at log level trace"), server("stdio", newline=newline) as it:
        it.initialize()
        names = [tool["name"] for tool in it.request("tools/list")["result"]["tools"]]
        assert names == TOOL_NAMES, names
        play(it, {})
        assert it.close_input() == 0
        assert it.log, "nothing was logged to stderr"
        assert b"sandbox-tempo-token" not in it.log and b"sandbox-jira-token" not in it.log, "a token is in the log"
        assert b"Pairing on the" not in it.log, "a description is in the log"

with check("stdio modern: only protocol lines at log level trace"), server("stdio") as it:
    discovered = it.request("server/discover", {"_meta": MODERN})["result"]
    assert "2026-07-28" in discovered["supportedVersions"], discovered
    play(it, {"_meta": MODERN})
    assert it.close_input() == 0

with check("stdio: garbage lines do no harm"), server() as it:
    it.initialize()
    for garbage in ["garbage", "{", "[]", "null", '{"jsonrpc":"2.0"}', "\u0000", ""]:
        it.send_line(garbage)
    assert len(it.request("tools/list")["result"]["tools"]) == len(TOOL_NAMES)
    assert it.close_input() == 0

with check("stdio: garbage before initialize does no harm"), server() as it:
    it.send_line("garbage")
    it.initialize()
    assert it.close_input() == 0

with check("stdio: a request before initialize gets an error"), server() as it:
    answer = it.request("tools/list")
    assert "error" in answer, answer
    it.initialize()
    assert len(it.request("tools/list")["result"]["tools"]) == len(TOOL_NAMES)
    assert it.close_input() == 0

with check("stdio: input that ends immediately is a clean exit"), server() as it:
    code = it.close_input()
    assert code == 0, f"exit code {code}"

for number in [signal.SIGTERM, signal.SIGINT]:
    with check(f"stdio: {number.name} is a clean exit"), server() as it:
        it.initialize()
        it.process.send_signal(number)
        code = it.wait()
        assert code == 0, f"exit code {code}"

finish()
