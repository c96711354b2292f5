// What the JavaScript clients share: how to start a server, the story that each of them plays, and how to report a check.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export const server = process.env.TEMPO_MCP_BIN;
assert(server, "TEMPO_MCP_BIN must name the tempo-mcp binary");

export const story = JSON.parse(readFileSync(new URL("story.json", import.meta.url), "utf8"));
/** The endpoint of a running service to test; without it, the clients start servers themselves. */
export const endpoint = process.env.TEMPO_MCP_ENDPOINT;
const toolNames = [...new Set(story.map((step) => step.tool))].sort();
const longestReason = 1500; // characters; a client may quote a whole schema
const hints = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"];

/** Prints one line per check; `./check` counts them. */
export async function check(name, run) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${String(error.message ?? error).slice(0, longestReason)}`);
    process.exitCode = 1;
  }
}

/** Starts the simulated vendors in a process of their own; returns their variables and a way to stop them. */
export async function vendors() {
  const child = spawn(server, ["sandbox", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const variables = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = /^(?:export|set) (\w+)=(.*)$/.exec(line) ?? [];
    variables[name] = value;
    if (name === "TEMPO_MCP_PACING") break;
  }
  return { variables, stop: () => child.kill("SIGTERM") };
}

/** Starts a server that prints its URL; `stop` ends it and returns exit code and signal. */
export async function start(client, command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let url;
  await check(`${client}: the service starts`, async () => {
    url = (await lines.next()).value;
    assert(url, "it prints a URL");
  });
  const stop = async () => {
    child.kill("SIGTERM");
    assert((await lines.next()).done, "it prints nothing but the URL");
    return ended;
  };
  return { url, stop };
}

/** Runs the hosted service with its own simulated vendors while `use` works with its tenant's URL. */
export async function withService(client, use) {
  if (endpoint) return use(endpoint);
  const args = ["serve", "--sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "off"];
  const { url, stop } = await start(client, server, args);
  try {
    if (url) await use(url);
  } finally {
    await check(`${client}: the service exits cleanly`, async () => {
      assert.deepEqual(await stop(), [0, null], "exit code and signal");
    });
  }
}

/** Plays the story; `call` takes a tool's name and arguments and returns its result. */
export async function playStory(client, call) {
  const known = new Map([["today", day(0)], ["monthAgo", day(-30)]]);
  for (const step of story) {
    await check(`${client}: ${step.tool}${step.refused ? " rejected" : ""}`, async () => {
      const result = await call(step.tool, fill(step.arguments, known));
      checkResult(step, result);
      for (const [name, pointer] of Object.entries(step.keep ?? {})) {
        known.set(name, lookUp(result.structuredContent, pointer));
      }
    });
  }
}

export function checkTools(tools) {
  assert.deepEqual(tools.map((tool) => tool.name), toolNames, "all tools, sorted by name");
  for (const tool of tools) {
    assert(tool.title ?? tool.annotations?.title, `${tool.name} has a title`);
    assert(tool.description, `${tool.name} has a description`);
    for (const hint of hints) assert.equal(typeof tool.annotations?.[hint], "boolean", `${tool.name} has ${hint}`);
    assert.equal(tool.inputSchema.type, "object");
    assert.equal(tool.outputSchema?.type, "object", `${tool.name} has an output schema`);
  }
}

function checkResult(step, result) {
  const text = result.content.map((block) => block.text ?? "").join("\n");
  assert(text.trim(), "the result has text");
  if (step.refused) {
    assert.equal(result.isError, true, text);
    assert(text.includes(step.refused), `the error names the value: ${text}`);
  } else {
    assert(!result.isError, text);
    assert.equal(typeof result.structuredContent, "object", "the result has structured content");
  }
}

/** Replaces every "$name" in the arguments with what an earlier step kept. */
function fill(value, known) {
  if (typeof value === "string" && value.startsWith("$")) {
    assert(known.has(value.slice(1)), `an earlier step kept ${value}`);
    return known.get(value.slice(1));
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, known));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, known)]));
}

function lookUp(value, pointer) {
  const found = pointer.slice(1).split("/").reduce((inner, key) => inner?.[key], value);
  assert.notEqual(found, undefined, `${pointer} is in ${JSON.stringify(value).slice(0, 500)}`);
  return found;
}

/** The day of the sandbox's main user: in their zone, it is tomorrow an hour or two before it is in UTC. */
export function day(offset) {
  const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" });
  return zone.format(new Date(Date.now() + offset * 86_400_000));
}
