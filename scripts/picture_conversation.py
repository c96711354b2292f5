"""The picture of a conversation: what is asked, the tool calls, and the text that the server returned, as SVG."""

import json
import os
import subprocess
import textwrap
from xml.sax.saxutils import escape

today = "2026-03-18"

# What the user says, the calls that an assistant makes of it, and how many lines of each result are shown.
conversation = [
    (
        "I worked on the login bug today, from one until half past two.",
        [
            ("searchIssues", {"text": "login bug"}, 2),
            (
                "createWorklog",
                {"issueKey": "WEB-12", "date": today, "startTime": "13:00", "endTime": "14:30"},
                1,
            ),
        ],
    ),
    (
        "What is missing, last week and this week?",
        [("getMissingWorklogDays", {"startDate": "2026-03-09", "endDate": today}, 4)],
    ),
    (
        "Log the rest of those days on the guest checkout.",
        [
            (
                "bulkCreateWorklogs",
                {
                    "worklogEntries": [
                        {"issueKey": "WEB-1", "date": "2026-03-10", "timeSpent": "8h"},
                        {"issueKey": "WEB-1", "date": "2026-03-12", "timeSpent": "2h"},
                        {"issueKey": "WEB-1", "date": "2026-03-16", "timeSpent": "2h30m"},
                    ]
                },
                1,
            ),
        ],
    ),
]

palettes = {
    "light": {
        "ground": "#ffffff",
        "edge": "#d7dde5",
        "card": "#f6f8fb",
        "bubble": "#1d56c9",
        "bubble_ink": "#ffffff",
        "ink": "#1d2530",
        "soft": "#5b6778",
        "tool": "#1d56c9",
        "done": "#1a7f4b",
    },
    "dark": {
        "ground": "#11161d",
        "edge": "#2b3441",
        "card": "#1a212b",
        "bubble": "#2a62d6",
        "bubble_ink": "#ffffff",
        "ink": "#e4e9f0",
        "soft": "#98a5b6",
        "tool": "#8ab4ff",
        "done": "#5fcf94",
    },
}

width = 840
margin = 32
card_width = 690
columns = 82  # of a card, in characters
prose = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Inter, Roboto, 'Helvetica Neue', Arial, sans-serif"
mono = "ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"


class Session:
    """One server, spoken to over pipes as a client does; the simulated data lives as long as it does."""

    def __init__(self, program):
        environment = {**os.environ, "TEMPO_MCP_LOG": "error"}
        command = [program, "--sandbox", "--today", today, "stdio"]
        self.server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )
        self.last = 0
        client = {"name": "pictures", "version": "0"}
        self.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.server.stdin.write(json.dumps(message) + "\n")
        self.server.stdin.flush()

    def request(self, method, params):
        self.last += 1
        self.send({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        for line in self.server.stdout:
            message = json.loads(line)
            if message.get("id") == self.last:
                return message["result"]
        raise SystemExit("the server ended before it answered")

    def call(self, tool, arguments):
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        text = result["content"][0]["text"]
        if result.get("isError"):
            raise SystemExit(f"{tool}: {text}")
        return text

    def end(self):
        self.server.stdin.close()
        self.server.wait()


def shown_arguments(arguments):
    """As the demo prints them: `text: "login bug"`; of a list, how long it is."""

    def value(it):
        return f"[{len(it)} entries]" if isinstance(it, list) else json.dumps(it, ensure_ascii=False)

    return ", ".join(f"{name}: {value(it)}" for name, it in arguments.items())


def cut(line):
    """One row of a list: what does not fit is left out from the last sign that parts its facts."""
    if len(line) <= columns:
        return line
    line = line[: columns - 2]
    ends = [line.rfind(sign) for sign in (" — ", "; ", ", ")]
    end = max(ends) if max(ends) > 0 else line.rfind(" ")
    return line[:end] + " …"


def shown_result(text, count):
    """The first lines of a result: prose wraps, a list has one row a line."""
    rows = []
    for line in text.splitlines()[:count]:
        rows += [cut(line)] if line.startswith("- ") else textwrap.wrap(line, columns)
    return rows


def text_width(text, size):
    """Near enough for any sans-serif font: bubbles have padding to spare."""

    def em(it):
        if it in "iljtfr.,:;'!|()[]I ":
            return 0.31
        return 0.86 if it in "mwMW" else 0.69 if it.isupper() else 0.56

    return sum(em(it) for it in text) * size


class Drawing:
    """SVG from top to bottom; `y` is where the next thing begins."""

    def __init__(self, palette):
        self.palette = palette
        self.parts = []
        self.y = margin

    def rectangle(self, x, y, w, h, r, fill, stroke=None):
        line = f' stroke="{stroke}"' if stroke else ""
        self.parts.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}"{line}/>')

    def bubble(self, text):
        w, h = round(text_width(text, 15)) + 40, 42
        x = width - margin - w
        self.rectangle(x, self.y, w, h, 18, self.palette["bubble"])
        self.parts.append(
            f'<text class="prose" x="{x + w / 2}" y="{self.y + 26.5}" text-anchor="middle" '
            f'fill="{self.palette["bubble_ink"]}">{escape(text)}</text>'
        )
        self.y += h + 16

    def card(self, tool, arguments, rows):
        """One call: its name and arguments, a line, and the rows of its result."""
        palette, x = self.palette, margin
        head = textwrap.wrap(f"({arguments})", columns - 3 - len(tool)) or [""]
        if len(head) > 1:
            head = textwrap.wrap(f"({arguments})", columns - 3, initial_indent=" " * len(tool), subsequent_indent="  ")
            head[0] = head[0].strip()
        h = 20 + 19 * len(head) + 13 + 19 * len(rows) + 7
        self.rectangle(x, self.y, card_width, h, 12, palette["card"], palette["edge"])
        y = self.y + 27
        for i, part in enumerate(head):
            name = f'<tspan fill="{palette["tool"]}" font-weight="600">{tool}</tspan>' if i == 0 else ""
            tick = f'<tspan fill="{palette["done"]}">✓ </tspan>' if i == 0 else "  "
            self.row(x + 18, y, f"{tick}{name}{escape(part)}", palette["soft"])
            y += 19
        self.parts.append(
            f'<path d="M{x + 18} {y - 6.5}H{x + card_width - 18}" stroke="{palette["edge"]}" fill="none"/>'
        )
        for part in rows:
            y += 19
            self.row(x + 18, y - 4, escape(part), palette["ink"])
        self.y += h + 14

    def row(self, x, y, content, fill):
        self.parts.append(f'<text class="mono" xml:space="preserve" x="{x}" y="{y}" fill="{fill}">{content}</text>')

    def finish(self, title):
        height = self.y - 14 + margin
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img">\n<title>{escape(title)}</title>\n'
            f"<style>.prose {{ font: 15px {prose} }} .mono {{ font: 13px {mono}; white-space: pre }}</style>\n"
            f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="16" '
            f'fill="{self.palette["ground"]}" stroke="{self.palette["edge"]}"/>\n'
        )
        return head + "\n".join(self.parts) + "\n</svg>\n"


def talk(program):
    session = Session(program)
    res = [
        (said, [(tool, shown_arguments(args), shown_result(session.call(tool, args), n)) for tool, args, n in calls])
        for said, calls in conversation
    ]
    session.end()
    return res


def draw(talked, palette):
    drawing = Drawing(palette)
    for i, (said, calls) in enumerate(talked):
        drawing.y += 10 if i else 0
        drawing.bubble(said)
        for call in calls:
            drawing.card(*call)
    return drawing.finish("A conversation: what the user says, the tools that the assistant calls, and their results")


def make(program, folder):
    talked = talk(program)
    for name, palette in palettes.items():
        path = folder / f"conversation-{name}.svg"
        path.write_text(draw(talked, palette), encoding="utf-8")
        yield path
