// The protocol's conformance suite, with the requirements of both revisions, against two servers: the hosted service, and
// the suite's own fixtures behind the same HTTP layer (crates/tempo-mcp/examples/conformance).
// conformance-SERVER-REVISION.yaml lists the checks that must fail because that server does not offer what they call.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { check, start, withService } from "./lib.mjs";

const fixtures = process.env.TEMPO_MCP_FIXTURES;
assert(fixtures, "TEMPO_MCP_FIXTURES must name the example `conformance`");
const documented = readFileSync(`${process.env.TEMPO_MCP_ROOT}/docs/protocol.md`, "utf8");

const suite = fileURLToPath(new URL("node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url));

function conformance(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [suite, ...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, stdout, stderr });
    });
  });
}

function captures(text, pattern) {
  return [...text.matchAll(pattern)].map((match) => match.slice(1));
}

/** The scenarios that a revision requires. The suite runs others, too, but they don't count. */
async function requiredScenarios(revision) {
  const { stdout } = await conformance("list", "--requirements", revision);
  const [required] = stdout.split("Run and reported, but never scored:");
  return new Set(captures(required, /^ {2}- (\S+)$/gm).flat());
}

async function exercise(name, url, revision) {
  const required = await requiredScenarios(revision);
  const list = fileURLToPath(new URL(`conformance-${name}-${revision}.yaml`, import.meta.url));
  const options = ["--url", url, "--requirements", revision, "--expected-failures", list];
  const { failed, stdout, stderr } = await conformance("server", ...options);
  const lines = captures(stdout, /^[✓✗] (\S+): (\d+) passed, (\d+) failed$/gm);
  const scores = lines.filter(([scenario]) => required.has(scenario));
  const sum = (column) => scores.reduce((total, score) => total + Number(score[column]), 0);
  const clean = scores.filter(([, , failures]) => failures === "0").length;
  const counts = `${clean} of ${scores.length} scenarios, ${sum(1)} of ${sum(1) + sum(2)} checks`;
  await check(`conformance ${revision} of the ${name}: ${counts}`, () => {
    const verdict = stdout.slice(stdout.indexOf("Total:"));
    assert(!failed, verdict.replaceAll(/^ {2}~ .*\n/gm, "") + stderr);
    assert(sum(1) > 0, "the suite has run");
    const expected = captures(readFileSync(list, "utf8"), /^ {2}- (\S+)$/gm).flat();
    const seen = captures(verdict, /^ {2}~ (\S+)$/gm).flat();
    assert.deepEqual(expected.sort(), seen.sort(), "every listed check was reached and failed");
  });
  await check(`conformance ${revision} of the ${name}: docs/protocol.md has these numbers`, () => {
    assert(documented.includes(`| ${revision} | ${name} | ${clean} of ${scores.length} | ${sum(1)} of ${sum(1) + sum(2)} |`));
  });
}

async function exerciseBoth(name, url) {
  for (const revision of ["2025-11-25", "2026-07-28"]) await exercise(name, url, revision);
}

await withService("conformance of the service", (url) => exerciseBoth("service", url));
const { url, stop } = await start("conformance of the fixtures", fixtures, []);
if (url) await exerciseBoth("fixtures", url);
await stop();
