//! `tempo-mcp demo`: two weeks of working time, shown by a small client of our own server.
//!
//! The demo checks itself: a result that does not say what the text needs ends it with the reason.

mod client;
mod page;
mod story;

use std::process::ExitCode;

use tempo_mcp_protocol::server::Server;
use tempo_sandbox::{Options, Sandbox};

use super::edge::Edge;
use crate::{
    adapters::stdio_transport,
    cli::{arguments::GlobalOptions, exit::fail},
};
use client::DemoClient;
use page::Page;

/// Capacity of the pipe in bytes: more than any message of the demo.
const PIPE: usize = 1 << 20;

pub(crate) async fn run(global: &GlobalOptions) -> ExitCode {
    let sandbox = Sandbox::new(Options { today: global.today });
    let mut edge = Edge::simulated(&sandbox);
    // Only simulated data is written here, even where the environment forbids writing.
    edge.context.read_only = false;
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let server = Server::with_notifications(edge.context.clone());
    let serving = tokio::spawn(stdio_transport::serve(server, tokio::io::split(theirs)));
    let outcome = story::run(&sandbox, DemoClient::new(ours), Page::of_stdout()).await;
    // The client has closed its end, so this returns.
    let served = serving.await;
    edge.finish().await;
    match (outcome, served) {
        (Err(reason), _) | (Ok(()), Ok(Err(reason))) => fail(&format!("the demo failed: {reason}")),
        (Ok(()), Err(error)) => fail(&format!("the server of the demo ended early: {error}")),
        (Ok(()), Ok(Ok(()))) => ExitCode::SUCCESS,
    }
}
