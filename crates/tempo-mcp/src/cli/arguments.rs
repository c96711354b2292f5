//! The subcommands and their arguments.

use std::ffi::OsString;

use super::{
    help,
    hosting::{AuditCommand, BackupOptions, KeysCommand, ServeOptions, TenantsCommand},
    installing::{InstallOptions, UninstallOptions},
};
use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(
    name = "tempo-mcp",
    version,
    about = "Log, correct, check and report working time in Tempo Timesheets for Jira Cloud, from any MCP client or a terminal",
    long_about = "Log, correct, check and report working time in Tempo Timesheets for Jira Cloud.\n\n\
        MCP clients (Claude, ChatGPT, Cursor, VS Code …) start it without arguments and talk to it over standard input and output.",
    after_help = help::EXAMPLES,
    after_long_help = help::long_help(),
    subcommand_required = false
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Cli {
    /// The arguments of this process.
    pub(crate) fn of_process() -> Self {
        Self::of_client(std::env::args_os().skip(1)).unwrap_or_else(Self::parse)
    }

    /// The arguments with which clients start the program, `stdio` or none, are recognized without the parser: it
    /// knows all subcommands, so without it the program starts with a megabyte less.
    fn of_client(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        match (arguments.next(), arguments.next()) {
            (Some(only), None) if only == "stdio" => Some(Self::stdio(Some(Command::Stdio))),
            (None, _) => Some(Self::stdio(None)),
            _ => None,
        }
    }

    fn stdio(command: Option<Command>) -> Self {
        let global = GlobalOptions { sandbox: false, today: None, log_format: LogFormat::Text };
        Self { global, command }
    }
}

/// Options that every subcommand takes.
#[derive(Args, Clone)]
pub(crate) struct GlobalOptions {
    /// Use a simulated Tempo and Jira inside this process: needs no accounts, and nothing leaves the machine
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// Today's date in the simulation, YYYY-MM-DD [default: the real date]
    #[arg(long, global = true, value_name = "DATE")]
    pub(crate) today: Option<jiff::civil::Date>,

    /// Format of the log on standard error
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
    /// Serve MCP on standard input and output (this is what a client starts)
    Stdio,
    /// List the tools and their parameters
    Tools {
        /// Print the exact result of tools/list
        #[arg(long)]
        json: bool,
    },
    /// Call one tool and print its result
    #[command(disable_help_flag = true, after_help = help::CALL)]
    Call {
        /// Name of the tool; `tempo-mcp tools` lists them, `tempo-mcp call TOOL --help` explains one
        #[arg(allow_hyphen_values = true)]
        tool: String,
        /// One JSON object, or --parameter value …; add --json to print the structured content
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<String>,
    },
    /// Add this server to the configuration of an MCP client: checks the tokens and shows the change first
    #[command(after_help = help::INSTALL)]
    Install(InstallOptions),
    /// Remove this server from the configuration of an MCP client
    Uninstall(UninstallOptions),
    /// Check everything between this machine and your timesheet, and say what is wrong and how to fix it
    #[command(after_help = help::DOCTOR)]
    Doctor {
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Sign in to Jira with a browser (JIRA_AUTH_TYPE=oauth)
    Login {
        /// Only print the address of the sign-in page
        #[arg(long)]
        no_browser: bool,
    },
    /// Sign out of Jira: delete the stored tokens
    Logout,
    /// Show whether you are signed in to Jira, and until when
    Status,
    /// Serve a simulated Tempo, Jira and Atlassian login over HTTP, to try and test any client
    Sandbox {
        /// Address to listen on; port 0 picks a free port
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
        listen: String,
    },
    /// Serve many people over HTTP, each with a personal URL
    Serve(Box<ServeOptions>),
    /// For operators of a hosted service: list, count and delete tenants
    #[command(subcommand)]
    Tenants(TenantsCommand),
    /// For operators of a hosted service: rotate the encryption key
    #[command(subcommand)]
    Keys(KeysCommand),
    /// For operators of a hosted service: export its security events
    #[command(subcommand)]
    Audit(AuditCommand),
    /// For operators of a hosted service: copy the database into a new file while the service runs
    Backup(BackupOptions),
    /// Ask a running service whether it is ready: exit code 0 if it is, or 1 with the reason
    Health {
        /// Address of the service
        #[arg(default_value = "http://127.0.0.1:8787", value_name = "URL")]
        url: url::Url,
    },
    /// Show what it can do, on simulated data: a two-minute read
    Demo,
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_client(arguments: &[&str]) -> Option<Cli> {
        Cli::of_client(arguments.iter().map(OsString::from))
    }

    #[test]
    fn start_by_a_client_needs_no_parser() {
        assert!(matches!(of_client(&["stdio"]), Some(Cli { command: Some(Command::Stdio), .. })));
        assert!(matches!(of_client(&[]), Some(Cli { command: None, .. })));
        for other in [&["--help"][..], &["stdio", "--sandbox"], &["--sandbox"], &["tools"], &["stdout"]] {
            assert!(of_client(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn start_by_a_client_is_what_the_parser_makes_of_it() {
        for arguments in [&[][..], &["stdio"]] {
            let (short, parsed) =
                (of_client(arguments).unwrap(), Cli::parse_from(["tempo-mcp"].iter().chain(arguments)));
            assert_eq!(short.command.is_some(), parsed.command.is_some());
            assert_eq!(short.global.sandbox, parsed.global.sandbox);
            assert_eq!(short.global.today, parsed.global.today);
            assert!(short.global.log_format == parsed.global.log_format);
        }
    }
}
