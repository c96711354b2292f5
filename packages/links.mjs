// Prints the one-click install links that the documentation shows: `node packages/links.mjs`. They start the program that
// is on the path, never a package by name, as long as none is published.
// https://cursor.com/docs/mcp/install-links, https://code.visualstudio.com/api/extension-guides/ai/mcp
import { fileURLToPath } from "node:url";
import { command, serverName, settings } from "./about.mjs";

const required = settings.filter((it) => it.required);
const env = (value) => Object.fromEntries(required.map((it) => [it.variable, value(it)]));
const inputId = (it) => it.variable.toLowerCase().replaceAll("_", "-");

/** Cursor shows a field for each variable. An empty one counts as not set, and the server says so. */
function cursor() {
  const config = { command, env: env(() => "") };
  const encoded = Buffer.from(JSON.stringify(config)).toString("base64");
  return `https://cursor.com/install-mcp?name=${serverName}&config=${encodeURIComponent(encoded)}`;
}

/** VS Code asks for each input when it starts the server and keeps secrets out of its configuration file. */
function vsCode() {
  const inputs = required.map((it) => ({
    type: "promptString",
    id: inputId(it),
    description: it.title,
    ...(it.secret && { password: true }),
  }));
  const config = { type: "stdio", command, env: env((it) => `\${input:${inputId(it)}}`) };
  const [asked, started] = [inputs, config].map((it) => encodeURIComponent(JSON.stringify(it)));
  return `https://vscode.dev/redirect/mcp/install?name=${serverName}&inputs=${asked}&config=${started}`;
}

export const links = { Cursor: cursor(), "VS Code": vsCode() };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [client, url] of Object.entries(links)) console.log(`[${client}](${url})`);
}
