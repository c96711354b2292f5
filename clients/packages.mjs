// The npm packages: packed, installed from tarballs without a network and from a registry on loopback, started through npx
// and directly by the launcher; and the launcher's errors when the binary is missing.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, dirname, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { check, playStory } from "./lib.mjs";
import { about, layOut, myPackage, run, sandboxVariables, start, withSandbox } from "./packaging.mjs";

const work = join(process.env.TEMPO_MCP_TOOLS, "packages");
const { mainPackage, platforms, platformPackage } = about;
const tarballs = new Map(); // package name -> file
const node18 = join(process.env.TEMPO_MCP_TOOLS, "clients/node_modules/node-18/bin/node");

// An npm that has never run: no settings, an empty cache, and offline.
const npmEnv = {
  PATH: process.env.PATH,
  HOME: join(work, "home"),
  npm_config_cache: join(work, "cache"),
  npm_config_userconfig: join(work, "no-settings"),
  npm_config_globalconfig: join(work, "no-global-settings"),
  npm_config_update_notifier: "false",
  npm_config_offline: "true",
  NO_PROXY: "127.0.0.1",
};

layOut(work, { bundle: false });
await check("npm: the packages can be packed", pack);
await check("npm: install from tarballs without a network", installFromTarballs);
await check("npx: only the package for this platform is downloaded", installFromRegistry);
if (process.exitCode) process.exit(); // the rest needs the installed packages
await withSandbox(async (variables) => {
  const args = ["--yes", "--package", tarballs.get(mainPackage), "--package", tarballs.get(myPackage), "tempo-mcp"];
  const client = new Client({ name: "tempo-mcp-check", version: "0.0.0" });
  const env = { ...npmEnv, ...variables };
  await check("npx: connect", () => client.connect(new StdioClientTransport({ command: "npx", args, env })));
  await playStory("npx", (name, given) => client.callTool({ name, arguments: given }));
  await check("npx: close", () => client.close());
});
await check("launcher: passes exit codes and output on", () => passExits(process.execPath));
await check("launcher: passes signals on", () => passSignals(process.execPath));
await check("npx: passes exit codes on", passExitThroughNpx);
await check("npx: exits when its client does", endWithClient);
await check("launcher: prefers the glibc binary if both are installed", chooseLibc);
await check("launcher: explains missing optional dependencies", leaveOptionalOut);
await check("launcher: explains an unsupported platform", otherMachine);
if (existsSync(node18)) {
  await check("launcher on Node 18: passes exit codes and output on", () => passExits(node18));
  await check("launcher on Node 18: passes signals on", () => passSignals(node18));
} else {
  console.log("skipped: the launcher on Node 18, which is installed on Linux x64 only");
}

function launcher(where) {
  return join(work, where, "node_modules", mainPackage, "bin/launcher.js");
}

async function npm(where, ...args) {
  const done = await run("npm", args, { cwd: folder(where), env: npmEnv });
  assert.equal(done.code, 0, done.stderr);
  return done;
}

async function pack() {
  const laidOut = readdirSync(join(work, "npm")).map((it) => join(work, "npm", it));
  const { stdout } = await npm("tarballs", "pack", "--json", ...laidOut);
  const packed = Object.values(JSON.parse(stdout));
  assert.deepEqual(packed.map((it) => it.name).sort(), [mainPackage, ...platforms.map(platformPackage)].sort());
  for (const { name, filename, files } of packed) {
    const [program, ...more] = files.filter((it) => it.path.startsWith("bin/"));
    assert.deepEqual([program.mode, more], [0o755, []], name);
    assert.equal(files.length, 5, `${name} contains a manifest, a binary, a README and two licences`);
    tarballs.set(name, join(work, "tarballs", filename));
  }
}

async function installFromTarballs() {
  await npm("installed", "install", tarballs.get(mainPackage), tarballs.get(myPackage));
  const names = [mainPackage, myPackage].map((it) => basename(it)).sort();
  assert.deepEqual(readdirSync(join(work, "installed/node_modules", dirname(mainPackage))), names);
}

async function installFromRegistry() {
  const fetched = [];
  const registry = createServer((request, response) => answer(request, response, fetched)).listen(0, "127.0.0.1");
  await once(registry, "listening");
  try {
    const env = {
      ...npmEnv,
      npm_config_registry: `http://127.0.0.1:${registry.address().port}`,
      npm_config_offline: "false",
      npm_config_cache: join(work, "other-cache"),
    };
    const args = ["--yes", mainPackage, "--sandbox", "call", "searchIssues", "--text", "login"];
    const done = await run("npx", args, { env, cwd: folder("elsewhere") });
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /login/i);
    assert.deepEqual(fetched.sort(), [mainPackage, myPackage].map((it) => basename(tarballs.get(it))).sort());
  } finally {
    registry.close();
  }
}

/** Creates a folder with a manifest. Without one, npm would look for one in the parent folders. */
function folder(name) {
  const path = join(work, name);
  mkdirSync(path, { recursive: true });
  if (!existsSync(join(path, "package.json"))) writeFileSync(join(path, "package.json"), "{}\n");
  return path;
}

/** The part of a registry that an installation needs. */
function answer(request, response, fetched) {
  const path = decodeURIComponent(request.url.slice(1));
  const file = [...tarballs.values()].find((it) => basename(it) === path);
  if (file) {
    fetched.push(path);
    response.end(readFileSync(file));
  } else if (tarballs.has(path)) {
    response.setHeader("content-type", "application/json").end(JSON.stringify(packument(path, request.headers.host)));
  } else {
    response.writeHead(404).end();
  }
}

function packument(name, host) {
  const tarball = tarballs.get(name);
  const manifest = JSON.parse(readFileSync(join(work, "npm", basename(name), "package.json"), "utf8"));
  const integrity = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  const dist = { tarball: `http://${host}/${basename(tarball)}`, integrity };
  const { version } = manifest;
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
}

async function passExits(node) {
  const call = (...args) => run(node, [launcher("installed"), ...args], { env: { PATH: process.env.PATH } });
  const version = await call("--version");
  assert.match(version.stdout, /^tempo-mcp \d/, version.stderr);
  assert.equal(version.code, 0);
  const refused = await call("--sandbox", "call", "deleteWorklog", "--worklogId", "1");
  assert.equal(refused.code, 1, "a tool call that failed");
  const misused = await call("no-such-command");
  assert.equal(misused.code, 2, "wrong usage");
  assert.match(misused.stderr, /no-such-command/);
}

/** The sandbox exits cleanly on SIGTERM and SIGINT, and is killed by SIGHUP. */
async function passSignals(node) {
  for (const [sent, expected] of [["SIGTERM", [0, null]], ["SIGINT", [0, null]], ["SIGHUP", [null, "SIGHUP"]]]) {
    const child = start(node, [launcher("installed"), "sandbox"]);
    await fetch((await sandboxVariables(child)).TEMPO_BASE_URL); // it serves, so its signal handlers are in place
    child.kill(sent);
    assert.deepEqual(await child.ended, expected, `exit code and signal after ${sent}`);
  }
}

async function passExitThroughNpx() {
  const args = ["tempo-mcp", "--sandbox", "call", "deleteWorklog", "--worklogId", "1"];
  const done = await run("npx", args, { env: npmEnv, cwd: folder("installed") });
  assert.equal(done.code, 1, done.stderr);
  assert.match(done.stdout + done.stderr, /There is no worklog 1/);
}

/** npx passes a signal to its shell only. The binary exits because its client is gone. */
async function endWithClient() {
  const options = { env: npmEnv, cwd: folder("installed"), stdin: "pipe" };
  const child = start("npx", ["tempo-mcp", "--sandbox"], options);
  child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const [line] = await Promise.race([once(child.stdout, "data"), child.ended]);
  assert.match(String(line), /"jsonrpc"/);
  child.kill("SIGTERM");
  child.stdin.end();
  const [, signal] = await child.ended;
  assert.notEqual(signal, "SIGKILL", "the binary kept running");
}

async function chooseLibc() {
  const [glibc, musl] = platforms.filter((it) => it.os === process.platform && it.cpu === process.arch);
  if (!musl) return;
  cpSync(join(work, "installed"), join(work, "both"), { recursive: true });
  const name = basename(platformPackage(musl));
  const other = join(work, "both/node_modules", platformPackage(musl));
  cpSync(join(work, "npm", name), other, { recursive: true });
  chmodSync(join(other, "bin/tempo-mcp"), 0o644);
  const done = await run(process.execPath, [launcher("both"), "--version"]);
  assert.equal(done.code, 0, done.stderr);
  rmSync(join(work, "both/node_modules", platformPackage(glibc)), { recursive: true });
  const broken = await run(process.execPath, [launcher("both"), "--version"]);
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, new RegExp(`^tempo-mcp: cannot start .*${name}.*: .*EACCES\n$`));
}

async function leaveOptionalOut() {
  await npm("without", "install", "--omit=optional", tarballs.get(mainPackage));
  const done = await run(process.execPath, [launcher("without")]);
  assert.equal(done.code, 1);
  assert.equal(done.stdout, "");
  const sentence = /^tempo-mcp: the package (.*), which contains the program, is not installed\. .*--include=optional\n$/;
  const [, named] = sentence.exec(done.stderr) ?? assert.fail(done.stderr);
  assert(named.includes(myPackage), named);
}

async function otherMachine() {
  const pretend = `Object.defineProperty(process, "arch", { value: "mips" })`;
  const done = await run(process.execPath, ["--import", `data:text/javascript,${pretend}`, launcher("installed")]);
  assert.equal(done.code, 1);
  assert.match(done.stderr, /^tempo-mcp: there is no binary for \w+-mips; supported: .*darwin-arm64.*\n$/);
}
