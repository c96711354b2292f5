//! The longer texts of `--help`: examples, variables and exit codes.

use tempo_mcp_core::config::VARIABLES;

use super::style::{width, wrapped};

pub(super) const EXAMPLES: &str = "Examples:\n  \
    tempo-mcp demo                                      a two-minute tour without accounts\n  \
    tempo-mcp tools                                     list the tools and their parameters\n  \
    tempo-mcp --sandbox call searchIssues --text login  call a tool on simulated data\n  \
    tempo-mcp call createWorklog --issueKey PROJ-12 --date 2026-03-02 --timeSpent 1h30m\n  \
    tempo-mcp install                                   add it to Claude, Cursor, VS Code or Windsurf\n  \
    tempo-mcp doctor                                    find what is wrong and how to fix it\n  \
    tempo-mcp completions bash                          print completions for a shell";

/// Variables that libraries and this crate read, but core does not.
const MORE_VARIABLES: [(&str, &str); 4] = [
    ("BROWSER", "program that opens the sign-in page in a browser; none: only print the address"),
    (
        "TEMPO_MCP_LOG",
        "level of the log on standard error: error, warn, info, debug or trace [default: warn]",
    ),
    (
        "HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE",
        "for company networks: the proxy, hosts that bypass it, and certificates to trust",
    ),
    ("NO_COLOR", "any value turns colours off"),
];

/// The column in which the variables' descriptions begin.
const COLUMN: usize = 40;

pub(super) fn long_help() -> String {
    let more = MORE_VARIABLES.iter().map(|(name, about)| (*name, (*about).to_owned()));
    let variables = VARIABLES.iter().map(|it| {
        let default = it.default.map(|it| format!(" [default: {it}]")).unwrap_or_default();
        (it.name, format!("{}{default}", it.about))
    });
    let variables = variables.chain(more).map(|(name, about)| {
        let lines = wrapped(&about, width() - COLUMN);
        format!("  {name:<0$}{1}", COLUMN - 2, lines.join(&format!("\n{:COLUMN$}", "")))
    });
    format!("{EXAMPLES}\n\nEnvironment:\n{}", variables.collect::<Vec<_>>().join("\n"))
}

pub(super) const INSTALL: &str = "Asks for the values that neither the environment nor the client's configuration has, and checks them with Tempo and \
    Jira. Comments and other servers are left as they are, the previous file is saved next to the new one, and an entry \
    of the TypeScript server is replaced in place. VS Code asks for the tokens itself and stores them; the other clients \
    store them in the file.\n\n\
    Exit code 0: done, or nothing to do; 1: refused, the file is unchanged; 2: invalid usage.";

pub(super) const DOCTOR: &str = "Changes nothing, and prints no token, e-mail address or name: you can paste the output into a ticket.\n\
    Exit code 0: no problems found; 1: something is wrong.";

pub(super) const CALL: &str = "Examples:\n  \
    tempo-mcp call retrieveWorklogs --startDate 2026-03-02 --endDate 2026-03-06\n  \
    tempo-mcp call deleteWorklog '{\"worklogId\": \"7001\"}' --json\n  \
    tempo-mcp call createWorklog --help\n\n\
    Exit code 0: done; 1: the tool failed, and says why; 2: invalid usage, or not set up.";
