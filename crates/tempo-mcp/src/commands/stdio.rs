//! `tempo-mcp stdio`: the MCP server on standard input and output.

use std::{process::ExitCode, sync::Arc};

use rmcp::transport::stdio_pipes;
use tempo_mcp_core::{
    tokens::SignIn,
    tools::{self, Context},
};
use tempo_mcp_protocol::server::Server;

use super::edge::Edge;
use crate::{
    adapters::{
        sign_in::{LocalSignIn, OpenBrowser},
        signals, stdio_transport,
    },
    cli::{arguments::GlobalOptions, exit::fail},
};

pub(crate) async fn run(global: &GlobalOptions) -> ExitCode {
    let edge = Edge::new(global);
    if let Err(errors) = &edge.loaded.config {
        eprintln!("{}", tools::configuration(errors));
    }
    let server = Server::with_notifications(context(&edge));
    let outcome = tokio::select! {
        outcome = stdio_transport::serve(server, stdio_pipes()) => outcome,
        () = signals::termination() => Ok(()),
    };
    edge.finish().await;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason),
    }
}

/// The client runs on this machine, so its user can sign in here with a browser.
fn context(edge: &Edge) -> Context {
    let (Some(jira), Some((source, file))) = (&edge.loaded.jira, edge.sign_in.clone()) else {
        return edge.context.clone();
    };
    let sign_in = LocalSignIn::new(jira, source.clone(), file, OpenBrowser::Yes);
    edge.context.clone().with_tokens(source, sign_in.map(|it| Arc::new(it) as Arc<dyn SignIn>))
}
