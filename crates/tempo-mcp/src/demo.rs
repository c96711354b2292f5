//! `tempo-mcp demo`: a story about two weeks of working time, told by a client of our own server.
//!
//! The story checks itself: an answer that does not say what the story needs ends it with the reason.

mod client;
mod page;
mod story;

use std::process::ExitCode;

use tempo_mcp_protocol::server::Server;
use tempo_sandbox::{Options, Sandbox};

use crate::{cli::Global, fail, ports::Edge, stdio};
use client::Client;
use page::Page;

/// More than any message here; the pipe is no subject of the story.
const PIPE: usize = 1 << 20;

pub(crate) async fn run(global: &Global) -> ExitCode {
    let sandbox = Sandbox::new(Options { today: global.today });
    let mut edge = Edge::on(&sandbox);
    // Only made-up data can be written here, whatever the environment forbids elsewhere.
    edge.context.read_only = false;
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let server = Server::with_notifications(edge.context.clone());
    let serving = tokio::spawn(stdio::serve(server, tokio::io::split(theirs)));
    let outcome = story::tell(&sandbox, Client::new(ours), Page::of_stdout()).await;
    // The client is gone by now, so this ends.
    let served = serving.await;
    edge.finish().await;
    match (outcome, served) {
        (Err(why), _) | (Ok(()), Ok(Err(why))) => fail(&format!("the demo did not go as it should: {why}")),
        (Ok(()), Err(error)) => fail(&format!("the demo's server ended early: {error}")),
        (Ok(()), Ok(Ok(()))) => ExitCode::SUCCESS,
    }
}
