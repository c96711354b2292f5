//! The pages: set up, manage, and the end of a browser sign-in. Plain HTML that works without JavaScript.

pub(crate) mod assets;
mod client_instructions;
pub mod closing;
mod credential_form;
mod done;
mod form;
pub(crate) mod frame;
pub(crate) mod index;
pub(crate) mod manage;
mod managed;
mod next_id;
mod received_form;
mod replace;
mod response_headers;
mod revoke_previous;
mod rotate;
pub(crate) mod security_txt;
pub(crate) mod setup;
mod url_limit;
