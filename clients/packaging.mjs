// What the tests of the packages share: the packages laid out with the tested binary, and processes run to their end.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { server } from "./lib.mjs";

const patience = 60_000; // ms until a process that does not end is killed
export const root = process.cwd();
export const about = await import(pathToFileURL(resolve("packages/about.mjs")));

/** Where a package would come from; nobody is asked there. */
export const repository = "https://github.com/example/tempo-mcp";

const mine = about.platforms.filter((it) => it.os === process.platform && it.cpu === process.arch);
assert(mine.length > 0, `no package for ${process.platform}-${process.arch}`);
export const myPackage = about.platformPackage(mine[0]);

/** Lays the packages out in an empty folder: the tested binary for this machine, a stand-in for every other one. */
export function layOut(folder, { bundle }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, "stripped");
  execFileSync("strip", ["-o", binary, server]); // a third of the size to pack
  const standIn = join(folder, "stand-in");
  writeFileSync(standIn, "not for this machine\n");
  const tested = bundle ? about.bundled[process.platform] : mine[0].target;
  const targets = new Set([...about.platforms.map((it) => it.target), ...Object.values(about.bundled)]);
  const binaries = [...targets].map((it) => `--binary=${it}=${it === tested ? binary : standIn}`);
  const args = ["packages/build.mjs", "--out", folder, "--program", server, "--repository", repository, ...binaries];
  execFileSync(process.execPath, args);
}

/** Runs a program to its end. */
export async function run(command, args, options = {}) {
  const child = start(command, args, options);
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), child.ended]);
  return { code, signal, stdout, stderr };
}

/**
 * A process in a group of its own, with `ended`: exit code and signal, once it and whoever else has its output open are
 * gone.
 */
export function start(command, args, { env, cwd, stdin = "ignore" } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: [stdin, "pipe", "pipe"], detached: true });
  const tooLong = setTimeout(() => process.kill(-child.pid, "SIGKILL"), patience);
  child.ended = once(child, "close").finally(() => clearTimeout(tooLong));
  return child;
}

/** What `tempo-mcp sandbox` prints first: the variables that point at it. */
export async function sandboxVariables(sandbox) {
  const pairs = [];
  for await (const line of createInterface({ input: sandbox.stdout })) {
    pairs.push(/^export (\w+)=(.*)$/.exec(line).slice(1));
    if (line.includes("TEMPO_MCP_PACING")) break;
  }
  return Object.fromEntries(pairs);
}

/** The simulation in another process, for as long as `use` takes with the variables that point at it. */
export async function withSandbox(use) {
  const sandbox = start(server, ["sandbox"]);
  try {
    await use(await sandboxVariables(sandbox));
  } finally {
    sandbox.kill("SIGTERM");
    await sandbox.ended;
  }
}
