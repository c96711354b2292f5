// What every package of the program has in common, and the only place that knows it: the packages' names, the platforms,
// and what a form asks a person for. Version, description and licence are Cargo.toml's, the tools the program's own;
// build.mjs asks both.

/** The npm scope. Not published: whoever changes it changes what people run. */
const scope = "@tempo-mcp";
export const mainPackage = `${scope}/server`;

/** What a client calls the server, and the command that is on the path once it is installed. */
export const serverName = "tempo";
export const command = "tempo-mcp";

/** Rust's target, and where npm installs its package: `os`, `cpu` and `libc` as npm and Node name them. */
export const platforms = [
  { target: "x86_64-unknown-linux-gnu", os: "linux", cpu: "x64", libc: "glibc", suffix: "-gnu" },
  { target: "aarch64-unknown-linux-gnu", os: "linux", cpu: "arm64", libc: "glibc", suffix: "-gnu" },
  { target: "x86_64-unknown-linux-musl", os: "linux", cpu: "x64", libc: "musl", suffix: "-musl" },
  { target: "aarch64-unknown-linux-musl", os: "linux", cpu: "arm64", libc: "musl", suffix: "-musl" },
  { target: "x86_64-apple-darwin", os: "darwin", cpu: "x64" },
  { target: "aarch64-apple-darwin", os: "darwin", cpu: "arm64" },
  { target: "x86_64-pc-windows-msvc", os: "win32", cpu: "x64" },
];

/** A bundle knows operating systems, no processors: on macOS both in one file, on Linux the static x64 program. */
export const bundled = {
  darwin: "universal-apple-darwin",
  win32: "x86_64-pc-windows-msvc",
  linux: "x86_64-unknown-linux-musl",
};

/** The package of a platform; launcher.js forms the same name from what Node tells about the machine. */
export function platformPackage({ os, cpu, suffix = "" }) {
  return `${scope}/${os}-${cpu}${suffix}`;
}

export function programFile(os) {
  return os === "win32" ? `${command}.exe` : command;
}

/** The variables that a form asks for, as bundles and registries show them; README's table has all of them. */
export const settings = [
  {
    variable: "TEMPO_API_TOKEN",
    title: "Tempo API token",
    about: "In Jira: Apps > Tempo > Settings > API Integration > New token",
    required: true,
    secret: true,
  },
  {
    variable: "JIRA_BASE_URL",
    title: "Jira site",
    about: "The address of your Jira, like https://your-site.atlassian.net",
    required: true,
  },
  {
    variable: "JIRA_EMAIL",
    title: "E-mail address",
    about: "The e-mail address of your Atlassian account",
    required: true,
  },
  {
    variable: "JIRA_API_TOKEN",
    title: "Jira API token",
    about: "From id.atlassian.com/manage-profile/security/api-tokens",
    required: true,
    secret: true,
  },
  {
    variable: "TEMPO_BASE_URL",
    title: "Tempo's address",
    about: "Another one for data in another region: https://api.eu.tempo.io or https://api.us.tempo.io",
    default: "https://api.tempo.io",
  },
  {
    variable: "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID",
    title: "Account field",
    about: "Number of the Jira field that holds an issue's Tempo account, where your site has one",
  },
  {
    variable: "TEMPO_MCP_READ_ONLY",
    title: "Read only",
    about: "No tool that writes is offered",
    boolean: true,
    default: false,
  },
];
