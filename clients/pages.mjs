// The pages in Chromium: once without JavaScript, as everybody must be able to use them, and once with it, to look at
// them (axe-core, screenshots under target/check/screenshots) and to try the copy button.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { chromium } from "playwright-core";
import { check, server, start, vendors } from "./lib.mjs";
import { look } from "./looks.mjs";

const screenshots = process.env.TEMPO_MCP_SCREENSHOTS;
assert(screenshots, "TEMPO_MCP_SCREENSHOTS must name a folder");
const patience = 10_000; // ms until a page that does not come is a failure
const wrongTempo = "a-wrong-tempo-token-5a1c";
const wrongJira = "a-wrong-jira-token-7e3f";

/** The service on those vendors, with a database file that can be looked into. */
async function service(variables, folder) {
  const { TEMPO_BASE_URL, ATLASSIAN_API_URL, JIRA_BASE_URL, TEMPO_MCP_PACING } = variables;
  Object.assign(process.env, { TEMPO_BASE_URL, ATLASSIAN_API_URL, TEMPO_MCP_PACING, ALLOWED_JIRA_HOSTS: JIRA_BASE_URL });
  const database = `${folder}/pages.sqlite`;
  const args = ["serve", "--listen", "127.0.0.1:0", "--rate-limit", "off", "--database", `sqlite:${database}`];
  return { database, ...(await start("pages", server, args)) };
}

/** How many rows the tables hold for tenants, read from the file as anybody could. */
function rows(database) {
  const file = new DatabaseSync(database, { readOnly: true });
  try {
    const count = (table) => file.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get().n;
    return { tenants: count("tenants"), writes: count("writes") };
  } finally {
    file.close();
  }
}

/** A tool call through a personal URL: the status, and the result where there is one. */
async function call(url, name, args) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } }),
  });
  const { result } = await response.json();
  return { status: response.status, result };
}

async function assertWorks(url) {
  const { status, result } = await call(url, "searchIssues", { text: "login" });
  assert.equal(status, 200);
  assert(!result.isError, JSON.stringify(result));
}

async function assertGone(url) {
  assert.equal((await call(url, "searchIssues", { text: "login" })).status, 404);
}

/** The error that is shown at a field. */
async function errorOf(page, label) {
  const field = page.getByLabel(label, { exact: true });
  assert.equal(await field.getAttribute("aria-invalid"), "true", `${label} is marked`);
  const ids = ((await field.getAttribute("aria-describedby")) ?? "").split(/\s+/);
  const error = ids.find((id) => id.endsWith("-error"));
  assert(error, `${label} is tied to its error`);
  return page.locator(`#${error}`).textContent();
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
      if (!request.url().startsWith(this.base)) this.trouble.push(`asked elsewhere: ${request.url()}`);
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

  /** What is on the clipboard. Our pages may not read it, so a response without their policy does. */
  async pasted() {
    const page = await this.context.newPage();
    await page.goto(`${this.base}/healthz`);
    await page.bringToFront();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    await page.close();
    return text;
  }

  async personalUrl() {
    const shown = this.page.getByRole("textbox", { name: /personal URL/ });
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
    await this.press("Create URL");
  }

  async open(url) {
    await this.page.goto(`${this.base}/manage`);
    await this.field("Your personal URL").fill(url);
    await this.press("Open");
  }

  /** In every look: nothing stands over the edge, axe-core has no serious complaint, and a picture of it. */
  async look(name) {
    if (!this.scripts) return;
    await look(this.page, screenshots, name, (what, run) => this.check(what, run));
  }
}

async function refuses(visitor, what, tokens, label, vendor) {
  await visitor.check(`setup with a wrong ${what} token says which one and why`, async () => {
    await visitor.signUp(tokens);
    assert.match(await errorOf(visitor.page, label), vendor);
    const html = await visitor.page.content();
    for (const token of [wrongTempo, wrongJira, visitor.right.tempo, visitor.right.jira]) {
      assert(!html.includes(token), "no token comes back");
    }
    const other = what === "Tempo" ? "Jira API token" : "Tempo API token";
    assert.notEqual(await visitor.field(other).getAttribute("aria-invalid"), "true", "the other one is not blamed");
    assert.equal(await visitor.field("Jira site").inputValue(), visitor.right.site, "what is no secret stays");
  });
}

/** Every field and button of the form is reached by Tab, in order, visibly; Enter in the last field sends it. */
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
    if (values[name] || name === "Create URL") {
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
  return visitor.personalUrl();
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
  let url;
  await refuses(visitor, "Tempo", { tempo: wrongTempo }, "Tempo API token", /Tempo/);
  await visitor.look("setup-wrong-tempo");
  await refuses(visitor, "Jira", { jira: wrongJira }, "Jira API token", /Jira|Atlassian/);
  await visitor.look("setup-wrong-jira");
  await visitor.check("setup with valid tokens shows a URL that works", async () => {
    await visitor.signUp();
    url = await visitor.personalUrl();
    assert(url.startsWith(`${visitor.base}/mcp/u_`), url.slice(0, 40));
    await assertWorks(url);
  });
  return url;
}

async function instructs(visitor, url) {
  const { page } = visitor;
  await visitor.check("the instructions for every client contain the URL", async () => {
    const href = async (name) => decodeURIComponent(await page.locator("a", { hasText: name }).getAttribute("href"));
    const cursor = new URL(await href("Add to Cursor")).searchParams.get("config");
    assert.equal(JSON.parse(Buffer.from(cursor, "base64").toString()).url, url);
    assert((await href("Add to VS Code")).includes(url));
    const commands = await page.locator("pre").allTextContents();
    assert(commands.length >= 3 && commands.every((it) => it.includes(url)), commands.join("\n"));
  });
  if (!visitor.scripts) return;
  const unfold = (all) => all.forEach((it) => Object.assign(it, { name: "", open: true }));
  await page.locator("details").evaluateAll(unfold);
  await visitor.look("created-unfolded");
}

async function copies(visitor, url) {
  const button = visitor.page.getByRole("button", { name: "Copy" }).first();
  if (!visitor.scripts) {
    await visitor.check("there is no copy button that does nothing", async () => assert(!(await button.isVisible())));
    return;
  }
  await visitor.check("the copy button copies the URL", async () => {
    await button.click();
    await visitor.page.getByRole("button", { name: "Copied" }).first().waitFor();
    assert.equal(await visitor.pasted(), url);
  });
}

async function replacesTokens(visitor, url) {
  const open = async (jira) => {
    await visitor.open(url);
    await visitor.page.getByText("A token expired or needs other scopes").click();
    await visitor.field("New Jira API token").fill(jira);
    await visitor.press("Replace tokens");
  };
  await visitor.check("a wrong token replaces nothing", async () => {
    await open(wrongJira);
    assert.match(await errorOf(visitor.page, "New Jira API token"), /Jira|Atlassian/);
    assert(!(await visitor.page.content()).includes(wrongJira), "it does not come back");
    await assertWorks(url);
  });
  await visitor.look("manage-wrong-token");
  await visitor.check("another token of the same account replaces the stored one", async () => {
    await open(visitor.right.jira);
    await visitor.page.getByText("The new tokens are in use.").waitFor();
    await assertWorks(url);
  });
}

async function revokesPrevious(visitor, older) {
  await visitor.check("a second setup offers to revoke the previous URL", async () => {
    await visitor.signUp();
    const url = await visitor.personalUrl();
    await visitor.look("created-with-previous");
    await visitor.press(/^Revoke/);
    await assertGone(older);
    await assertWorks(url);
    await visitor.open(url);
    await visitor.press(/^Delete account/);
    await visitor.press("Delete account now");
    await assertGone(url);
  });
}

async function manages(visitor, url, database) {
  await visitor.check("an unknown URL is reported", async () => {
    await visitor.open(`${visitor.base}/mcp/u_0123456789012345678901`);
    assert(await errorOf(visitor.page, "Your personal URL"));
  });
  await visitor.look("manage-unknown");
  await visitor.check("the writes are listed, without their texts", async () => {
    const day = new Date().toISOString().slice(0, 10);
    const entry = { issueKey: "WEB-12", date: day, timeSpent: "15m", description: "A secret of the diary" };
    assert(!(await call(url, "createWorklog", entry)).result.isError);
    await visitor.open(url);
    const text = await visitor.page.locator("main").textContent();
    assert.match(text, /create/);
    assert(!text.includes(entry.description));
    const events = await visitor.page.locator("#events").textContent();
    assert(/opened/.test(events) && /sign-up/.test(events) && events.includes("127.0.0.1"), events);
  });
  await visitor.look("managed");
  await replacesTokens(visitor, url);
  let next;
  await visitor.check("a new URL works, and the old one is 404", async () => {
    await visitor.open(url);
    await visitor.press("Replace URL");
    next = await visitor.personalUrl();
    assert.notEqual(next, url);
    await assertGone(url);
    await assertWorks(next);
  });
  await visitor.look("rotated");
  const before = rows(database);
  await visitor.check("deleting asks again", async () => {
    await visitor.open(next);
    await visitor.press(/^Delete account/);
    await assertWorks(next);
  });
  await visitor.look("delete");
  await visitor.check("after deletion the URL is 404 and its rows are gone from the file", async () => {
    await visitor.press("Delete account now");
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
  await visitor.check("the first page leads to the setup", async () => {
    await visitor.page.goto(`${base}/`);
    await visitor.look("index");
    await visitor.page.getByRole("link", { name: "Set up" }).click();
    assert.match(await visitor.page.title(), /Set up/);
  });
  await visitor.look("setup");
  await visitor.page.goto(`${base}/manage`);
  await visitor.look("manage");
  await visitor.check("every field has a label", () => labelled(visitor));
  const url = await signsUp(visitor);
  await visitor.look("created");
  await copies(visitor, url);
  await instructs(visitor, url);
  await manages(visitor, url, database);
  let typed;
  await visitor.check("the keyboard alone is enough", async () => {
    typed = await byKeyboard(visitor);
    await assertWorks(typed);
  });
  await revokesPrevious(visitor, typed);
  await visitor.check("no script or style is blocked, and nothing is asked of others", () =>
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
// Chromium's own sandbox wants a user who is not root.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.TEMPO_MCP_CHROMIUM, args });
try {
  const base = new URL(url).origin;
  await visit(browser, base, false, right, database);
  await visit(browser, base, true, right, database);
} finally {
  await browser.close();
  await check("pages: the service ends cleanly", async () => assert.deepEqual(await stop(), [0, null]));
  site.stop();
  rmSync(folder, { recursive: true, force: true });
}
