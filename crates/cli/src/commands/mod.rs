//! The commands, one a file.

pub(crate) mod apply;
pub(crate) mod credentials;
pub(crate) mod delete_stack;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod iam;
pub(crate) mod outbox;
pub(crate) mod serve;

/// How a command that could run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As promised.
    Yes,
    /// It ran, and the answer is no.
    No,
}

/// How any command ends; an error means that it could not run.
pub(crate) type Outcome = Result<Verdict, Box<dyn std::error::Error>>;
