// Lays out the packages, ready to be packed:
//
//   node packages/build.mjs --out DIR --program FILE --binary TARGET=FILE … [--repository URL]
//
//   DIR/npm/…             the npm packages: one for each binary, and the main one that people install
//   DIR/bundle            the MCP bundle, with the binaries that it contains
//   DIR/archives/…        an archive of each binary, named the way `cargo binstall` expects
//
// FILE of --program must run on this machine: it is asked for its tools. Without --repository the packages don't say where
// they come from, which is fine for trying them out but not for publishing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundled, command, mainPackage, platformPackage, platforms, programFile, settings } from "./about.mjs";
import { registryName } from "./registry.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const licences = ["LICENSE-APACHE", "LICENSE-MIT"];

const { values: options } = parseArgs({
  options: {
    out: { type: "string" },
    program: { type: "string" },
    binary: { type: "string", multiple: true, default: [] },
    repository: { type: "string" },
  },
});
assert(options.out && options.program, "--out (the folder to write) and --program (the binary to ask for its tools) are required");
const out = resolve(options.out);
const binaries = new Map(options.binary.map((it) => it.split(/=(.*)/s)));
const known = [...platforms.map((it) => it.target), ...Object.values(bundled)];
for (const target of binaries.keys()) assert(known.includes(target), `unknown platform ${target}; known: ${known.join(", ")}`);
const built = platforms.filter((it) => binaries.has(it.target));

const crate = cratesMetadata();
const tools = toolsOfTheProgram();
const common = { version: crate.version, license: crate.license, ...repository() };

for (const platform of built) writePlatformPackage(platform);
writeMainPackage();
writeBundle();
for (const { target, os } of built) writeArchive(target, os);

function cratesMetadata() {
  const text = execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1", "--locked"], { cwd: root });
  return JSON.parse(text).packages.find((it) => it.name === command);
}

function toolsOfTheProgram() {
  const ask = (...args) => execFileSync(resolve(options.program), args, { encoding: "utf8" }).trim();
  assert.equal(ask("--version"), `${command} ${crate.version}`, "the program's version is not the one in Cargo.toml");
  return JSON.parse(ask("tools", "--json")).tools;
}

function repository() {
  return options.repository ? { repository: { type: "git", url: `git+${options.repository}.git` } } : {};
}

function writePlatformPackage(platform) {
  const { target, os, cpu, libc } = platform;
  const folder = join(out, "npm", platformPackage(platform).split("/")[1]);
  const manifest = {
    name: platformPackage(platform),
    description: `The ${command} binary for ${target}, used by ${mainPackage}`,
    ...common,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    preferUnplugged: true, // a binary cannot run from inside Yarn's archives
    files: ["bin", ...licences],
  };
  writePackage(folder, manifest, `# ${manifest.name}\n\n${manifest.description}. Install ${mainPackage} instead.\n`);
  place(target, join(folder, "bin", programFile(os)));
}

function writeMainPackage() {
  const folder = join(out, "npm", mainPackage.split("/")[1]);
  const manifest = {
    name: mainPackage,
    description: crate.description,
    ...common,
    ...(options.repository && { mcpName: registryName(options.repository) }),
    keywords: ["mcp", "tempo", "jira", "timesheets", "worklog"],
    bin: { [command]: "bin/launcher.js" },
    files: ["bin", ...licences],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(built.map((it) => [platformPackage(it), crate.version])),
  };
  const list = tools.map((it) => `- \`${it.name}\`: ${it.description}`).join("\n");
  writePackage(folder, manifest, `# ${mainPackage}\n\n${crate.description}.\n\n${list}\n`);
  install(join(here, "launcher.js"), join(folder, "bin", "launcher.js"));
}

function writePackage(folder, manifest, readme) {
  rmSync(folder, { recursive: true, force: true });
  writeJson(join(folder, "package.json"), manifest);
  writeFileSync(join(folder, "README.md"), readme);
  copyLicences(folder);
}

function writeBundle() {
  const folder = join(out, "bundle");
  const systems = Object.entries(bundled).filter(([, target]) => binaries.has(target));
  if (systems.length === 0) return;
  const starts = Object.fromEntries(systems.map(([os]) => [os, { command: `\${__dirname}/${entry(os)}` }]));
  const [first] = systems[0];
  rmSync(folder, { recursive: true, force: true });
  writeJson(join(folder, "manifest.json"), {
    manifest_version: "0.3",
    name: command,
    display_name: "Tempo Timesheets",
    description: crate.description,
    ...common,
    author: { name: crate.authors[0] ?? "The tempo-mcp contributors" },
    server: {
      type: "binary",
      entry_point: entry(first),
      mcp_config: {
        ...starts[first],
        args: [],
        env: Object.fromEntries(settings.map((it) => [it.variable, `\${user_config.${formKey(it)}}`])),
        platform_overrides: starts,
      },
    },
    tools: tools.map(({ name, description }) => ({ name, description })),
    keywords: ["tempo", "jira", "timesheets", "worklog"],
    compatibility: { platforms: systems.map(([os]) => os) },
    user_config: Object.fromEntries(settings.map((it) => [formKey(it), field(it)])),
  });
  for (const [os, target] of systems) place(target, join(folder, entry(os)));
  copyLicences(folder);
}

/** The path of an operating system's binary in a bundle. */
function entry(os) {
  return `server/${os}/${programFile(os)}`;
}

function formKey({ variable }) {
  return variable.toLowerCase();
}

function field({ title, about, required = false, secret = false, boolean = false, default: standard }) {
  return {
    type: boolean ? "boolean" : "string",
    title,
    description: about,
    required,
    ...(boolean ? {} : { sensitive: secret }),
    ...(standard === undefined ? {} : { default: standard }),
  };
}

function writeArchive(target, os) {
  const archives = join(out, "archives");
  const name = `${command}-${target}`;
  place(target, join(archives, name, programFile(os)));
  copyLicences(join(archives, name));
  execFileSync("tar", ["-czf", `${name}.tgz`, name], { cwd: archives });
  rmSync(join(archives, name), { recursive: true });
}

/** Sets the mode, too: a binary that was a workflow artifact may have lost it. */
function place(target, path) {
  install(resolve(binaries.get(target)), path);
}

function install(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

function copyLicences(folder) {
  for (const name of licences) copyFileSync(join(root, name), join(folder, name));
}

function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
