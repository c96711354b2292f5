// What the tests of the packages share: laying the packages out with the tested binary, and running processes.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { server } from "./lib.mjs";

const patience = 60_000; // ms until a process that does not exit is killed
export const root = process.cwd();
export const about = await import(pathToFileURL(resolve("packages/about.mjs")));

/** The repository that packages name. Nothing is fetched from it. */
export const repository = "https://github.com/example/tempo-mcp";

const mine = about.platforms.filter((it) => it.os === process.platform && it.cpu === process.arch);
assert(mine.length > 0, `no package for ${process.platform}-${process.arch}`);
export const myPackage = about.platformPackage(mine[0]);

/** Lays the packages out in an empty folder, with the tested binary for this machine and a stand-in for all others. */
export function layOut(folder, { bundle }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, "stripped");
  execFileSync("strip", ["-o", binary, server]); // reduces the size to pack to a third
  const standIn = join(folder, "stand-in");
  writeFileSync(standIn, "not for this machine\n");
  const tested = bundle ? about.bundled[process.platform] : mine[0].target;
  const targets = new Set([...about.platforms.map((it) => it.target), ...Object.values(about.bundled)]);
  const binaries = [...targets].map((it) => `--binary=${it}=${it === tested ? binary : standIn}`);
  const args = ["packages/build.mjs", "--out", folder, "--program", server, "--repository", repository, ...binaries];
  execFileSync(process.execPath, args);
}

/** Runs a program until it exits. */
export async function run(command, args, options = {}) {
  const child = start(command, args, options);
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), child.ended]);
  return { code, signal, stdout, stderr };
}

/**
 * Starts a process in its own process group. `ended` resolves to exit code and signal when the process, and every other
 * one that has its output open, has exited.
 */
export function start(command, args, { env, cwd, stdin = "ignore" } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: [stdin, "pipe", "pipe"], detached: true });
  const tooLong = setTimeout(() => process.kill(-child.pid, "SIGKILL"), patience);
  child.ended = once(child, "close").finally(() => clearTimeout(tooLong));
  return child;
}

/** Reads the variables that `tempo-mcp sandbox` prints first. */
export async function sandboxVariables(sandbox) {
  const pairs = [];
  for await (const line of createInterface({ input: sandbox.stdout })) {
    pairs.push(/^export (\w+)=(.*)$/.exec(line).slice(1));
    if (line.includes("TEMPO_MCP_PACING")) break;
  }
  return Object.fromEntries(pairs);
}

/** Runs the sandbox in another process while `use` works with its variables. */
export async function withSandbox(use) {
  const sandbox = start(server, ["sandbox"]);
  try {
    await use(await sandboxVariables(sandbox));
  } finally {
    sandbox.kill("SIGTERM");
    await sandbox.ended;
  }
}
