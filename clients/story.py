"""What the Python clients share: where the server is, the story, and how a check is reported (see lib.mjs, its twin)."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

SERVER = os.environ["TEMPO_MCP_BIN"]
# A running service's endpoint to test, in place of servers of our own.
ENDPOINT = os.environ.get("TEMPO_MCP_ENDPOINT")
STORY = json.loads(Path(__file__).with_name("story.json").read_text(encoding="utf-8"))
LONGEST_REASON = 1500  # characters; a client may quote a whole schema
TOOL_NAMES = sorted({step["tool"] for step in STORY})

_failed = False


@contextmanager
def check(name):
    """One line per check, as `./check` counts them."""
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
    """The hosted service on a simulation of its own; gives its tenant's URL."""
    if ENDPOINT:
        yield ENDPOINT
        return
    command = [SERVER, "serve", "--sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            with check(f"{name}: the service ends cleanly"):
                printed, _ = process.communicate()
                assert not printed, f"the URL is not all that it prints: {printed}"
                assert process.returncode == 0, f"exit code {process.returncode}"


def opening():
    """What the story's first step may refer to."""
    today = date.today()
    return {"today": today.isoformat(), "monthAgo": (today - timedelta(days=30)).isoformat()}


def fill(value, known):
    """The arguments with every "$name" replaced by what an earlier step kept."""
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
    assert text.strip(), "the answer has no text"
    if "refused" in step:
        assert is_error, f"not refused: {text}"
        assert step["refused"] in text, f"the refusal does not name the value: {text}"
    else:
        assert not is_error, text
        assert isinstance(structured, dict), "the answer has no structured content"
