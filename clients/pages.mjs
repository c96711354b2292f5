// The pages in Chromium: once without JavaScript, because they must work without it, and once with it, for accessibility
// (axe-core), screenshots (under target/check/screenshots) and the copy button.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { chromium } from "playwright-core";
import { check, server, start, vendors } from "./lib.mjs";
import { look } from "./looks.mjs";

const screenshots = process.env.TEMPO_MCP_SCREENSHOTS;
assert(screenshots, "TEMPO_MCP_SCREENSHOTS must name a folder");
const patience = 10_000; // ms to wait for a page before the check fails
const wrongTempo = "a-wrong-tempo-token-5a1c";
const wrongJira = "a-wrong-jira-token-7e3f";

/** Starts the service with these vendors and a database file that a check can read. */
async function service(variables, folder) {
  const { TEMPO_BASE_URL, ATLASSIAN_API_URL, JIRA_BASE_URL, TEMPO_MCP_PACING } = variables;
  Object.assign(process.env, { TEMPO_BASE_URL, ATLASSIAN_API_URL, TEMPO_MCP_PACING, ALLOWED_JIRA_HOSTS: JIRA_BASE_URL });
  const database = `${folder}/pages.sqlite`;
  const args = ["serve", "--listen", "127.0.0.1:0", "--rate-limit", "off", "--database", `sqlite:${database}`];
  return { database, ...(await start("pages", server, args)) };
}

/** Counts tenants and writes in the database file. */
function rows(database) {
  const file = new DatabaseSync(database, { readOnly: true });
  try {
    const count = (table) => file.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get().n;
    return { tenants: count("tenants"), writes: count("writes") };
  } finally {
    file.close();
  }
}

/** Calls a tool through a personal URL; returns the HTTP status and, if there is one, the result. */
async function call(address, name, args) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } }),
  });
  const { result } = await response.json();
  return { status: response.status, result };
}

async function assertWorks(address) {
  const { status, result } = await call(address, "searchIssues", { text: "login" });
  assert.equal(status, 200);
  assert(!result.isError, JSON.stringify(result));
}

async function assertGone(address) {
  assert.equal((await call(address, "searchIssues", { text: "login" })).status, 404);
}

/** The error text next to a field. */
async function faultOf(page, label) {
  const field = page.getByLabel(label, { exact: true });
  assert.equal(await field.getAttribute("aria-invalid"), "true", `${label} is marked as invalid`);
  const ids = ((await field.getAttribute("aria-describedby")) ?? "").split(/\s+/);
  const fault = ids.find((id) => id.endsWith("-fault"));
  assert(fault, `${label} refers to its error`);
  return page.locator(`#${fault}`).textContent();
}

class Visitor {
  constructor(context, base, scripts, right) {
    Object.assign(this, { context, base, scripts, right });
    this.trouble = [];
  }

  async begin() {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(patience);
    this.page.on("pageerror", (error) => this.trouble.push(String(error)));
    this.page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) this.trouble.push(message.text());
    });
    this.page.on("request", (request) => {
      if (!request.url().startsWith(this.base)) this.trouble.push(`request to another host: ${request.url()}`);
    });
  }

  async check(name, run) {
    await check(`pages ${this.scripts ? "with" : "without"} JavaScript: ${name}`, run);
  }

  field(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  async press(name) {
    await this.page.getByRole("button", { name }).click();
  }

  async address() {
    const shown = this.page.getByRole("textbox", { name: /personal address/ });
    return shown.inputValue();
  }

  async fill(tokens) {
    await this.page.goto(`${this.base}/setup`);
    await this.field("Jira site").fill(this.right.site);
    await this.field(/^E-mail address/).fill(this.right.email);
    await this.field("Jira API token").fill(tokens.jira ?? this.right.jira);
    await this.field("Tempo API token").fill(tokens.tempo ?? this.right.tempo);
  }

  async signUp(tokens = {}) {
    await this.fill(tokens);
    await this.press(/set up/i);
  }

  async open(address) {
    await this.page.goto(`${this.base}/manage`);
    await this.field("Your personal address").fill(address);
    await this.press("Open");
  }

  /** Takes screenshots and checks overflow and accessibility in every look. */
  async look(name) {
    if (!this.scripts) return;
    await look(this.page, screenshots, name, (what, run) => this.check(what, run));
  }
}

async function refuses(visitor, what, tokens, label, vendor) {
  await visitor.check(`setup with a wrong ${what} token names the token and the reason`, async () => {
    await visitor.signUp(tokens);
    assert.match(await faultOf(visitor.page, label), vendor);
    const html = await visitor.page.content();
    for (const token of [wrongTempo, wrongJira, visitor.right.tempo, visitor.right.jira]) {
      assert(!html.includes(token), "no token is sent back");
    }
    const other = what === "Tempo" ? "Jira API token" : "Tempo API token";
    assert.notEqual(await visitor.field(other).getAttribute("aria-invalid"), "true", "the other token is not marked");
    assert.equal(await visitor.field("Jira site").inputValue(), visitor.right.site, "fields that are not secret keep their value");
  });
}

/** Tab reaches every field and button in order, with a visible focus; Enter in the last field submits the form. */
async function byKeyboard(visitor) {
  const { page } = visitor;
  await page.goto(`${visitor.base}/setup`);
  const focused = () =>
    page.evaluate(() => {
      const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
      const visible = outlineStyle !== "none" || boxShadow !== "none";
      return { name: document.activeElement.name || document.activeElement.textContent.trim(), visible };
    });
  const values = {
    jiraBaseUrl: visitor.right.site,
    jiraEmail: visitor.right.email,
    jiraApiToken: visitor.right.jira,
    tempoApiToken: visitor.right.tempo,
  };
  const order = [];
  for (let i = 0; i < 30 && order.at(-1) !== "submit"; i += 1) {
    await page.keyboard.press("Tab");
    const { name, visible } = await focused();
    if (values[name]) await page.keyboard.type(values[name]);
    if (values[name] || /set up/i.test(name)) {
      assert(visible, `the focus on ${name} can be seen`);
      order.push(values[name] ? name : "submit");
    }
  }
  assert.deepEqual([...order].sort(), [...Object.keys(values), "submit"].sort());
  const inPage = await page.locator("form input:not([type=hidden])").evaluateAll((all) => all.map((it) => it.name));
  assert.deepEqual(order.slice(0, -1), inPage.filter((name) => values[name]), "the order of the page");
  await page.keyboard.press("Shift+Tab");
  while (!values[(await focused()).name]) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${visitor.base}/setup`);
  return visitor.address();
}

async function labelled(visitor) {
  for (const path of ["/setup", "/manage"]) {
    await visitor.page.goto(visitor.base + path);
    const fields = visitor.page.locator("input:not([type=hidden]), select, textarea");
    const bare = await fields.evaluateAll((all) => all.filter((it) => !it.labels?.length).map((it) => it.name));
    assert.deepEqual(bare, [], `fields without a label on ${path}`);
  }
}

async function signsUp(visitor) {
  let address;
  await refuses(visitor, "Tempo", { tempo: wrongTempo }, "Tempo API token", /Tempo/);
  await visitor.look("setup-wrong-tempo");
  await refuses(visitor, "Jira", { jira: wrongJira }, "Jira API token", /Jira|Atlassian/);
  await visitor.look("setup-wrong-jira");
  await visitor.check("setup with the right tokens shows a URL that works", async () => {
    await visitor.signUp();
    address = await visitor.address();
    assert(address.startsWith(`${visitor.base}/mcp/u_`), address.slice(0, 40));
    await assertWorks(address);
  });
  return address;
}

async function instructs(visitor, address) {
  const { page } = visitor;
  await visitor.check("the instructions for every client contain the URL", async () => {
    const href = async (name) => decodeURIComponent(await page.locator("a", { hasText: name }).getAttribute("href"));
    const cursor = new URL(await href("Add to Cursor")).searchParams.get("config");
    assert.equal(JSON.parse(Buffer.from(cursor, "base64").toString()).url, address);
    assert((await href("Add to VS Code")).includes(address));
    const commands = await page.locator("pre").allTextContents();
    assert(commands.length >= 3 && commands.every((it) => it.includes(address)), commands.join("\n"));
  });
  if (!visitor.scripts) return;
  const unfold = (all) => all.forEach((it) => Object.assign(it, { name: "", open: true }));
  await page.locator("details").evaluateAll(unfold);
  await visitor.look("created-unfolded");
}

async function copies(visitor, address) {
  const button = visitor.page.getByRole("button", { name: "Copy" }).first();
  if (!visitor.scripts) {
    await visitor.check("there is no copy button that would do nothing", async () => assert(!(await button.isVisible())));
    return;
  }
  await visitor.check("the copy button copies the URL", async () => {
    await button.click();
    await visitor.page.waitForFunction((text) => navigator.clipboard.readText().then((it) => it === text), address);
  });
}

async function replacesTokens(visitor, address) {
  const open = async (jira) => {
    await visitor.open(address);
    await visitor.page.getByText("A token expired, or needs other scopes").click();
    await visitor.field("New Jira API token").fill(jira);
    await visitor.press("Check and replace");
  };
  await visitor.check("a wrong token is not stored", async () => {
    await open(wrongJira);
    assert.match(await faultOf(visitor.page, "New Jira API token"), /Jira|Atlassian/);
    assert(!(await visitor.page.content()).includes(wrongJira), "it is not sent back");
    await assertWorks(address);
  });
  await visitor.look("manage-wrong-token");
  await visitor.check("a new token of the same account replaces the stored one", async () => {
    await open(visitor.right.jira);
    await visitor.page.getByText("The new tokens are in use.").waitFor();
    await assertWorks(address);
  });
}

async function revokesOlder(visitor, older) {
  await visitor.check("a second setup offers to revoke the first URL", async () => {
    await visitor.signUp();
    const address = await visitor.address();
    await visitor.look("created-with-older");
    await visitor.press(/^Revoke/);
    await assertGone(older);
    await assertWorks(address);
    await visitor.open(address);
    await visitor.press(/^Delete everything/);
    await visitor.press("Delete everything now");
    await assertGone(address);
  });
}

async function manages(visitor, address, database) {
  await visitor.check("an unknown URL is reported", async () => {
    await visitor.open(`${visitor.base}/mcp/u_0123456789012345678901`);
    assert(await faultOf(visitor.page, "Your personal address"));
  });
  await visitor.look("manage-unknown");
  await visitor.check("writes are listed without descriptions", async () => {
    const day = new Date().toISOString().slice(0, 10);
    const entry = { issueKey: "WEB-12", date: day, timeSpent: "15m", description: "A secret of the diary" };
    assert(!(await call(address, "createWorklog", entry)).result.isError);
    await visitor.open(address);
    const text = await visitor.page.locator("main").textContent();
    assert.match(text, /create/);
    assert(!text.includes(entry.description));
  });
  await visitor.look("managed");
  await replacesTokens(visitor, address);
  let next;
  await visitor.check("a replaced URL works, and the old one is 404", async () => {
    await visitor.open(address);
    await visitor.press(/^(Get a new address|Replace it by a new one)$/);
    next = await visitor.address();
    assert.notEqual(next, address);
    await assertGone(address);
    await assertWorks(next);
  });
  await visitor.look("rotated");
  const before = rows(database);
  await visitor.check("deleting asks for confirmation", async () => {
    await visitor.open(next);
    await visitor.press(/^Delete everything/);
    await assertWorks(next);
  });
  await visitor.look("delete");
  await visitor.check("a deleted URL is 404, and its rows are gone from the file", async () => {
    await visitor.press("Delete everything now");
    await assertGone(next);
    assert(before.tenants > 0 && before.writes > 0);
    const after = rows(database);
    assert.deepEqual([after.tenants, after.writes < before.writes], [before.tenants - 1, true]);
  });
  await visitor.look("deleted");
}

async function visit(browser, base, scripts, right, database) {
  const context = await browser.newContext({ javaScriptEnabled: scripts });
  if (scripts) await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: base });
  const visitor = new Visitor(context, base, scripts, right);
  await visitor.begin();
  await visitor.check("the start page leads to the setup", async () => {
    await visitor.page.goto(`${base}/`);
    await visitor.look("index");
    await visitor.page.getByRole("link", { name: "Set it up" }).click();
    assert.match(await visitor.page.title(), /Set up/);
  });
  await visitor.look("setup");
  await visitor.page.goto(`${base}/manage`);
  await visitor.look("manage");
  await visitor.check("every field has a label", () => labelled(visitor));
  const address = await signsUp(visitor);
  await visitor.look("created");
  await copies(visitor, address);
  await instructs(visitor, address);
  await manages(visitor, address, database);
  let typed;
  await visitor.check("the form works with the keyboard alone", async () => {
    typed = await byKeyboard(visitor);
    await assertWorks(typed);
  });
  await revokesOlder(visitor, typed);
  await visitor.check("no script or style is blocked, and no other host is contacted", () =>
    assert.deepEqual(visitor.trouble, []));
  await context.close();
}

const folder = mkdtempSync(`${tmpdir()}/tempo-mcp-pages-`);
rmSync(screenshots, { recursive: true, force: true });
mkdirSync(screenshots, { recursive: true });
const site = await vendors();
const { url, database, stop } = await service(site.variables, folder);
const right = {
  site: site.variables.JIRA_BASE_URL,
  email: site.variables.JIRA_EMAIL,
  jira: site.variables.JIRA_API_TOKEN,
  tempo: site.variables.TEMPO_API_TOKEN,
};
// Chromium's own sandbox does not work for root.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.TEMPO_MCP_CHROMIUM, args });
try {
  const base = new URL(url).origin;
  await visit(browser, base, false, right, database);
  await visit(browser, base, true, right, database);
} finally {
  await browser.close();
  await check("pages: the service exits cleanly", async () => assert.deepEqual(await stop(), [0, null]));
  site.stop();
  rmSync(folder, { recursive: true, force: true });
}
