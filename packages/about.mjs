// What all packages have in common, in one place: their names, the platforms, and the settings that a form asks for.
// Version, description and licence come from Cargo.toml, the list of tools from the program; build.mjs reads both.

/** The npm scope. Nothing is published under it yet. Be careful: this decides which code people run. */
const scope = "@tempo-mcp";
export const mainPackage = `${scope}/server`;

/** The server's name in a client's configuration, and the command that an installation puts on the path. */
export const serverName = "tempo";
export const command = "tempo-mcp";

/** Rust's target, and the `os`, `cpu` and `libc` that npm installs its package on, as npm and Node name them. */
export const platforms = [
  { target: "x86_64-unknown-linux-gnu", os: "linux", cpu: "x64", libc: "glibc", suffix: "-gnu" },
  { target: "aarch64-unknown-linux-gnu", os: "linux", cpu: "arm64", libc: "glibc", suffix: "-gnu" },
  { target: "x86_64-unknown-linux-musl", os: "linux", cpu: "x64", libc: "musl", suffix: "-musl" },
  { target: "aarch64-unknown-linux-musl", os: "linux", cpu: "arm64", libc: "musl", suffix: "-musl" },
  { target: "x86_64-apple-darwin", os: "darwin", cpu: "x64" },
  { target: "aarch64-apple-darwin", os: "darwin", cpu: "arm64" },
  { target: "x86_64-pc-windows-msvc", os: "win32", cpu: "x64" },
];

/** A bundle distinguishes operating systems but not processors: a universal binary on macOS, the static x64 one on Linux. */
export const bundled = {
  darwin: "universal-apple-darwin",
  win32: "x86_64-pc-windows-msvc",
  linux: "x86_64-unknown-linux-musl",
};

/** The package of a platform. launcher.js builds the same name from what Node reports about the machine. */
export function platformPackage({ os, cpu, suffix = "" }) {
  return `${scope}/${os}-${cpu}${suffix}`;
}

export function programFile(os) {
  return os === "win32" ? `${command}.exe` : command;
}

/** The variables that a form in a bundle or registry asks for. docs/configuration.md lists all variables. */
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
    about: "The URL of your Jira site, such as https://your-site.atlassian.net",
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
    about: "Create one at id.atlassian.com/manage-profile/security/api-tokens",
    required: true,
    secret: true,
  },
  {
    variable: "TEMPO_BASE_URL",
    title: "Tempo API URL",
    about: "Change it only if your data is in another region: https://api.eu.tempo.io or https://api.us.tempo.io",
    default: "https://api.tempo.io",
  },
  {
    variable: "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID",
    title: "Account field",
    about: "Number of the Jira field that holds an issue's Tempo account, if your site has one",
  },
  {
    variable: "TEMPO_MCP_READ_ONLY",
    title: "Read-only",
    about: "Offer only tools that read",
    boolean: true,
    default: false,
  },
];
