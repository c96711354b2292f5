"""The picture of a page: what the hosted service shows after setup, in Chromium, with example data."""

import http.cookiejar
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import png_palette

width = 760
height = 2000  # more than the page needs; what is empty is cut off
scale = 1.5
# Shown instead of the real URL, which was good for a service that is gone by then.
public = "https://tempo.example.com"
example = "u_EXAMPLEexampleEXAMPLE0"


def start(command, environment, ready):
    """The process, and its lines of standard output up to the one that `ready` accepts."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if ready(line):
            return process, lines
    sys.exit(f"{' '.join(command)} ended before it was ready")


def vendors(program):
    """The simulated vendors, and the variables that lead to them."""
    process, lines = start([program, "sandbox"], os.environ, lambda line: "TEMPO_MCP_PACING" in line)
    return process, dict(re.sub("^(export|set) ", "", line).split("=", 1) for line in lines)


def set_up(base, variables):
    """Fills in the form as a browser does: the page that answers, and the style that it names."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def load(path, data=None):
        with opener.open(base + path, data) as response:
            return response.read().decode()

    form = load("/setup")
    fields = {
        "token": re.search('name="token" value="(.*?)"', form)[1],
        "jiraBaseUrl": variables["JIRA_BASE_URL"],
        "jiraEmail": variables["JIRA_EMAIL"],
        "jiraApiToken": variables["JIRA_API_TOKEN"],
        "tempoApiToken": variables["TEMPO_API_TOKEN"],
    }
    page = load("/setup", urllib.parse.urlencode(fields).encode())
    page = re.sub("u_[A-Za-z0-9_-]{22}", example, page.replace(base, public))
    if f"{public}/mcp/{example}" not in page:
        sys.exit("setup was refused")
    return page, load


def page_of_service(program, folder):
    """The page after setup, and the files beside it, for a browser that comes later."""
    site, variables = vendors(program)
    environment = {**os.environ, **variables, "ALLOWED_JIRA_HOSTS": variables["JIRA_BASE_URL"]}
    command = [program, "serve", "--listen", "127.0.0.1:0", "--database", f"sqlite:{folder}/tenants.sqlite"]
    service, [base] = start(command, environment, lambda line: line.startswith("http"))
    try:
        page, load = set_up(base, variables)
        paths = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|svg|js)[^"]*)"', page))
        # The machine that takes the picture has the fonts of a server; Inter looks like most people's system font.
        return {"/": page, **{path: load(path).replace("system-ui", "Inter, system-ui") for path in paths}}
    finally:
        for process in (service, site):
            process.terminate()
            process.wait()


def serve(files):
    """Serves the files on loopback, which a browser needs for absolute paths."""
    kinds = {".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            text = files.get(self.path)
            self.send_response(200 if text is not None else 404)
            kind = kinds.get(Path(urllib.parse.urlsplit(self.path).path).suffix, "text/html; charset=utf-8")
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write((text or "").encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def screenshot(url, look, path):
    names = ("TEMPO_MCP_CHROMIUM", "chromium", "chromium-browser", "google-chrome")
    found = filter(None, (shutil.which(os.environ.get(name, name)) for name in names))
    chromium = next(found, None) or sys.exit("the picture of a page needs Chromium")
    scheme = {"dark": 0, "light": 1}[look]
    command = [
        chromium,
        "--headless=new",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--force-device-scale-factor={scale}",
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--window-size={width},{height}",
        f"--screenshot={path}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        url,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make(program, folder):
    with tempfile.TemporaryDirectory() as work:
        server = serve(page_of_service(program, work))
        for look in ("light", "dark"):
            shot = Path(work) / f"{look}.png"
            screenshot(f"http://127.0.0.1:{server.server_port}/", look, shot)
            path = folder / f"page-{look}.png"
            path.write_bytes(png_palette.reduced(shot.read_bytes(), margin=50))
            yield path
        server.shutdown()
