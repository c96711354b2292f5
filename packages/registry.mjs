// Writes server.json for the MCP registry, once the bundle is packed:
//
//   node packages/registry.mjs --packages DIR --bundle FILE --repository URL >server.json
//
// DIR is the output of build.mjs. The format: https://modelcontextprotocol.io/registry/package-types
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { command, mainPackage, settings } from "./about.mjs";

/** The registry gives each GitHub owner a namespace. The npm package repeats the name to prove that it belongs to it. */
export function registryName(repository) {
  const [, owner] = /^https:\/\/github\.com\/([\w.-]+)\/[\w.-]+$/.exec(repository) ?? [];
  assert(owner, `${repository} does not look like https://github.com/OWNER/NAME`);
  return `io.github.${owner}/${command}`;
}

function serverJson({ packages, bundle, repository }) {
  const main = JSON.parse(readFileSync(join(packages, "npm", mainPackage.split("/")[1], "package.json"), "utf8"));
  const { version, description } = main;
  const started = { transport: { type: "stdio" }, environmentVariables: settings.map(input) };
  return {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: registryName(repository),
    title: "Tempo Timesheets",
    description,
    version,
    repository: { url: repository, source: "github" },
    packages: [
      { registryType: "npm", identifier: main.name, version, runtimeHint: "npx", ...started },
      {
        registryType: "mcpb",
        identifier: `${repository}/releases/download/v${version}/${basename(bundle)}`,
        fileSha256: createHash("sha256").update(readFileSync(bundle)).digest("hex"),
        ...started,
      },
    ],
  };
}

function input({ variable, about, required = false, secret = false, boolean = false, default: standard }) {
  return {
    name: variable,
    description: about,
    isRequired: required,
    isSecret: secret,
    format: boolean ? "boolean" : "string",
    ...(standard === undefined ? {} : { default: String(standard) }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const string = { type: "string" };
  const { values } = parseArgs({ options: { packages: string, bundle: string, repository: string } });
  console.log(JSON.stringify(serverJson(values), null, 2));
}
