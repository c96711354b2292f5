"""What the Python clients share: how to start a server, the story, and how to report a check. lib.mjs is its twin."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

SERVER = os.environ["TEMPO_MCP_BIN"]
# The endpoint of a running service to test; without it, the clients start servers themselves.
ENDPOINT = os.environ.get("TEMPO_MCP_ENDPOINT")
STORY = json.loads(Path(__file__).with_name("story.json").read_text(encoding="utf-8"))
LONGEST_REASON = 1500  # characters; a client may quote a whole schema
TOOL_NAMES = sorted({step["tool"] for step in STORY})

_failed = False


@contextmanager
def check(name):
    """Prints one line per check; `./check` counts them."""
    global _failed
    try:
        yield
    except Exception as error:
        _failed = True
        print(f"not ok {name}: {type(error).__name__}: {error}"[:LONGEST_REASON])
    else:
        print(f"ok {name}")
    sys.stdout.flush()


def finish():
    sys.exit(1 if _failed else 0)


@contextmanager
def service(name):
    """Runs the hosted service with its own simulated vendors; yields its tenant's URL."""
    if ENDPOINT:
        yield ENDPOINT
        return
    command = [SERVER, "serve", "--sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            with check(f"{name}: the service exits cleanly"):
                printed, _ = process.communicate()
                assert not printed, f"it prints more than the URL: {printed}"
                assert process.returncode == 0, f"exit code {process.returncode}"


def opening():
    """The names that the first step of the story can refer to."""
    # The day of the sandbox's main user, where the caller knows it.
    given = os.environ.get("TEMPO_MCP_TODAY")
    today = date.fromisoformat(given) if given else date.today()
    return {"today": today.isoformat(), "monthAgo": (today - timedelta(days=30)).isoformat()}


def fill(value, known):
    """Replaces every "$name" in the arguments with what an earlier step kept."""
    if isinstance(value, str) and value.startswith("$"):
        return known[value[1:]]
    if isinstance(value, list):
        return [fill(item, known) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, known) for key, item in value.items()}
    return value


def keep(step, structured, known):
    for name, pointer in step.get("keep", {}).items():
        found = structured
        for key in pointer[1:].split("/"):
            found = found[int(key) if isinstance(found, list) else key]
        known[name] = found


def check_result(step, is_error, text, structured):
    assert text.strip(), "the result has no text"
    if "refused" in step:
        assert is_error, f"not rejected: {text}"
        assert step["refused"] in text, f"the error does not name the value: {text}"
    else:
        assert not is_error, text
        assert isinstance(structured, dict), "the result has no structured content"
