//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use tempo_mcp_core::config::VARIABLES;

use crate::style::{width, wrapped};

#[derive(Parser)]
#[command(
    name = "tempo-mcp",
    version,
    about = "Log, correct, check and report working time in Tempo Timesheets for Jira Cloud, from any MCP client or a terminal",
    long_about = "Log, correct, check and report working time in Tempo Timesheets for Jira Cloud.\n\n\
        MCP clients (Claude, ChatGPT, Cursor, VS Code …) start it without arguments and talk to it over standard input and output.",
    after_help = EXAMPLES,
    after_long_help = long_help(),
    subcommand_required = false
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const EXAMPLES: &str = "Examples:\n  \
    tempo-mcp demo                                      what it does, in two minutes, without accounts\n  \
    tempo-mcp tools                                     the tools and their parameters\n  \
    tempo-mcp --sandbox call searchIssues --text login  a call on simulated data\n  \
    tempo-mcp call createWorklog --issueKey PROJ-12 --date 2026-03-02 --timeSpent 1h30m\n  \
    tempo-mcp install                                   put it into Claude, Cursor, VS Code or Windsurf\n  \
    tempo-mcp doctor                                    what is wrong, and how to mend it\n  \
    tempo-mcp completions bash                          completions for a shell";

/// Read by libraries and by `logging` and `style`, not by core.
const MORE_VARIABLES: [(&str, &str); 4] = [
    ("BROWSER", "program that signing in opens the login with; none: only tell the address"),
    ("TEMPO_MCP_LOG", "error, warn, info, debug or trace, to standard error [default: warn]"),
    (
        "HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE",
        "company networks: the proxy, hosts that need none, certificates",
    ),
    ("NO_COLOR", "any value: no colours"),
];

/// Where the variables' explanations begin.
const COLUMN: usize = 40;

fn long_help() -> String {
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

/// Options of every subcommand.
#[derive(Args, Clone)]
pub(crate) struct Global {
    /// Use simulated Tempo and Jira inside this process: no accounts, nothing leaves the machine
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// The date in the simulation of this process, YYYY-MM-DD [default: the real one]
    #[arg(long, global = true, value_name = "DATE")]
    pub(crate) today: Option<jiff::civil::Date>,

    /// How log lines on standard error look
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve MCP on standard input and output (what a client starts)
    Stdio,
    /// List the tools and their parameters
    Tools {
        /// The exact answer to tools/list
        #[arg(long)]
        json: bool,
    },
    /// Call one tool and print its answer
    #[command(disable_help_flag = true, after_help = CALL_EXAMPLES)]
    Call {
        /// The tool's name, see `tempo-mcp tools`; `tempo-mcp call TOOL --help` explains one
        #[arg(allow_hyphen_values = true)]
        tool: String,
        /// One JSON object, or --parameter value …; with --json the structured content is printed
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<String>,
    },
    /// Put it into the configuration of an MCP client, after trying the tokens and showing the change
    #[command(after_help = INSTALL_HELP)]
    Install(crate::install::Install),
    /// Take it out of an MCP client's configuration again
    Uninstall(crate::install::Uninstall),
    /// Look at everything between here and your timesheet, and say what is wrong and how to mend it
    #[command(after_help = DOCTOR_HELP)]
    Doctor {
        /// For programs: the same as JSON
        #[arg(long)]
        json: bool,
    },
    /// Sign in to Jira with a browser (JIRA_AUTH_TYPE=oauth)
    Login {
        /// Only print the address
        #[arg(long)]
        no_browser: bool,
    },
    /// Forget the sign-in to Jira
    Logout,
    /// Tell whether somebody is signed in to Jira, and until when
    Status,
    /// Serve simulated Tempo, Jira and Atlassian login over HTTP, for trying and testing any client
    Sandbox {
        /// Address to listen on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
        listen: String,
    },
    /// Serve many people over HTTP, each at an address of their own
    Serve(Box<crate::serve::Serve>),
    /// For the operator of a hosted service: list, count and remove users
    #[command(subcommand)]
    Tenants(crate::operate::Tenants),
    /// For the operator of a hosted service: change the encryption key
    #[command(subcommand)]
    Keys(crate::operate::Keys),
    /// For the operator of a hosted service: copy its database into a new file, while it runs
    Backup(crate::operate::Backup),
    /// Ask a running service whether it is ready: exit code 0, or 1 with the reason
    Health {
        /// Where it listens
        #[arg(default_value = "http://127.0.0.1:8787", value_name = "URL")]
        url: url::Url,
    },
    /// Show what it does, on simulated data: a two-minute read
    Demo,
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
}

const INSTALL_HELP: &str = "Asks for what the environment and the configuration do not have, and tries it with Tempo and Jira. Comments and \
    other servers stay as they are, what was there is kept in a file beside it, and the TypeScript server is replaced \
    in place. VS Code asks for the tokens itself and keeps them; the other clients keep them in the file.\n\n\
    Exit code 0: done, or nothing to do; 1: refused, and the file is as it was; 2: called wrongly.";

const DOCTOR_HELP: &str = "Reads only, and prints no token, e-mail address or person's name: its output can be pasted into a ticket.\n\
    Exit code 0: all is well; 1: something is wrong.";

const CALL_EXAMPLES: &str = "Examples:\n  \
    tempo-mcp call retrieveWorklogs --startDate 2026-03-02 --endDate 2026-03-06\n  \
    tempo-mcp call deleteWorklog '{\"worklogId\": \"7001\"}' --json\n  \
    tempo-mcp call createWorklog --help\n\n\
    Exit code 0: done; 1: the tool could not do it, and says why; 2: called wrongly, or not set up.";
