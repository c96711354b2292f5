// The official TypeScript clients over stdio and over HTTP: the 1.x SDK (`initialize`) and the 2.x client, which speaks
// both eras; and mcp-remote, which connects stdio-only clients to a URL. The official clients validate structured content
// against the tool's output schema.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernStdio } from "@modelcontextprotocol/client/stdio";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as LegacyHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { check, checkTools, endpoint, playStory, server, withService } from "./lib.mjs";

const info = { name: "tempo-mcp-check", version: "0.0.0" };
const invalidParams = -32602;
const bridge = fileURLToPath(new URL("node_modules/mcp-remote/dist/proxy.js", import.meta.url));

function negotiating(mode) {
  return () => new ModernClient(info, { versionNegotiation: { mode } });
}

const clients = [
  { name: "TypeScript SDK 1.x", create: () => new LegacyClient(info), Stdio: LegacyStdio, Http: LegacyHttp },
  {
    name: "TypeScript client 2.x legacy",
    create: negotiating("legacy"),
    Stdio: ModernStdio,
    Http: ModernHttp,
    version: "2025-11-25",
  },
  {
    name: "TypeScript client 2.x auto",
    create: negotiating("auto"),
    Stdio: ModernStdio,
    Http: ModernHttp,
    version: "2026-07-28",
  },
];

async function exercise(name, client, transport, version) {
  await check(`${name}: connect`, async () => {
    await client.connect(transport);
    assert.equal(client.getServerVersion()?.name, "tempo-mcp");
    assert(client.getInstructions(), "the server sends instructions");
    if (version) assert.equal(client.getNegotiatedProtocolVersion(), version);
  });
  await check(`${name}: tools/list`, async () => checkTools((await client.listTools()).tools));
  await playStory(name, (tool, args) => client.callTool({ name: tool, arguments: args }));
  await check(`${name}: unknown tool`, () =>
    assert.rejects(client.callTool({ name: "createWorkLog", arguments: {} }), (error) => {
      assert.equal(error.code, invalidParams);
      assert.match(error.message, /createWorklog/, "the closest match is named");
      return true;
    }));
  await check(`${name}: close`, () => client.close());
}

for (const { name, create, Stdio, Http, version } of clients) {
  if (!endpoint) {
    const stdio = new Stdio({ command: server, args: ["stdio", "--sandbox"] });
    await exercise(`${name} over stdio`, create(), stdio, version);
  }
  const overHttp = `${name} over HTTP`;
  await withService(overHttp, (url) => exercise(overHttp, create(), new Http(new URL(url)), version));
}

const bridged = "TypeScript SDK 1.x through mcp-remote";
await withService(bridged, (url) => {
  const args = [bridge, url, "--allow-http", "--transport", "http-only", "--silent"];
  return exercise(bridged, new LegacyClient(info), new LegacyStdio({ command: process.execPath, args }));
});
