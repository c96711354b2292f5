//! `tempo-mcp sandbox`: the simulation, served for any client.

use std::{io::IsTerminal, process::ExitCode};

use tempo_sandbox::{Options, Sandbox};

use crate::{
    adapters::signals,
    cli::{
        arguments::GlobalOptions,
        exit::{fail, usage},
        output,
        style::Style,
    },
};

/// Serves the simulation, and prints the variables that make a client use it.
pub(crate) async fn run(global: &GlobalOptions, listen: &str) -> ExitCode {
    let Ok(address) = listen.parse::<std::net::SocketAddr>() else {
        return usage(&format!("--listen must be an address and a port, like 127.0.0.1:0, not {listen:?}"));
    };
    let listener = match tokio::net::TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => return fail(&format!("cannot listen on {address}: {error}")),
    };
    let sandbox = Sandbox::new(Options { today: global.today });
    let base = match listener.local_addr() {
        Ok(address) => format!("http://{address}"),
        Err(error) => return fail(&format!("cannot listen: {error}")),
    };
    if let Err(reason) = output::write(&environment(&sandbox, &base)) {
        return fail(&reason);
    }
    if std::io::stderr().is_terminal() {
        explain(&base, Style::of_stderr());
    }
    match sandbox.serve(listener, signals::termination()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// The variables as commands of this system's shell.
fn environment(sandbox: &Sandbox, base: &str) -> String {
    let command = if cfg!(windows) { "set" } else { "export" };
    let variables = sandbox.environment(base).into_iter();
    variables.map(|(name, value)| format!("{command} {name}={value}\n")).collect()
}

fn explain(base: &str, style: Style) {
    eprintln!(
        "\n{}\n\
         Paste these lines into another terminal and call tools there, for example\n  \
           tempo-mcp call searchIssues --text login\n\
         Inject faults, change the site, list the requests that were made:\n  \
           POST {base}/__sandbox/faults\n       \
                [{{\"path\": \"/4/worklogs\", \"times\": 1, \"effect\": {{\"type\": \"reset_after\"}}}}]\n  \
           POST {base}/__sandbox/settings\n       \
                {{\"required_attributes\": [\"_WorkType_\"]}}\n  \
           GET  {base}/__sandbox/requests\n\
         Press Ctrl+C to stop. Nothing is stored.",
        style.strong(&format!("Simulated Tempo, Jira and Atlassian login on {base}"))
    );
}
