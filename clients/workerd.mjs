// Runs the built Worker in workerd, through miniflare, with simulated D1, KV and rate limits and without a network. Wrangler
// itself migrates the database, as in `npm run remote:deploy`.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const binary = process.env.TEMPO_MCP_BIN;
const root = process.env.TEMPO_MCP_ROOT;
assert(binary && root, "TEMPO_MCP_BIN and TEMPO_MCP_ROOT must be set");

export const key = "a key that is as short and odd as keys of old services are ";
export const built = join(root, "target/worker");
const packages = fileURLToPath(new URL("node_modules/", import.meta.url));

/** Parses wrangler.jsonc, in which every comment has its own line. */
function config() {
  const text = readFileSync(join(root, "wrangler.jsonc"), "utf8");
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, "").replaceAll(/,(\s*[}\]])/g, "$1"));
}

function wrangler(...args) {
  const program = join(packages, "wrangler/bin/wrangler.js");
  const options = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  return execFileSync(process.execPath, [program, ...args], options);
}

/** Starts one of our processes, which print a line when they are ready; returns its lines and a way to stop it. */
async function program(args, env = {}) {
  const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const end = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { lines, end };
}

/** Starts simulated vendors; returns their URL. */
export async function startSandbox() {
  const { lines, end } = await program(["sandbox", "--listen", "127.0.0.1:0"]);
  for (;;) {
    const { value, done } = await lines.next();
    assert(!done, "the sandbox prints its URL");
    const found = /TEMPO_BASE_URL=(\S+)/.exec(value);
    if (found) return { url: found[1], end };
  }
}

const variables = (sandbox, more) => ({
  TEMPO_MCP_LOG: "error",
  TEMPO_BASE_URL: sandbox,
  ATLASSIAN_API_URL: sandbox,
  ALLOWED_JIRA_HOSTS: sandbox,
  TEMPO_MCP_PACING: "off",
  ENCRYPTION_KEY: key,
  ...more,
});

/** Starts the native server with these vendors. */
export async function startNative(sandbox, vars = {}, ...args) {
  const folder = mkdtempSync(join(tmpdir(), "tempo-mcp-"));
  const database = `sqlite:${join(folder, "tempo-mcp.sqlite")}`;
  const serve = ["serve", "--listen", "127.0.0.1:0", "--database", database, ...args];
  const { lines, end } = await program(serve, variables(sandbox, vars));
  const url = (await lines.next()).value;
  assert(url, "the server prints its URL");
  return {
    url,
    async end() {
      await end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The built Worker's modules, entry point first. */
export function builtModules() {
  return [
    { type: "ESModule", path: "index.js", contents: readFileSync(join(built, "index.js"), "utf8") },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: readFileSync(join(built, "index_bg.wasm")) },
  ];
}

/** Starts the Worker with these vendors. `limits`: with its rate limits bound; `users`: with the KV namespace. */
export async function startWorker(sandbox, { vars = {}, limits = false, users = false, modules = builtModules() } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "tempo-mcp-worker-"));
  const { d1_databases: [d1], ratelimits, compatibility_date: compatibilityDate } = config();
  wrangler("d1", "migrations", "apply", d1.binding, "--local", "--persist-to", folder);
  const limiter = ({ name, namespace_id, simple }) => [name, { namespace_id, simple }];
  const lines = [];
  const waiting = new Set();
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      compatibilityDate,
      modules,
      d1Databases: { [d1.binding]: d1.database_id },
      kvNamespaces: users ? ["USERS"] : [],
      ratelimits: limits ? Object.fromEntries(ratelimits.map(limiter)) : {},
      // Checks look at the log.
      bindings: variables(sandbox, { TEMPO_MCP_LOG: "info", ...vars }),
    }),
    // Where wrangler put the database.
    resourcePersistencePath: join(folder, "v3"),
    handleStructuredLogs: ({ message }) => {
      lines.push(message);
      for (const look of waiting) look();
    },
  });
  const url = String(await miniflare.ready).replace(/\/$/, "");
  return {
    url,
    /** What it has logged so far. */
    lines,
    /** Waits until a line contains the text, which can be after the response, or until 30 seconds have passed. */
    logged: (text) =>
      new Promise((resolve) => {
        const end = () => (clearTimeout(deadline), waiting.delete(look), resolve());
        const look = () => lines.some((it) => it.includes(text)) && end();
        const deadline = setTimeout(end, 30_000);
        waiting.add(look);
        look();
      }),
    database: () => miniflare.getD1Database(d1.binding),
    users: () => miniflare.getKVNamespace("USERS"),
    async end() {
      await miniflare.dispose();
      rmSync(folder, { recursive: true });
    },
  };
}
