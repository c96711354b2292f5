//! The simulation: in this process instead of the network, or served for any client.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use tempo_mcp_core::ports::{Clock, HttpClient, HttpError, HttpErrorKind};
use tempo_sandbox::{ConnectionError, Options, Sandbox};

use crate::{cli::Global, fail, stdio, style::Style, usage};

/// As long as the real network would be waited for.
const WHOLE: Duration = Duration::from_secs(30);

/// Requests go to the simulation in this process; no socket is opened.
pub(crate) struct InProcess(pub(crate) Sandbox);

impl InProcess {
    /// Never connected to; it only has to be an address that a configuration may name.
    pub(crate) const BASE: &'static str = "http://sandbox.localhost";
}

#[async_trait]
impl HttpClient for InProcess {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        match tokio::time::timeout(WHOLE, self.0.call(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(ConnectionError::Refused)) => {
                Err(HttpError { sent: false, cause: HttpErrorKind::Connect })
            }
            Ok(Err(ConnectionError::Reset)) => Err(HttpError { sent: true, cause: HttpErrorKind::Broken }),
            Err(_) => Err(HttpError { sent: true, cause: HttpErrorKind::Timeout }),
        }
    }
}

/// The simulation's own time: with `--today`, another day than the host's.
pub(crate) struct SimulatedClock(pub(crate) Sandbox);

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Serves it, and prints the variables that point a client here.
pub(crate) async fn run(global: &Global, listen: &str) -> ExitCode {
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
    if print_environment(&sandbox, &base).is_err() {
        return fail("standard output is closed");
    }
    match sandbox.serve(listener, stdio::end_signal()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn print_environment(sandbox: &Sandbox, base: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, value) in sandbox.environment(base) {
        if cfg!(windows) {
            writeln!(out, "set {name}={value}")?
        } else {
            writeln!(out, "export {name}={value}")?
        }
    }
    out.flush()?;
    if std::io::stderr().is_terminal() {
        let style = Style::of_stderr();
        eprintln!(
            "\n{}\n\
             Paste these lines into another terminal and call tools there, for example\n  \
               tempo-mcp call searchIssues --text login\n\
             Play faults, change the site, see what was asked for:\n  \
               POST {base}/__sandbox/faults\n       \
                    [{{\"path\": \"/4/worklogs\", \"times\": 1, \"effect\": {{\"type\": \"reset_after\"}}}}]\n  \
               POST {base}/__sandbox/settings\n       \
                    {{\"required_attributes\": [\"_WorkType_\"]}}\n  \
               GET  {base}/__sandbox/requests\n\
             Ctrl+C ends it; nothing is kept.",
            style.strong(&format!("Simulated Tempo, Jira and Atlassian login on {base}"))
        );
    }
    Ok(())
}
