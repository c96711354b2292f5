//! `tempo-mcp health`: whether a running service is ready, for health checks of containers.

use std::process::ExitCode;

use bytes::Bytes;
use tempo_mcp_core::ports::HttpClient;
use url::Url;

use crate::{adapters::http_client::Network, cli::output};

pub(crate) async fn run(url: &Url) -> ExitCode {
    output::finish(ask(url).await)
}

async fn ask(url: &Url) -> Result<String, String> {
    let ready = url.join("/readyz").map_err(|error| error.to_string())?;
    let request = http::Request::get(ready.as_str()).body(Bytes::new()).map_err(|error| error.to_string())?;
    let response = Network::default().send(request).await;
    let response = response.map_err(|error| format!("{ready} does not respond: {:?}", error.cause))?;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    if response.status().is_success() { Ok(text + "\n") } else { Err(format!("not ready: {text}")) }
}
