//! The `tempo-mcp` program: its command line, the standard streams, the network and the clock.
//!
//! No rule of the product is here; those are in `tempo-mcp-core`.

mod browser;
mod call;
mod cli;
mod client_config;
mod demo;
mod doctor;
mod http_client;
mod install;
mod limiter;
mod listener;
mod logging;
mod login;
mod network_facts;
mod operate;
mod ports;
mod resolver;
mod sandbox;
mod serve;
mod sign_in;
mod sqlite;
mod stdio;
mod style;
mod token_file;
mod tools_list;

use std::{io::Write, process::ExitCode};

use clap::{CommandFactory, Parser};

use tracing_subscriber::filter::LevelFilter;

use cli::{Cli, Command};
use sign_in::Opening;

/// A quarter of a hosted call's time went into the system's allocator. Without huge pages (`no_thp`): with them the small
/// program that a client starts would be half as large again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut runtime = match cli.command {
        Some(Command::Serve(_)) => tokio::runtime::Builder::new_multi_thread(),
        // One thread serves a person: the work is waiting for two vendors.
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let code = runtime.block_on(run(cli));
    // A read of standard input may be waiting in a thread for ever.
    runtime.shutdown_background();
    code
}

async fn run(cli: Cli) -> ExitCode {
    // `call` reads the program's own options from among the tool's, so it starts the log itself.
    match cli.command {
        Some(Command::Call { .. }) => {}
        // An operator wants to see who calls.
        Some(Command::Serve(_)) => logging::start(cli.global.log_format, LevelFilter::INFO),
        _ => logging::start(cli.global.log_format, LevelFilter::WARN),
    }
    match cli.command {
        None if stdio::is_terminal() => help(),
        None | Some(Command::Stdio) => stdio::run(&cli.global).await,
        Some(Command::Tools { json }) => tools_list::run(&cli.global, json),
        Some(Command::Call { tool, arguments }) => call::run(cli.global, &tool, arguments).await,
        Some(Command::Install(it)) => install::install(&cli.global, it).await,
        Some(Command::Uninstall(it)) => install::uninstall(it),
        Some(Command::Doctor { json }) => doctor::run(&cli.global, json).await,
        Some(Command::Login { no_browser }) => login::login(&cli.global, opening(no_browser)).await,
        Some(Command::Logout) => login::logout(&cli.global).await,
        Some(Command::Status) => login::status(&cli.global).await,
        Some(Command::Sandbox { listen }) => sandbox::run(&cli.global, &listen).await,
        Some(Command::Serve(it)) => serve::run(&cli.global, *it).await,
        Some(Command::Tenants(it)) => operate::tenants(it).await,
        Some(Command::Keys(it)) => operate::keys(it).await,
        Some(Command::Backup(it)) => operate::backup(&it),
        Some(Command::Health { url }) => operate::health(&url).await,
        Some(Command::Demo) => demo::run(&cli.global).await,
        Some(Command::Completions { shell }) => completions(shell),
    }
}

fn opening(no_browser: bool) -> Opening {
    if no_browser { Opening::Nothing } else { Opening::Browser }
}

/// Into memory first: clap panics where it cannot write.
fn completions(shell: clap_complete::Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tempo-mcp", &mut script);
    match std::io::stdout().lock().write_all(&script) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("standard output is closed: {error}")),
    }
}

fn help() -> ExitCode {
    match Cli::command().print_help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says on standard error why the program ends.
fn fail(message: &str) -> ExitCode {
    eprintln!("tempo-mcp: {message}");
    ExitCode::FAILURE
}

/// Says on standard error how the program is used, and ends with 2.
fn usage(message: &str) -> ExitCode {
    eprintln!("tempo-mcp: {message}");
    ExitCode::from(2)
}
