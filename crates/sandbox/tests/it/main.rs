//! The sandbox's own tests: one per endpoint family and per fault, in process with paused time, and a few over
//! a socket.

mod access;
mod bulk;
mod control;
mod data;
mod faults;
mod jira;
mod jql;
mod login;
mod reading;
mod rules;
mod site;
mod socket;
mod surroundings;
mod writing;
