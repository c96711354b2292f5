// The inspector's command line over stdio and over HTTP, in both protocol eras. Each call runs in a new process; over
// stdio, so does the server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { check, checkTools, endpoint, playStory, server, withService } from "./lib.mjs";

const packageUrl = import.meta.resolve("@modelcontextprotocol/inspector/package.json");
const launcher = fileURLToPath(new URL("clients/launcher/build/index.js", packageUrl));
const toolError = 5; // the inspector's exit code if a result has isError

async function inspect(era, target, ...options) {
  const args = [launcher, "--cli", "--protocol-era", era, "--format", "json", ...options, ...target];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  assert(code === 0 || code === toolError, `exit code ${code}: ${stderr || stdout}`);
  return JSON.parse(stdout);
}

async function exercise(name, era, target) {
  await check(`${name}: tools/list --strict`, async () => {
    const { result, schemaFindings } = await inspect(era, target, "--method", "tools/list", "--strict");
    assert.equal(schemaFindings, undefined, JSON.stringify(schemaFindings, null, 1));
    checkTools(result.tools);
  });
  await playStory(name, async (tool, args) => {
    const options = ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", JSON.stringify(args)];
    return (await inspect(era, target, ...options)).result;
  });
}

async function exerciseBoth(era) {
  if (!endpoint) await exercise(`inspector ${era} over stdio`, era, ["--", server, "--sandbox", "stdio"]);
  const name = `inspector ${era} over HTTP`;
  await withService(name, (url) => exercise(name, era, ["--transport", "http", "--server-url", url]));
}

const eras = ["legacy", "modern"];
if (endpoint) {
  // Both eras use the same tenant, so they take turns: each would trip over what the other writes.
  for (const era of eras) await exerciseBoth(era);
} else {
  // Most of the time goes into starting the inspector.
  await Promise.all(eras.map(exerciseBoth));
}
