//! The sandbox's own tests: one per endpoint family and per fault, in process with paused time, and a few over
//! a socket.

mod data;
mod site;
