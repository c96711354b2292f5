// The Worker in workerd: the same responses as the native server, and what only the Worker has to do.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { check, day as today } from "./lib.mjs";
import { call, control, day, legacy, modern, people, play, post, signUp, submit, VARIABLES } from "./http-set.mjs";
import { built, key, startNative, startSandbox, startWorker } from "./workerd.mjs";

const mostGzipped = 1_100_000; // bytes; the free plan takes 3 MB
const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
const week = { startDate: day(-7), endDate: day(-1) };
const result = (answer) => JSON.parse(answer.body).result;
const text = (answer) => result(answer).content.map((it) => it.text).join("\n");

async function with_(resources, use) {
  try {
    await use(...resources);
  } finally {
    for (const it of resources.toReversed()) await it.end();
  }
}

/** The only responses that differ, with the change that makes the native one equal. */
const page = "on the page /manage of the service where you set this up";
const differences = new Map([
  // A Worker knows its own URL; the native server would need --public-url.
  ["retrieveWorklogs, Tempo: 401", (body) => body.replace(page, "at BASE/manage")],
  ["retrieveWorklogs, Tempo: 403", (body) => body.replace(page, "at BASE/manage")],
]);

async function sameAnswers() {
  const vendors = [await startSandbox(), await startSandbox()];
  const native = await startNative(vendors[0].url, VARIABLES, "--rate-limit", "off");
  const worker = await startWorker(vendors[1].url, { vars: VARIABLES });
  await with_([...vendors, native, worker], async () => {
    const [expected, got] = [new Map(), new Map()];
    await check("native: the HTTP set", () => play(native.url, vendors[0].url, expected));
    await check("worker: the HTTP set", () => play(worker.url, vendors[1].url, got));
    for (const [name, answer] of expected) {
      const alike = differences.get(name);
      if (alike) answer.body = alike(answer.body);
      await check(`worker as native: ${name}`, () => assert.deepEqual(got.get(name), answer));
    }
    await check("worker: no log line has a secret or a description", () => {
      const log = worker.lines.join("\n");
      for (const it of ["sandbox-tempo-token", "sandbox-jira-token", "@example.com", "pipe", "u_"]) {
        assert(!log.includes(it), `${it}: ${log.split("\n").find((line) => line.includes(it))}`);
      }
      assert(log.includes("request"), "it does log");
    });
  });
}

/** A record the way the TypeScript Worker sealed it, made with the platform's cryptography. */
async function sealed(record, text = key) {
  const { subtle } = globalThis.crypto;
  const bytes = new TextEncoder();
  const hash = await subtle.digest("SHA-256", bytes.encode(text));
  const secret = await subtle.importKey("raw", hash, "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const closed = await subtle.encrypt({ name: "AES-GCM", iv }, secret, bytes.encode(JSON.stringify(record)));
  return Buffer.concat([iv, Buffer.from(closed)]).toString("base64");
}

async function movingOver() {
  const vendors = await startSandbox();
  const worker = await startWorker(vendors.url, { users: true });
  await with_([vendors, worker], async () => {
    const users = await worker.users();
    const { zone, ...alex } = people.alex;
    const record = { ...alex, jiraBaseUrl: vendors.url, jiraAuthType: "basic" };
    const stored = async (id, value) => users.put(`user:${id}`, await value);
    const serves = async (id) => (await post(worker.url, id, list)).status;
    const ids = { deleted: "u_deletedDELETEDdeleted0", rotated: "u_rotatedROTATEDrotated0", broken: "u_brokenBROKENbroken00" };
    const stale = await sealed(record);

    await check("import: a URL of the TypeScript Worker keeps working", async () => {
      await stored(ids.deleted, stale);
      const answer = await call(worker.url, ids.deleted, "retrieveWorklogs", week);
      assert.equal(result(answer).structuredContent?.timeZone, zone, answer.body);
      assert.equal(await users.get(`user:${ids.deleted}`), null, "its record in KV is deleted");
    });
    const manage = async (id, ...actions) => {
      const opened = await submit(worker.url, "/manage", { action: "open", url: `${worker.url}/mcp/${id}` });
      const kept = opened.headers["set-cookie"].map((it) => it.split(";")[0]).find((it) => it.includes("manage="));
      let last;
      for (const action of actions) last = await submit(worker.url, "/manage", { action }, { kept });
      return last;
    };
    await check("import: a deleted URL stays deleted with its record still in KV", async () => {
      await manage(ids.deleted, "delete", "delete-confirmed");
      await stored(ids.deleted, stale);
      assert.equal(await serves(ids.deleted), 404);
    });
    await check("import: /manage works before the first call, and a replaced URL stays replaced", async () => {
      await stored(ids.rotated, stale);
      const page = await manage(ids.rotated, "rotate");
      const fresh = /\/mcp\/(u_[\w-]+)/.exec(page.body)?.[1];
      await stored(ids.rotated, stale);
      assert.deepEqual([await serves(ids.rotated), await serves(fresh)], [404, 200]);
    });
    await check("import: a record that cannot be used is unknown, and logged without its content", async () => {
      for (const broken of ["", "AAAA", "no base64", stale.slice(0, -8), await sealed(record, "another key"), await sealed({ a: 1 })]) {
        await stored(ids.broken, broken);
        assert.equal(await serves(ids.broken), 404);
      }
      await stored(ids.broken, sealed({ ...record, jiraBaseUrl: "https://elsewhere.example.com" }));
      assert.equal(await serves(ids.broken), 404);
      await worker.logged("legacy record names a Jira site that is not allowed");
      const log = worker.lines.join("\n");
      assert(log.includes("legacy record cannot be decrypted") && log.includes("legacy record names a Jira site that is not allowed"), log);
      for (const secret of ["sandbox-", "@example.com", stale.slice(0, 16)]) assert(!log.includes(secret), secret);
    });
  });
}

/** The platform's counters decide when their minute begins, so a second round may be needed to reach the limit. */
async function limits() {
  const vendors = await startSandbox();
  const worker = await startWorker(vendors.url, { limits: true });
  await with_([vendors, worker], async () => {
    await check("rate limit: the sixth sign-up in a minute is 429", async () => {
      const statuses = [];
      let answer;
      do {
        answer = await submit(worker.url, "/setup", {});
        statuses.push(answer.status);
      } while (answer.status !== 429 && statuses.length < 11);
      const accepted = statuses.length - 1;
      assert(answer.status === 429 && accepted >= 5 && accepted <= 10, String(statuses));
      assert.equal(answer.headers["retry-after"], "61");
    });
    await check("rate limit: guessing URLs is slowed down", async () => {
      const answers = await Promise.all(Array.from({ length: 70 }, () => post(worker.url, "u_0000000000000000000000", list)));
      const statuses = new Set(answers.map((it) => it.status));
      assert.deepEqual([...statuses].sort(), [404, 429]);
    });
  });
}

async function alone() {
  const vendors = await startSandbox();
  const worker = await startWorker(vendors.url);
  await with_([vendors, worker], async () => {
    const orders = control(vendors.url);
    const ids = {};
    for (const person of Object.keys(people)) ids[person] = (await signUp(worker.url, vendors.url, person)).id;

    await check("outbound requests of retrieveWorklogs: at most 4 cold, 1 warm", async () => {
      await orders.requests();
      await call(worker.url, ids.alex, "retrieveWorklogs", week);
      const cold = await orders.requests();
      await call(worker.url, ids.alex, "retrieveWorklogs", week);
      const warm = await orders.requests();
      assert(cold <= 4 && warm === 1, `${cold} cold, ${warm} warm`);
    });
    const hanging = check("a vendor that hangs causes a timeout while others are served", async () => {
      await orders.faults({ path: "*/4/user-schedule/*", effect: { type: "hang" } });
      const answer = await call(worker.url, ids.priya, "getMissingWorklogDays", week);
      assert(result(answer).isError && /in time/.test(text(answer)), answer.body);
    });
    await check("300 mixed concurrent requests: each gets its own response", async () => {
      const runs = Array.from({ length: 300 }, async (_, i) => {
        const person = Object.keys(people)[i % 2];
        const id = ids[person];
        if (i % 3 === 0) {
          const answer = await legacy(worker.url, id, "tools/list", {}, 5);
          assert.equal(result(answer).tools.length > 5, true);
        } else if (i % 3 === 1) {
          assert.equal((await modern(worker.url, id, "server/discover")).status, 200);
        } else {
          const answer = await call(worker.url, id, "retrieveWorklogs", week, 5);
          assert.equal(JSON.parse(answer.body).id, 5);
          assert.equal(result(answer).structuredContent?.timeZone, people[person].zone, answer.body.slice(0, 500));
        }
      });
      await Promise.all(runs);
    });
    await check("outbound requests: a bulk call that needs more than 50 is rejected before its first write", async () => {
      const entry = (i) => ({ issueKey: `BULK-${i + 1}`, date: day(-3), timeSpent: "15m" });
      await orders.seed(1, 60);
      await orders.requests();
      const before = await call(worker.url, ids.alex, "retrieveWorklogs", { startDate: day(-3), endDate: day(-3) });
      const worklogEntries = Array.from({ length: 60 }, (_, i) => entry(i));
      const answer = await call(worker.url, ids.alex, "bulkCreateWorklogs", { worklogEntries });
      assert(result(answer).isError && /the first \d+ entries fit/i.test(text(answer)), answer.body.slice(0, 800));
      const fit = Number(/the first (\d+) entries fit/i.exec(text(answer))[1]);
      const after = await call(worker.url, ids.alex, "retrieveWorklogs", { startDate: day(-3), endDate: day(-3) });
      assert.equal(result(after).structuredContent.totals.count, result(before).structuredContent.totals.count);
      const fits = await call(worker.url, ids.alex, "bulkCreateWorklogs", { worklogEntries: worklogEntries.slice(0, fit) });
      assert(!result(fits).isError, fits.body.slice(0, 800));
    });
    await check("a read after the first call of the day writes nothing to the database", async () => {
      const database = await worker.database();
      const changes = async () => (await database.prepare("SELECT total_changes() AS n").first("n"));
      await call(worker.url, ids.alex, "retrieveWorklogs", week);
      const before = await changes();
      await call(worker.url, ids.alex, "retrieveWorklogs", week);
      assert.equal(await changes(), before);
    });
    await hanging;
    await orders.faults();
    await check("a vendor's redirect is not followed", async () => {
      let followed = 0;
      const trap = createServer((_, answer) => answer.end(String(++followed))).listen(0, "127.0.0.1");
      await once(trap, "listening");
      const to = `http://127.0.0.1:${trap.address().port}/`;
      await orders.faults({ path: "*/4/*", effect: { type: "redirect", to } });
      const answer = await call(worker.url, ids.alex, "retrieveWorklogs", week);
      await orders.faults();
      trap.close();
      assert(result(answer).isError && /elsewhere/.test(text(answer)), answer.body);
      assert.equal(followed, 0);
    });
    await check("a client that disconnects: a write that was sent is finished and recorded", async () => {
      await orders.faults({ method: "POST", path: "*/4/worklogs", times: 1, effect: { type: "latency", ms: 1500 } });
      const entry = { issueKey: "WEB-12", date: day(-6), timeSpent: "25m" };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "createWorklog", arguments: entry } });
      const gone = new AbortController();
      const headers = { "content-type": "application/json" };
      const pending = fetch(`${worker.url}/mcp/${ids.alex}`, { method: "POST", headers, body, signal: gone.signal });
      // Disconnects once Tempo has the request and before it responds.
      while (!(await (await fetch(`${vendors.url}/__sandbox/requests`)).text()).includes("POST")) ;
      gone.abort();
      await pending.catch(() => {});
      const open = () => submit(worker.url, "/manage", { action: "open", url: `${worker.url}/mcp/${ids.alex}` });
      let page;
      for (let i = 0; i < 200 && !page?.body.includes("<td>created</td>"); i++) page = await open();
      assert(page.body.includes("createWorklog"), "the write is recorded");
    });
    await check("security events are stored in D1, shown on /manage, and logged as JSON", async () => {
      // Of someone whose page was not opened so often that their sign-up is no longer among the last events.
      const page = await submit(worker.url, "/manage", { action: "open", url: `${worker.url}/mcp/${ids.priya}` });
      assert(page.body.includes("<td>opened</td>") && page.body.includes("<td>sign-up</td>"), page.body);
      const events = () => worker.lines.map((it) => /\{"timestamp".*\}/.exec(it)?.[0]).filter(Boolean).map((it) => JSON.parse(it));
      await worker.logged('"event":"opened"');
      assert(events().every((it) => it.target === "tempo_mcp::audit" && it.request.length === 8), JSON.stringify(events()));
    });
    for (const client of ["inspector.mjs", "typescript.mjs", "official.py"]) await realClient(client, `${worker.url}/mcp/${ids.alex}`);
  });
}

/** Runs a real client's checks against this endpoint. */
async function realClient(name, endpoint) {
  const folder = join(process.env.TEMPO_MCP_TOOLS, "clients");
  const env = { ...process.env, TEMPO_MCP_ENDPOINT: endpoint, TEMPO_MCP_TODAY: today(0) };
  const program = name.endsWith(".py") ? join(folder, "python") : process.execPath;
  const client = spawn(program, [join(folder, name)], { env, stdio: "inherit" });
  const [code] = await once(client, "close");
  if (code !== 0) process.exitCode = 1;
}

/** The Worker's own time zone offsets: zones of all kinds, both sides of a change, and names that do not exist. */
async function zones() {
  const text = readFileSync(join(process.env.TEMPO_MCP_ROOT, "crates/worker/src/zone.js"));
  const { offset } = await import(`data:text/javascript;base64,${text.toString("base64")}`);
  const hours = (zone, ...at) => offset(zone, Date.UTC(...at)) / 3600;
  await check("time zones: offsets match the IANA database", () => {
    assert.equal(hours("Europe/Berlin", 2026, 9, 25, 0, 59, 59, 999), 2);
    assert.equal(hours("Europe/Berlin", 2026, 9, 25, 1), 1);
    assert.equal(hours("America/St_Johns", 2026, 6, 1), -2.5);
    assert.equal(hours("Australia/Lord_Howe", 2026, 9, 3, 15, 30), 11);
    assert.equal(hours("Asia/Kathmandu", 2026, 0, 1), 5.75);
    assert.equal(hours("Pacific/Kiritimati", 2026, 11, 31, 23, 59), 14);
    assert.equal(hours("Etc/UTC", 2026, 0, 1), 0);
    for (const none of ["Europe/Nowhere", "", "+02:00", `Europe/${"a".repeat(100)}`]) assert.equal(offset(none, 0), undefined);
  });
}

async function size() {
  const files = ["index.js", "index_bg.wasm"].map((it) => readFileSync(join(built, it)));
  const bytes = files.reduce((sum, it) => sum + gzipSync(it).length, 0);
  await check(`size: ${(bytes / 1e6).toFixed(2)} MB gzipped, at most ${mostGzipped / 1e6} MB`, () => assert(bytes <= mostGzipped));
}

await size();
await zones();
await sameAnswers();
await movingOver();
await limits();
await alone();
