#!/usr/bin/env node
// Starts the program from the package of this machine's platform and stands aside: the standard streams are the
// program's own, signals go to it, and its end is this process's end. Runs on Node 18: keep it so.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { name, version, optionalDependencies } = require("../package.json");

const windows = process.platform === "win32";
const program = installedProgram();
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  // On Windows the console tells the program itself, and `kill` would end it without a word.
  process.on(signal, () => windows || child.kill(signal));
}
child.on("error", (error) => fail(`${program} does not start: ${error.message}`));
child.on("exit", (code, signal) => (signal ? endBy(signal) : process.exit(code)));

function endBy(signal) {
  process.removeAllListeners(signal);
  process.exitCode = 128 + constants.signals[signal]; // where Node ignores the signal
  process.kill(process.pid, signal);
}

function installedProgram() {
  const candidates = packagesOfThisMachine();
  const programs = candidates.map(programOf).filter(Boolean);
  if (programs.length === 0) fail(whyThereIsNone(candidates));
  // Only an npm too old to know `libc` installs both.
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
  process.report.excludeNetwork = true; // or it looks addresses up
  return Boolean(process.report.getReport().header.glibcVersionRuntime);
}

function whyThereIsNone(candidates) {
  if (candidates.length === 0) {
    const built = Object.keys(optionalDependencies).map((it) => it.split("/")[1]);
    return `there is no program for ${process.platform}-${process.arch}; there is one for ${built.join(", ")}`;
  }
  return (
    `the program is in the package ${candidates.join(" or ")} ${version}, which is not installed: optional ` +
    "dependencies were left out, or node_modules comes from another kind of machine. Install again, here, with " +
    "--include=optional"
  );
}

function fail(reason) {
  console.error(`tempo-mcp: ${reason}`);
  process.exit(1);
}
