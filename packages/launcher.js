#!/usr/bin/env node
// Starts the binary from this platform's package and gets out of the way: the binary inherits the standard streams,
// signals are passed on to it, and this process exits as it does. Must keep running on Node 18.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { name, version, optionalDependencies } = require("../package.json");

const windows = process.platform === "win32";
const program = installedProgram();
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  // On Windows the console notifies the program itself, and `kill` would terminate it without warning.
  process.on(signal, () => windows || child.kill(signal));
}
child.on("error", (error) => fail(`cannot start ${program}: ${error.message}`));
child.on("exit", (code, signal) => (signal ? endBy(signal) : process.exit(code)));

function endBy(signal) {
  process.removeAllListeners(signal);
  process.exitCode = 128 + constants.signals[signal]; // in case Node ignores the signal
  process.kill(process.pid, signal);
}

function installedProgram() {
  const candidates = packagesOfThisMachine();
  const programs = candidates.map(programOf).filter(Boolean);
  if (programs.length === 0) fail(whyThereIsNone(candidates));
  // Both are installed only by an npm that is too old to know `libc`.
  return programs.length === 1 || hasGlibc() ? programs[0] : programs[1];
}

function packagesOfThisMachine() {
  const base = `${name.split("/")[0]}/${process.platform}-${process.arch}`;
  const built = process.platform === "linux" ? [`${base}-gnu`, `${base}-musl`] : [base];
  return built.filter((it) => optionalDependencies[it]);
}

function programOf(platformPackage) {
  try {
    return require.resolve(`${platformPackage}/bin/tempo-mcp${windows ? ".exe" : ""}`);
  } catch {
    return undefined;
  }
}

function hasGlibc() {
  process.report.excludeNetwork = true; // otherwise it does DNS look-ups
  return Boolean(process.report.getReport().header.glibcVersionRuntime);
}

function whyThereIsNone(candidates) {
  if (candidates.length === 0) {
    const built = Object.keys(optionalDependencies).map((it) => it.split("/")[1]);
    return `there is no binary for ${process.platform}-${process.arch}; supported: ${built.join(", ")}`;
  }
  return (
    `the package ${candidates.join(" or ")} ${version}, which contains the program, is not installed. Either optional ` +
    "dependencies were left out, or node_modules was copied from another kind of machine. Install again on this machine " +
    "with --include=optional"
  );
}

function fail(reason) {
  console.error(`tempo-mcp: ${reason}`);
  process.exit(1);
}
