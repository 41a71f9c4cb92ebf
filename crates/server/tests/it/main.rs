//! The server from outside: real requests over a socket, against a clock that the tests move.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
#![expect(
    clippy::format_push_string,
    clippy::used_underscore_binding,
    reason = "plain code reads better in tests"
)]

mod assumed_roles;
mod audit;
mod client;
mod concurrency;
mod cross_account;
mod entities;
mod explain;
mod folders;
mod forms;
mod front_door;
mod multipart;
mod people;
mod sessions;
mod sign_up;
mod signatures;
mod stacks;
mod tags;
mod tokens;
mod uploads;
mod users;
mod versions;
mod world;
