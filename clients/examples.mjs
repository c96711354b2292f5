// Runs the curl examples of docs/self-hosting.md exactly as they are printed there.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { check, withService } from "./lib.mjs";

const page = readFileSync(`${process.env.TEMPO_MCP_ROOT}/docs/self-hosting.md`, "utf8");
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
const examples = blocks.filter((block) => block.startsWith("curl ") && block.includes("TEMPO_MCP_URL"));

async function run(example, url) {
  const environment = { ...process.env, TEMPO_MCP_URL: url };
  const { stdout } = await promisify(execFile)("bash", ["-euc", example], { env: environment });
  if (example.includes("/healthz")) return assert.equal(stdout, "ok");
  const { id, result, error } = JSON.parse(stdout);
  assert.equal(error, undefined, stdout);
  assert.equal(id, JSON.parse(/"id": (\d+)/.exec(example)[1]));
  assert(result.tools?.length > 0 || result.structuredContent?.issues?.length > 0, stdout);
}

if (spawnSync("curl", ["--version"]).error) {
  console.log("skipped: the curl examples: needs curl");
} else {
  await withService("examples", async (url) => {
    await check("examples: the page has some", async () => assert(examples.length >= 4, `${examples.length} found`));
    for (const [i, example] of examples.entries()) {
      await check(`examples: curl command ${i + 1} of docs/self-hosting.md`, () => run(example, url));
    }
  });
}
