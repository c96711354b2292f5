//! One file for each subcommand, and what several of them share: `edge`, `database` and `operator_event`.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod call;
pub(crate) mod completions;
mod database;
pub(crate) mod demo;
pub(crate) mod doctor;
mod edge;
pub(crate) mod health;
pub(crate) mod install;
pub(crate) mod keys;
pub(crate) mod login;
mod operator_event;
pub(crate) mod logout;
pub(crate) mod sandbox;
pub(crate) mod serve;
mod sign_in_context;
pub(crate) mod status;
pub(crate) mod stdio;
pub(crate) mod tenants;
pub(crate) mod tools;
pub(crate) mod uninstall;
