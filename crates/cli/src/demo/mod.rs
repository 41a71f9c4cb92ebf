//! The demo: a system of two people, everybody tried against everything, and a promise kept or not.

pub(crate) mod judgement;
pub(crate) mod matrix;
pub(crate) mod profile;
pub(crate) mod promise;
pub(crate) mod report;
pub(crate) mod system;
pub(crate) mod template;
pub(crate) mod usage;
