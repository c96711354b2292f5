//! The `tempo-mcp` program: `cli` reads the arguments, `commands` has a file for each subcommand, and `adapters` connects
//! them to this machine.
//!
//! The rules of the product are elsewhere, in `tempo-mcp-core` and `tempo-mcp-service`.

mod adapters;
mod cli;
mod client_config;
mod commands;

use std::{io::IsTerminal, process::ExitCode};

use clap::CommandFactory;
use tracing_subscriber::filter::LevelFilter;

use adapters::{sign_in::OpenBrowser, system::forbid_core_dumps};
use cli::{
    arguments::{Cli, Command},
    exit::fail,
    logging,
};

/// A quarter of a hosted call's time went into the system's allocator. Without huge pages (`no_thp`): with them the
/// program would take half as much memory again when a client starts it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::of_process();
    let mut runtime = match cli.command {
        Some(Command::Serve(_)) => tokio::runtime::Builder::new_multi_thread(),
        // One thread is enough for one person: the program mostly waits for Tempo and Jira.
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let code = runtime.block_on(run(cli));
    // A thread may be blocked in a read of standard input without limit.
    runtime.shutdown_background();
    code
}

async fn run(cli: Cli) -> ExitCode {
    let global = cli.global;
    // `call` finds some of the program's own options among the tool's arguments, so it starts the log itself.
    match cli.command {
        Some(Command::Call { .. }) => {}
        // An operator wants to see the calls.
        Some(Command::Serve(_)) => logging::start(global.log_format, LevelFilter::INFO),
        _ => logging::start(global.log_format, LevelFilter::WARN),
    }
    forbid_core_dumps();
    match cli.command {
        None if std::io::stdin().is_terminal() => help(),
        None | Some(Command::Stdio) => commands::stdio::run(&global).await,
        Some(Command::Tools { json }) => commands::tools::run(&global, json),
        Some(Command::Call { tool, arguments }) => commands::call::run(global, &tool, arguments).await,
        Some(Command::Install(options)) => commands::install::run(&global, options).await,
        Some(Command::Uninstall(options)) => commands::uninstall::run(&options),
        Some(Command::Doctor { json }) => commands::doctor::run(&global, json).await,
        Some(Command::Login { no_browser }) => commands::login::run(&global, open_browser(no_browser)).await,
        Some(Command::Logout) => commands::logout::run(&global).await,
        Some(Command::Status) => commands::status::run(&global).await,
        Some(Command::Sandbox { listen }) => commands::sandbox::run(&global, &listen).await,
        Some(Command::Serve(options)) => commands::serve::run(&global, *options).await,
        Some(Command::Tenants(command)) => commands::tenants::run(command).await,
        Some(Command::Keys(command)) => commands::keys::run(command).await,
        Some(Command::Audit(command)) => commands::audit::run(command).await,
        Some(Command::Backup(options)) => commands::backup::run(&options).await,
        Some(Command::Health { url }) => commands::health::run(&url).await,
        Some(Command::Demo) => commands::demo::run(&global).await,
        Some(Command::Completions { shell }) => commands::completions::run(shell),
    }
}

fn open_browser(no_browser: bool) -> OpenBrowser {
    if no_browser { OpenBrowser::No } else { OpenBrowser::Yes }
}

fn help() -> ExitCode {
    match Cli::command().print_help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
