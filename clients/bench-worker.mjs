// Measures the Worker in workerd next to an empty Worker that only does the same input and output: one D1 read and, for the
// second figure, one request to the vendors. The simulators of D1 and the network, and this program, run on the same
// cores, so only the ratio is meaningful.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { call, control, day, people, signUp } from "./http-set.mjs";
import { builtModules, startSandbox, startWorker } from "./workerd.mjs";

const connections = 16;
// The two Workers take turns, because a machine's speed varies over time.
const seconds = 2;
const rounds = 10;
const warming = 8;
const many = 20_000;
/** The size of a page of linear memory, in MB. */
const page = 1 / 16;

/** Does one D1 read and, at /fetch, the same request that the Worker sends for a week of worklogs. */
const empty = `export default {
  async fetch(request, env) {
    await request.text();
    await env.DB.prepare("SELECT key_id, sealed FROM tenants WHERE record = ?1").bind("x").all();
    if (new URL(request.url).pathname === "/fetch") {
      const headers = { authorization: "Bearer " + env.TOKEN, "content-type": "application/json" };
      const answer = await fetch(env.TEMPO_BASE_URL + env.PATH, { method: "POST", headers, body: env.BODY });
      await answer.text();
    }
    return Response.json({});
  },
};`;

/** Serves the size of the Worker's linear memory at /__memory. */
const measured = [
  {
    type: "ESModule",
    path: "measured.js",
    contents: `import { memory } from "./memory.js";
      import Service from "./index.js";
      export default class extends Service {
        fetch(request) {
          if (request.url.endsWith("/__memory")) return new Response(String(memory().buffer.byteLength));
          return super.fetch(request);
        }
      }`,
  },
  {
    type: "ESModule",
    path: "memory.js",
    contents: `let last;
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (...args) { const made = new Instance(...args); last = made.exports.memory; return made; };
      export const memory = () => last;`,
  },
  ...builtModules(),
];

/** Sends `total` requests, or requests for `time` seconds; returns the rate per second. */
async function load(url, message, { total, time = seconds } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const body = JSON.stringify(message);
  const { hostname, port, pathname: path } = new URL(url);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const once = () =>
    new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, path, method: "POST", headers, agent }, (answer) => {
        answer.resume().on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(String(answer.statusCode)))));
      });
      outgoing.on("error", reject).end(body);
    });
  const started = performance.now();
  const until = started + time * 1000;
  let done = 0;
  const more = () => (total ? done < total : performance.now() < until);
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (more()) {
        done += 1;
        await once();
      }
    }),
  );
  agent.destroy();
  return (done * 1000) / (performance.now() - started);
}

/** CPU seconds of our workerd processes; undefined where there is no /proc. */
function processorSeconds() {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
    const tick = Number(execFileSync("getconf", ["CLK_TCK"]));
    return children.reduce((sum, pid) => {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
      return fields[0] === "S" || fields[0] === "R" ? sum + (Number(fields[11]) + Number(fields[12])) / tick : sum;
    }, 0);
  } catch {
    return undefined;
  }
}

function show(figure, measured, verdict) {
  console.log(`  ${figure.padEnd(66)} ${measured.padStart(12)}   ${verdict}`);
}

const within = (holds, bound) => `${bound} ${holds ? "ok" : "MISSED"}`;

const vendors = await startSandbox();
const orders = control(vendors.url);
await orders.reset();
await orders.seed(365 * 8, 10);
// Five days with eight worklogs each. The sandbox's own data ends well before them.
const week = { startDate: day(-104), endDate: day(-100) };
// Logging would cost the simulated console more than the Worker.
const worker = await startWorker(vendors.url, { vars: { TEMPO_MCP_LOG: "error" }, modules: measured });
const started = performance.now();
await fetch(`${worker.url}/healthz`);
show("first request of a fresh isolate", `${(performance.now() - started).toFixed(0)} ms`, "");

const { id } = await signUp(worker.url, vendors.url, "alex");
const url = `${worker.url}/mcp/${id}`;
await orders.requests();
const rows = JSON.parse((await call(worker.url, id, "retrieveWorklogs", week)).body).result.structuredContent;
assert.equal(rows.totals.count, 40);
const cold = await orders.requests();
await call(worker.url, id, "retrieveWorklogs", week);
const warm = await orders.requests();
show("requests to the vendors, cold and warm", `${cold} and ${warm}`, within(cold <= 4 && warm === 1, "at most 4 and 1"));

// Recording every request would cost the sandbox more than responding to it.
await orders.settings({ logs_requests: false });
const sent = { authorIds: ["712020:00000000-5a4d-4b0a-9a1e-000000000001"], from: week.startDate, to: week.endDate };
const vars = { TOKEN: people.alex.tempoApiToken, PATH: "/4/worklogs/search?offset=0&limit=5000", BODY: JSON.stringify(sent) };
const bare = await startWorker(vendors.url, { vars, modules: [{ type: "ESModule", path: "empty.js", contents: empty }] });
const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
const retrieve = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "retrieveWorklogs", arguments: week } };
for (const [figure, message, path] of [["tools/list", list, ""], ["retrieveWorklogs, warm", retrieve, "/fetch"]]) {
  let ours = 0;
  let theirs = 0;
  // V8 optimizes code that runs often.
  for (const it of [`${bare.url}${path}`, url]) await load(it, message, { time: warming });
  for (let i = 0; i < rounds; i++) {
    theirs += (await load(`${bare.url}${path}`, message)) / rounds;
    ours += (await load(url, message)) / rounds;
  }
  const ratio = ours / theirs;
  show(`${figure}: ${ours.toFixed(0)}/s, the empty Worker ${theirs.toFixed(0)}/s`, `${(ratio * 100).toFixed(0)} %`, within(ratio >= 0.6, "at least 60 %"));
}

const megabytes = async () => Number(await (await fetch(`${worker.url}/__memory`)).text()) / 2 ** 20;
await load(url, retrieve, { total: many / 2 });
const half = await megabytes();
const before = processorSeconds();
await load(url, retrieve, { total: many / 2 });
const end = await megabytes();
const spent = processorSeconds() - before;
show(`linear memory after ${many / 2} and ${many} calls`, `${half.toFixed(2)} and ${end.toFixed(2)} MB`, within(end <= 32 && end - half <= page, "at most 32 MB, flat over the second half"));
show("CPU time of workerd per call, including the simulators", `${((spent * 2000) / many).toFixed(2)} ms`, "");
for (const it of [bare, worker, vendors]) await it.end();
