//! The options of `install` and `uninstall`.

use clap::Args;
use url::Url;

use crate::client_config::Client;

#[derive(Args)]
pub(crate) struct InstallOptions {
    #[command(flatten)]
    pub(crate) clients: ClientOptions,

    /// The personal URL of a hosted service, to use instead of this program
    #[arg(long, value_name = "URL")]
    pub(crate) remote: Option<Url>,
}

#[derive(Args)]
pub(crate) struct UninstallOptions {
    #[command(flatten)]
    pub(crate) clients: ClientOptions,
}

#[derive(Args)]
pub(crate) struct ClientOptions {
    /// The client; without it, you are asked about every client found on this machine
    pub(crate) client: Option<Client>,

    /// Only show the change
    #[arg(long)]
    pub(crate) print: bool,

    /// Ask nothing: for scripts, with the variables in the environment
    #[arg(long)]
    pub(crate) yes: bool,
}
