// The official TypeScript clients: the 1.x SDK (initialize) and the 2.x client, which speaks both eras.
// Both check every structured answer against the tool's output schema.
import assert from "node:assert/strict";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { check, checkTools, playStory, server } from "./lib.mjs";

const info = { name: "tempo-mcp-check", version: "0.0.0" };
const invalidParams = -32602;

function negotiating(mode) {
  return new ModernClient(info, { versionNegotiation: { mode } });
}

async function exercise(name, client, Transport, version) {
  await check(`${name}: connect`, async () => {
    await client.connect(new Transport({ command: server, args: ["stdio", "--sandbox"] }));
    assert.equal(client.getServerVersion()?.name, "tempo-mcp");
    assert(client.getInstructions(), "the server gives instructions");
    if (version) assert.equal(client.getNegotiatedProtocolVersion(), version);
  });
  await check(`${name}: tools/list`, async () => checkTools((await client.listTools()).tools));
  await playStory(name, (tool, args) => client.callTool({ name: tool, arguments: args }));
  await check(`${name}: unknown tool`, () =>
    assert.rejects(client.callTool({ name: "createWorkLog", arguments: {} }), (error) => {
      assert.equal(error.code, invalidParams);
      assert.match(error.message, /createWorklog/, "the nearest tool is named");
      return true;
    }));
  await check(`${name}: close`, () => client.close());
}

await exercise("TypeScript SDK 1.x", new LegacyClient(info), LegacyTransport);
await exercise("TypeScript client 2.x legacy", negotiating("legacy"), ModernTransport, "2025-11-25");
await exercise("TypeScript client 2.x auto", negotiating("auto"), ModernTransport, "2026-07-28");
