//! Durable background work: due time, lease, attempt, principal; one runner.
//!
//! A [`Job`] is a record like any other, committed in the same batch as what makes it necessary, so
//! neither exists without the other. A [`Runner`] takes what is due, lets the [`Handler`] of its kind
//! do it, and deletes it when that succeeded. Because a process can end at any step, a job may run
//! more than once: handlers are idempotent.
//!
//! Deliberately absent: what the work is, schedules, and any clock of its own. Nothing is spawned: the
//! server drives [`Runner::run`], a test calls [`Runner::run_due`].

mod job;
mod runner;

pub use job::{DamagedJob, JOBS, Job};
pub use runner::{Handler, HandlerError, LEASE, Ran, Runner};
