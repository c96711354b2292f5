// Requests that every edge of the hosted service must respond to in the same way: pages, sign-up, /manage, both protocol
// eras, errors, CORS and vendor faults. `play` takes the URLs of a service and of its simulated vendors and collects each
// response by name, with random parts replaced, so that two services can be compared response by response.
//
// The service must have the variables VARIABLES and no rate limits, and use freshly started vendors.
import assert from "node:assert/strict";
import { request as send } from "node:http";

const ALLOWED = "https://allowed.example.com";
export const VARIABLES = { ALLOWED_ORIGIN: ALLOWED, TEMPO_MCP_SECURITY_CONTACT: "security@example.com" };
const MODERN = "2026-07-28";
const META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientCapabilities": {},
};
const UNKNOWN = "u_0000000000000000000000";

export const people = {
  alex: {
    jiraEmail: "alex.novak@example.com",
    jiraApiToken: "sandbox-jira-token",
    tempoApiToken: "sandbox-tempo-token",
    zone: "Europe/Berlin",
  },
  priya: {
    jiraEmail: "priya.raman@example.com",
    jiraApiToken: "sandbox-jira-token-priya",
    tempoApiToken: "sandbox-tempo-token-priya",
    zone: "Asia/Kolkata",
  },
};

/** Sends one request exactly as given; fetch would add headers and reject some of these. */
export function ask(base, { method = "GET", path = "/", headers = {}, body } = {}) {
  const { hostname, port, host } = new URL(base);
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const length = bytes ? { "content-length": bytes.length } : {};
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers: { host, ...length, ...headers }, agent: false };
    const outgoing = send(options, async (answer) => {
      try {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}

/** The control API of the simulated vendors. */
export function control(sandbox) {
  const order = async (method, path, body) => {
    const init = { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) };
    const answer = await fetch(`${sandbox}/__sandbox/${path}`, init);
    assert(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.json();
  };
  return {
    faults: (...list) => order("POST", "faults", list),
    seed: (worklogs, issues) => order("POST", "seed", { worklogs, issues }),
    settings: (settings) => order("POST", "settings", settings),
    reset: () => order("POST", "reset", {}),
    /** The number of requests since the last call of this function. */
    async requests() {
      const { length } = await order("GET", "requests");
      await order("DELETE", "requests");
      return length;
    },
  };
}

const cookies = (answer) => (answer.headers["set-cookie"] ?? []).map((it) => it.split(";")[0]).join("; ");
const form = (fields) => new URLSearchParams(fields).toString();
const hidden = (page) => /name="token" value="([^"]*)"/.exec(page.body)?.[1];

/** Submits a form the way a browser does: opens the page first, then sends its token and cookies along. */
export async function submit(base, path, fields, { kept = "", ...headers } = {}) {
  const page = await ask(base, { path });
  const cookie = [cookies(page), kept].filter(Boolean).join("; ");
  const all = { "content-type": "application/x-www-form-urlencoded", cookie, ...headers };
  return ask(base, { method: "POST", path, headers: all, body: form({ token: hidden(page), ...fields }) });
}

export async function signUp(base, sandbox, person) {
  const { zone, ...fields } = people[person];
  const answer = await submit(base, "/setup", { jiraBaseUrl: sandbox, ...fields });
  const id = /\/mcp\/(u_[\w-]+)/.exec(answer.body)?.[1];
  return { answer, id };
}

export function post(base, id, message, headers = {}) {
  const body = typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message);
  const all = { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers };
  return ask(base, { method: "POST", path: `/mcp/${id}`, headers: all, body });
}

export function legacy(base, id, method, params = {}, number = 1) {
  return post(base, id, { jsonrpc: "2.0", id: number, method, params });
}

export function modern(base, id, method, params = {}, headers = {}) {
  const name = params.name ? { "mcp-name": params.name } : {};
  const all = { "mcp-protocol-version": MODERN, "mcp-method": method, ...name, ...headers };
  return post(base, id, { jsonrpc: "2.0", id: 1, method, params: { _meta: META, ...params } }, all);
}

export const call = (base, id, name, args, number) =>
  legacy(base, id, "tools/call", { name, arguments: args }, number);

export function day(offset) {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** Plays the whole set; stores each response by name, and fails at the end if any had the wrong status. */
export async function play(base, sandbox, answers) {
  const wrong = [];
  const vendors = control(sandbox);
  const keep = async (name, status, answer) => {
    const got = await answer;
    assert(!answers.has(name), `two responses are named ${name}`);
    answers.set(name, alike(got, base, sandbox));
    if (got.status !== status) wrong.push(`${name}: ${got.status} instead of ${status}: ${got.body.slice(0, 200)}`);
    return got;
  };
  await vendors.reset();
  await pages(base, keep);
  const ids = await setup(base, sandbox, vendors, keep);
  await protocol(base, ids.alex, keep);
  await transport(base, ids.alex, keep);
  await origins(base, ids.alex, keep);
  await tools(base, ids.alex, keep);
  await isolation(base, ids);
  await faultyVendors(base, ids.alex, vendors, keep);
  await manage(base, ids, keep);
  assert.deepEqual(wrong, []);
}

async function pages(base, keep) {
  for (const path of ["/", "/setup", "/manage", "/style.css", "/healthz", "/readyz"]) {
    await keep(`GET ${path}`, 200, ask(base, { path }));
  }
  const told = await keep("GET security.txt", 200, ask(base, { path: "/.well-known/security.txt" }));
  assert.match(told.body, /^Contact: mailto:security@example\.com\nExpires: \d{4}-\d\d-\d\dT00:00:00Z\n$/);
  await keep("GET an unknown page", 404, ask(base, { path: "/nowhere" }));
  await keep("HEAD /setup", 200, ask(base, { method: "HEAD", path: "/setup" }));
  await keep("DELETE /setup", 405, ask(base, { method: "DELETE", path: "/setup" }));
  await keep("GET /metrics", 404, ask(base, { path: "/metrics" }));
}

async function setup(base, sandbox, vendors, keep) {
  const { zone, ...good } = people.alex;
  const fields = { jiraBaseUrl: sandbox, ...good };
  const plain = { "content-type": "application/x-www-form-urlencoded" };
  const bare = (headers, token) =>
    ask(base, { method: "POST", path: "/setup", headers: { ...plain, ...headers }, body: form({ token, ...fields }) });
  await keep("sign-up without a cookie", 400, bare({}, "0".repeat(32)));
  await keep("sign-up with a different cookie", 400, bare({ cookie: `setup=${"1".repeat(32)}` }, "0".repeat(32)));
  await keep("sign-up from another site", 400, submit(base, "/setup", fields, { "sec-fetch-site": "cross-site" }));
  await keep("sign-up with an empty form", 400, submit(base, "/setup", {}));
  const wrong = async (name, status, changed) =>
    keep(`sign-up with ${name}`, status, submit(base, "/setup", { ...fields, ...changed }));
  await wrong("a wrong Tempo token", 400, { tempoApiToken: "sandbox-wrong" });
  await wrong("a wrong Jira token", 400, { jiraApiToken: "sandbox-wrong" });
  await wrong("both tokens wrong", 400, { jiraApiToken: "sandbox-wrong", tempoApiToken: "sandbox-wrong" });
  await wrong("a site that is not allowed", 400, { jiraBaseUrl: "https://elsewhere.example.com" });
  await wrong("an address in the local network", 400, { jiraBaseUrl: "http://169.254.169.254" });
  await wrong("characters that no header can carry in a token", 400, { tempoApiToken: "sandbox-tökén-ж" });
  await wrong("a line break in a token", 400, { tempoApiToken: "sandbox\r\ntoken" });
  await wrong("a script in a field", 400, { jiraEmail: "<script>alert(1)</script>" });
  await wrong("an account field that is not a number", 400, { jiraTempoAccountCustomFieldId: "x" });
  await vendors.faults({ effect: { type: "status", status: 503 } });
  await wrong("vendors that are down", 503, {});
  await vendors.faults();
  const ids = {};
  for (const person of Object.keys(people)) {
    const { answer, id } = await signUp(base, sandbox, person);
    await keep(`sign-up of ${person}`, 200, answer);
    assert(id, "the page shows the personal URL");
    ids[person] = id;
  }
  return ids;
}

async function protocol(base, id, keep) {
  const client = { capabilities: {}, clientInfo: { name: "set", version: "0" } };
  for (const protocolVersion of ["2025-06-18", "2025-11-25", MODERN]) {
    await keep(`initialize ${protocolVersion}`, 200, legacy(base, id, "initialize", { protocolVersion, ...client }));
  }
  const note = { jsonrpc: "2.0", method: "notifications/initialized" };
  await keep("a notification", 202, post(base, id, note));
  await keep("legacy ping", 200, legacy(base, id, "ping"));
  await keep("legacy tools/list", 200, legacy(base, id, "tools/list"));
  await keep("legacy unknown method", 200, legacy(base, id, "tools/brew"));
  await keep("legacy prompts/list", 200, legacy(base, id, "prompts/list"));
  await keep("legacy unknown tool", 200, call(base, id, "createWorkLog", {}));
  await keep("legacy params of the wrong type", 200, legacy(base, id, "tools/call", { name: 7 }));
  const version = (it) => ({ "mcp-protocol-version": it });
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  await keep("legacy with an unknown version", 400, post(base, id, list, version("1999-01-01")));
  await keep("server/discover", 200, modern(base, id, "server/discover"));
  await keep("modern tools/list", 200, modern(base, id, "tools/list"));
  await keep("modern unknown method", 404, modern(base, id, "tools/brew"));
  await keep("modern initialize", 404, modern(base, id, "initialize"));
  await keep("modern tool call", 200, modern(base, id, "tools/call", { name: "searchIssues", arguments: { text: "login" } }));
  await keep("modern with a different method in its header", 400, modern(base, id, "tools/list", {}, { "mcp-method": "ping" }));
  await keep("modern with a different name in its header", 400,
    modern(base, id, "tools/call", { name: "searchIssues", arguments: {} }, { "mcp-name": "createWorklog" }));
  await keep("modern without capabilities", 400,
    modern(base, id, "tools/list", { _meta: { "io.modelcontextprotocol/protocolVersion": MODERN } }));
  const future = { ...META, "io.modelcontextprotocol/protocolVersion": "2099-01-01" };
  await keep("modern with a future version", 400,
    modern(base, id, "tools/list", { _meta: future }, version("2099-01-01")));
}

async function transport(base, id, keep) {
  const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const path = `/mcp/${id}`;
  for (const method of ["GET", "DELETE", "HEAD", "PUT"]) {
    await keep(`${method} at the endpoint`, 405, ask(base, { method, path }));
  }
  await keep("OPTIONS at the endpoint", 204, ask(base, { method: "OPTIONS", path }));
  await keep("a trailing slash", 200, post(base, `${id}/`, list));
  for (const [name, wrong] of [
    ["unknown", UNKNOWN], ["too short", "u_short"], ["without prefix", id.slice(2)], ["followed by a path", `${id}/x`],
    ["percent-encoded", id.replace("_", "%5F")], ["empty", ""], ["in upper case", id.toUpperCase()],
  ]) {
    await keep(`an id that is ${name}`, 404, post(base, wrong, list));
  }
  for (const accept of ["*/*", "application/json", "application/*;q=0.5"]) {
    await keep(`accepting ${accept}`, 200, post(base, id, list, { accept }));
  }
  await keep("a header with Latin-1 characters", 200, post(base, id, list, { "x-note": "t\xf6k\xe9n" }));
  await keep("accepting only a stream", 406, post(base, id, list, { accept: "text/event-stream" }));
  await keep("accepting no JSON", 406, post(base, id, list, { accept: "application/json;q=0" }));
  await keep("plain text", 415, post(base, id, list, { "content-type": "text/plain" }));
  await keep("a body over 1 MiB", 413, post(base, id, "x".repeat((1 << 20) + 1)));
  await keep("a body that is not UTF-8", 400, post(base, id, Buffer.from([0x22, 0xff, 0x22])));
  for (const [name, text] of [["broken", "{"], ["empty", ""], ["a batch", "[]"], ["a number", "7"], ["not a request", "{}"]]) {
    await keep(`a body that is ${name}`, 400, post(base, id, text));
  }
}

async function origins(base, id, keep) {
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  await keep("from an allowed origin", 200, post(base, id, list, { origin: ALLOWED }));
  await keep("from another origin", 403, post(base, id, list, { origin: "https://evil.example.com" }));
  await keep("an error for an allowed origin", 404, post(base, UNKNOWN, list, { origin: ALLOWED }));
  const headers = { origin: ALLOWED, "access-control-request-method": "POST" };
  await keep("a preflight", 204, ask(base, { method: "OPTIONS", path: `/mcp/${id}`, headers }));
}

async function tools(base, id, keep) {
  const week = { startDate: day(-7), endDate: day(-1) };
  const entry = { issueKey: "WEB-12", date: day(-1), timeSpent: "45m", description: 'A | pipe, "quotes", 🐛' };
  const tool = async (name, tool, args) => {
    const answer = await keep(name, 200, call(base, id, tool, args));
    return JSON.parse(answer.body).result;
  };
  await tool("searchIssues", "searchIssues", { text: "login" });
  await tool("retrieveWorklogs", "retrieveWorklogs", week);
  await tool("getMissingWorklogDays", "getMissingWorklogDays", week);
  await tool("getWorklogAnalytics", "getWorklogAnalytics", { ...week, groupBy: "account" });
  const created = await tool("createWorklog", "createWorklog", entry);
  const { worklogId } = created.structuredContent.worklog;
  await tool("editWorklog", "editWorklog", { worklogId, timeSpent: "1h" });
  await tool("deleteWorklog", "deleteWorklog", { worklogId });
  const bulk = [-1, -2, -3].map((it) => ({ ...entry, date: day(it) }));
  await tool("bulkCreateWorklogs", "bulkCreateWorklogs", { worklogEntries: [...bulk, { ...entry, issueKey: "NONE-1" }] });
  await tool("a date that does not exist", "retrieveWorklogs", { startDate: "2026-02-30", endDate: day(0) });
  await tool("an unknown argument", "searchIssues", { txt: "login" });
  await tool("an unknown issue", "createWorklog", { ...entry, issueKey: "NONE-1" });
  await tool("an unknown worklog", "deleteWorklog", { worklogId: 1 });
}

async function faultyVendors(base, id, vendors, keep) {
  const week = { startDate: day(-7), endDate: day(-1) };
  const entry = { issueKey: "WEB-12", date: day(-4), timeSpent: "20m" };
  const meet = async (name, effect, times, tool, args, path = "*/4/*") => {
    await vendors.faults({ path, times, effect });
    const answer = await keep(`${tool}, Tempo: ${name}`, 200, call(base, id, tool, args));
    await vendors.faults();
    assert.equal(JSON.parse(answer.body).result.isError, name !== "503 once", name);
  };
  await meet("503 once", { type: "status", status: 503 }, 1, "retrieveWorklogs", week);
  for (const status of [400, 401, 403]) {
    await meet(`${status}`, { type: "status", status }, null, "retrieveWorklogs", week);
  }
  await meet("an HTML page", { type: "html200" }, null, "retrieveWorklogs", week);
  await meet("half a response", { type: "cut_json" }, null, "retrieveWorklogs", week);
  await meet("a redirect", { type: "redirect", to: "http://127.0.0.1:1/" }, null, "retrieveWorklogs", week);
  await meet("400", { type: "status", status: 400 }, null, "createWorklog", entry);
  // This comes last because the tenant's calls are held back from then on.
  await meet("a long pause", { type: "status", status: 429, retry_after: 3600 }, null, "retrieveWorklogs", week);
}

/** Two tenants send the same JSON-RPC id at the same moment. */
async function isolation(base, ids) {
  const week = { startDate: day(-7), endDate: day(-1) };
  // Six of each at once: the native server would reject a tenant's ninth.
  const round = Array.from({ length: 12 }, (_, i) => Object.keys(people)[i % 2]);
  const date = (timeZone) => new Intl.DateTimeFormat("sv-SE", { timeZone }).format();
  for (let times = 0; times < 4; times++) {
    const before = round.map((person) => date(people[person].zone));
    const answers = await Promise.all(round.map((person) => call(base, ids[person], "retrieveWorklogs", week, 7)));
    answers.forEach((answer, i) => {
      const { id, result } = JSON.parse(answer.body);
      assert.equal(id, 7, answer.body);
      const { zone } = people[round[i]];
      assert.equal(result.structuredContent.timeZone, zone);
      // Midnight may have passed in between.
      assert([before[i], date(zone)].includes(result.structuredContent.today), result.structuredContent.today);
    });
  }
}

async function manage(base, ids, keep) {
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const url = (id) => `${base}/mcp/${id}`;
  await keep("managing an unknown URL", 404, submit(base, "/manage", { action: "open", url: url(UNKNOWN) }));
  await keep("managing without opening a URL", 400, submit(base, "/manage", { action: "rotate" }));
  const opened = await keep("managing", 200, submit(base, "/manage", { action: "open", url: url(ids.alex) }));
  const kept = cookies(opened).split("; ").find((it) => it.includes("manage=")) ?? "";
  await keep("managing from another site", 400,
    submit(base, "/manage", { action: "rotate" }, { kept, "sec-fetch-site": "cross-site" }));
  const rotated = await keep("replacing the URL", 200, submit(base, "/manage", { action: "rotate" }, { kept }));
  const fresh = /\/mcp\/(u_[\w-]+)/.exec(rotated.body)?.[1];
  await keep("the old URL", 404, post(base, ids.alex, list));
  await keep("the new URL", 200, post(base, fresh, list));
  const again = await submit(base, "/manage", { action: "open", url: url(fresh) });
  const keptAgain = cookies(again).split("; ").find((it) => it.includes("manage=")) ?? "";
  await keep("deleting, before confirmation", 200, submit(base, "/manage", { action: "delete" }, { kept: keptAgain }));
  await keep("the URL before confirmation", 200, post(base, fresh, list));
  await keep("deleting", 200, submit(base, "/manage", { action: "delete-confirmed" }, { kept: keptAgain }));
  await keep("the deleted URL", 404, post(base, fresh, list));
  await keep("another tenant's URL", 200, post(base, ids.priya, list));
}

/** Headers that belong to the connection or that each edge adds in its own way. */
const UNCOMPARED = new Set(["connection", "date", "keep-alive", "transfer-encoding", "content-length"]);

/** A response with its random parts replaced: URLs, ids, tokens, times. */
function alike({ status, headers, body }, base, sandbox) {
  const plain = (text) =>
    text
      .replaceAll(base, "BASE")
      .replaceAll(new URL(base).host, "HOST")
      .replaceAll(encodeURIComponent(new URL(base).host), "HOST")
      .replaceAll(sandbox, "VENDORS")
      .replaceAll(new URL(sandbox).host, "VENDORS")
      .replaceAll(/u_[\w-]{20,32}/g, "u_ID")
      .replaceAll(/[0-9a-f]{32}/g, "TOKEN")
      .replaceAll(/[\w+/-]{60,}={0,2}/g, "SEALED")
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")
      .replaceAll(/<td>[0-9a-f]{8}<\/td>/g, "<td>REQUEST</td>");
  const shown = Object.entries(headers).filter(([name]) => !UNCOMPARED.has(name));
  return { status, headers: JSON.parse(plain(JSON.stringify(Object.fromEntries(shown.sort())))), body: plain(body) };
}
