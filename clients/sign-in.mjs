// Signing in to Jira with a browser: the stdio server, the simulated login, and Chromium as the person.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { check, server, vendors } from "./lib.mjs";
import { look } from "./looks.mjs";

const screenshots = process.env.TEMPO_MCP_SCREENSHOTS;
assert(screenshots, "TEMPO_MCP_SCREENSHOTS must name a folder");
const patience = 10_000; // ms to wait for a page before the check fails

/** A server on stdio that opens no browser; it reports the sign-in URL as progress. */
class Session {
  constructor(variables, home) {
    const { JIRA_EMAIL, JIRA_API_TOKEN, ...rest } = variables;
    const env = {
      ...process.env,
      ...rest,
      HOME: home,
      USERPROFILE: home,
      BROWSER: "none",
      JIRA_AUTH_TYPE: "oauth",
      JIRA_OAUTH_CLIENT_ID: "sandbox-client-id",
      JIRA_OAUTH_CLIENT_SECRET: "sandbox-client-secret",
      JIRA_OAUTH_CALLBACK_PORT: "0",
    };
    this.child = spawn(server, ["stdio"], { env, stdio: ["pipe", "pipe", "ignore"] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.last = 0;
  }

  send(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  async until(fits) {
    for (;;) {
      const { value, done } = await this.lines.next();
      assert(!done, "the server closed its output");
      const message = JSON.parse(value);
      if (fits(message)) return message;
    }
  }

  async initialize() {
    const clientInfo = { name: "sign-in", version: "0" };
    this.send({ id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } });
    await this.until(({ id }) => id === 0);
    this.send({ method: "notifications/initialized" });
  }

  ask() {
    this.last += 1;
    const params = { name: "searchIssues", arguments: { text: "login" }, _meta: { progressToken: this.last } };
    this.send({ id: this.last, method: "tools/call", params });
  }

  async address() {
    const isProgress = ({ method, params }) => method === "notifications/progress" && /https?:/.test(params.message);
    return /https?:\S+/.exec((await this.until(isProgress)).params.message)[0];
  }

  async answer() {
    return (await this.until(({ id }) => id === this.last)).result;
  }

  end() {
    this.child.stdin.end();
  }
}

function found(result) {
  assert(!result.isError, JSON.stringify(result));
  assert.equal(result.structuredContent.issues[0].issueKey, "WEB-12");
}

async function refreshes(base) {
  const requests = await (await fetch(`${base}/__sandbox/requests`)).json();
  return requests.filter(({ body }) => body?.grant_type === "refresh_token").length;
}

async function play(page, session, base, home) {
  const shows = (title) => page.getByRole("heading", { name: title }).waitFor({ timeout: patience });
  const name = (it) => `sign-in: ${it}`;
  session.ask();
  let address = await session.address();
  const callback = new URL(new URL(address).searchParams.get("redirect_uri"));
  await check(name("an unrelated request and a wrong state change nothing"), async () => {
    assert.equal((await page.goto(`${callback.origin}/favicon.ico`)).status(), 404);
    assert.equal((await page.goto(`${callback}?code=x&state=another`)).status(), 400);
    await shows("This is another sign-in");
  });
  await look(page, screenshots, "sign-in-another", check);
  await check(name("denying is reported in the browser and in the result"), async () => {
    await page.goto(address);
    await page.getByRole("button", { name: "Deny" }).click();
    await shows("You are not signed in");
    const { isError, content } = await session.answer();
    assert(isError && /refused in the browser/.test(content[0].text), content[0].text);
  });
  await look(page, screenshots, "sign-in-denied", check);
  await check(name("the next call asks again, and succeeds once the person accepts"), async () => {
    session.ask();
    address = await session.address();
    await page.goto(address);
    await page.getByRole("button", { name: "Accept" }).click();
    await shows("You are signed in");
    found(await session.answer());
  });
  await look(page, screenshots, "sign-in-done", check);
  await check(name("a token that is revoked early is refreshed once"), async () => {
    await fetch(`${base}/__sandbox/revoke-access-tokens`, { method: "POST" });
    session.ask();
    found(await session.answer());
    assert.equal(await refreshes(base), 1);
  });
  await check(name("only the owner can read the token file"), () => {
    const file = `${home}/.tempo-mcp-server/tokens.json`;
    assert.equal(Object.keys(JSON.parse(readFileSync(file, "utf8"))).length, 1);
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  });
}

const home = mkdtempSync(`${tmpdir()}/tempo-mcp-sign-in-`);
mkdirSync(screenshots, { recursive: true });
const site = await vendors();
const session = new Session(site.variables, home);
// Chromium's own sandbox does not work for root.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.TEMPO_MCP_CHROMIUM, args });
try {
  await session.initialize();
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  const trouble = [];
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) trouble.push(message.text());
  });
  await play(page, session, site.variables.TEMPO_BASE_URL, home);
  await check("sign-in: no style is blocked", () => assert.deepEqual(trouble, []));
} finally {
  await browser.close();
  session.end();
  site.stop();
  rmSync(home, { recursive: true, force: true });
}
