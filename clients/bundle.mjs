// The MCP bundle: validated and packed by the official tool, unpacked, and started the way a client starts it, with a
// person's settings. Also, what all packages have to agree on: the version, the tools, the variables.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { check, checkTools, server } from "./lib.mjs";
import { about, layOut, repository, run, withSandbox } from "./packaging.mjs";

const work = join(process.env.TEMPO_MCP_TOOLS, "bundle");
const packed = join(work, "tempo-mcp.mcpb");
const unpacked = join(work, "unpacked");
const mcpb = join(fileURLToPath(import.meta.resolve("@anthropic-ai/mcpb")), "../cli/cli.js");
const { mainPackage, platforms, platformPackage, settings } = about;

layOut(work, { bundle: true });
const manifest = readJson("bundle/manifest.json");
const listed = JSON.parse((await run(server, ["tools", "--json"])).stdout).tools;
const metadata = execFileSync("cargo", ["metadata", "--no-deps", "--format-version=1", "--locked"]);
const crate = JSON.parse(metadata).packages.find((it) => it.name === "tempo-mcp");

await check("bundle: the manifest is valid", () => official("validate", join(work, "bundle/manifest.json")));
await check("bundle: can be packed", () => official("pack", join(work, "bundle"), packed));
await check("bundle: can be unpacked", () => official("unpack", packed, unpacked));
await withSandbox(async (variables) => {
  const client = new Client({ name: "tempo-mcp-check", version: "0.0.0" });
  await check("bundle: starts with a person's settings", () => startBundle(client, variables));
  await check("bundle: tools/list matches the manifest", async () => {
    const { tools } = await client.listTools();
    checkTools(tools);
    assert.deepEqual(manifest.tools, nameAndDescription(tools));
  });
  await check("bundle: a tool call", async () => {
    const result = await client.callTool({ name: "searchIssues", arguments: { text: "login" } });
    assert(!result.isError, JSON.stringify(result.content));
  });
  await check("bundle: close", () => client.close());
});
await check("packages: agree on version and tools", agree);
await check("packages: ask for variables that exist, and mark tokens as secret", variablesExist);
await check("packages: server.json meets the registry's rules", registryShape);
await check("packages: cargo binstall finds every archive and its binary", binstall);
await check("packages: the documented one-click links start the installed program", oneClick);
await check("packages: the release workflow builds every platform", everyPlatformIsBuilt);

function readJson(path) {
  return JSON.parse(readFileSync(join(work, path), "utf8"));
}

async function official(...args) {
  const done = await run(process.execPath, [mcpb, ...args], { env: process.env });
  assert.equal(done.code, 0, done.stdout + done.stderr);
}

async function startBundle(client, variables) {
  const filledIn = Object.entries(manifest.user_config).map(([key]) => [key, variables[key.toUpperCase()]]);
  const userConfig = Object.fromEntries(filledIn.filter(([, value]) => value));
  const dirs = { extensionPath: unpacked, systemDirs: {}, pathSeparator: "/" };
  const { command, args, env } = await getMcpConfigForManifest({ manifest, userConfig, ...dirs });
  assert.equal(env.JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID.slice(0, 2), "${", "a setting that is not filled in is left unexpanded");
  // These two are not in the form.
  const more = { TEMPO_MCP_PACING: "off", ATLASSIAN_API_URL: variables.ATLASSIAN_API_URL };
  await client.connect(new StdioClientTransport({ command, args, env: { ...env, ...more } }));
}

function nameAndDescription(tools) {
  return tools.map(({ name, description }) => ({ name, description }));
}

function agree() {
  const names = [mainPackage, ...platforms.map(platformPackage)];
  const npm = names.map((it) => readJson(`npm/${basename(it)}/package.json`));
  for (const { name, version, license, description } of [...npm, manifest]) {
    assert.deepEqual([version, license], [crate.version, crate.license], name);
    assert(description, `${name} has a description`);
  }
  assert.deepEqual(npm[0].optionalDependencies, Object.fromEntries(npm.slice(1).map((it) => [it.name, crate.version])));
  assert.deepEqual(manifest.tools, nameAndDescription(listed));
  const readme = readFileSync(join(work, "npm", basename(mainPackage), "README.md"), "utf8");
  for (const { name } of listed) assert(readme.includes(`\`${name}\``), `the npm package's README lists ${name}`);
}

async function variablesExist() {
  const { stdout: help } = await run(server, ["--help"]);
  for (const { variable } of settings) assert.match(help, new RegExp(`^  ${variable} `, "m"));
  for (const { variable, secret = false } of settings) assert.equal(secret, /TOKEN|SECRET/.test(variable), variable);
  for (const { variable, secret = false } of settings) {
    assert.equal(manifest.user_config[variable.toLowerCase()].sensitive ?? false, secret, variable);
  }
}

/** Checks the rules of https://modelcontextprotocol.io/registry that concern our file. */
async function registryShape() {
  const args = ["packages/registry.mjs", "--packages", work, "--bundle", packed, "--repository", repository];
  const done = await run(process.execPath, args);
  assert.equal(done.code, 0, done.stderr);
  const { $schema, name, title, description, version, packages } = JSON.parse(done.stdout);
  assert.match($schema, /^https:\/\/static\.modelcontextprotocol\.io\/schemas\/\d{4}-\d\d-\d\d\/server\.schema\.json$/);
  assert.match(name, /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  assert.equal(name, readJson(`npm/${basename(mainPackage)}/package.json`).mcpName, "the npm package repeats the name");
  for (const text of [title, description]) assert(text.length > 0 && text.length <= 100, text);
  assert.equal(version, crate.version);
  const [npm, bundle] = packages;
  assert.deepEqual([npm.registryType, npm.identifier, npm.version], ["npm", mainPackage, crate.version]);
  assert.deepEqual([bundle.registryType, basename(bundle.identifier)], ["mcpb", basename(packed)]);
  assert.match(bundle.fileSha256, /^[a-f0-9]{64}$/);
  for (const { transport, environmentVariables } of packages) {
    assert.deepEqual(transport, { type: "stdio" });
    assert.deepEqual(environmentVariables.map((it) => it.name), settings.map((it) => it.variable));
    for (const it of environmentVariables) assert.equal(it.isSecret, /TOKEN/.test(it.name), it.name);
  }
}

/** Fills in cargo binstall's templates for each target and looks for the archive in the local folder. */
function binstall() {
  const { "pkg-url": url, "bin-dir": path, "pkg-fmt": format } = crate.metadata.binstall;
  assert.equal(format, "tgz");
  for (const { target, os } of platforms) {
    const known = {
      repo: repository,
      version: crate.version,
      name: crate.name,
      bin: crate.name,
      target,
      "archive-suffix": ".tgz",
      "binary-ext": os === "win32" ? ".exe" : "",
    };
    const fill = (template) => template.replace(/\{ ([\w-]+) \}/g, (_, name) => known[name] ?? assert.fail(name));
    const archive = join(work, "archives", basename(fill(url)));
    assert(existsSync(archive), archive);
    const files = execFileSync("tar", ["-tzf", archive], { encoding: "utf8" }).split("\n");
    assert(files.includes(fill(path)), `${archive} contains ${fill(path)}`);
  }
}

async function oneClick() {
  const pages = ["README.md", "docs/install.md"].filter(existsSync).map((it) => readFileSync(it, "utf8"));
  const { stdout } = await run(process.execPath, ["packages/links.mjs"]);
  const [cursor, vsCode] = stdout.trim().split("\n").map((it) => {
    assert(pages.some((page) => page.includes(it)), `neither README.md nor docs/install.md has ${it}`);
    return new URL(/\((.*)\)/.exec(it)[1]);
  });
  const required = settings.filter((it) => it.required).map((it) => it.variable);
  const inCursor = JSON.parse(Buffer.from(cursor.searchParams.get("config"), "base64"));
  assert.deepEqual(inCursor, { command: "tempo-mcp", env: Object.fromEntries(required.map((it) => [it, ""])) });
  const inVsCode = JSON.parse(vsCode.searchParams.get("config"));
  const inputs = JSON.parse(vsCode.searchParams.get("inputs"));
  assert.deepEqual([inVsCode.type, inVsCode.command, Object.keys(inVsCode.env)], ["stdio", "tempo-mcp", required]);
  assert.deepEqual(Object.values(inVsCode.env), inputs.map((it) => `\${input:${it.id}}`));
  const asked = inputs.filter((it) => it.password).map((it) => it.id);
  assert.deepEqual(asked, ["tempo-api-token", "jira-api-token"], "VS Code keeps these out of its configuration file");
  for (const url of [cursor, vsCode]) assert.equal(url.searchParams.get("name"), "tempo");
}

function everyPlatformIsBuilt() {
  const workflow = readFileSync(".github/workflows/release.yml", "utf8");
  for (const target of [...platforms.map((it) => it.target), ...Object.values(about.bundled)]) {
    assert(workflow.includes(target), `release.yml does not build ${target}`);
  }
}
