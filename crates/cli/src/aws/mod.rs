//! A small client of AWS's public operations: just enough for the commands, and nothing that a
//! user could not send with any other client.

mod answer;
mod call;
mod chain;
mod client;
mod credentials;
mod profile;
#[cfg(test)]
pub(crate) mod scripted_server;
mod xml;

pub(crate) use answer::{Answer, CallError, xml_texts};
pub(crate) use call::{JsonService, QueryService, S3Request};
pub(crate) use chain::{Environment, Surroundings};
pub(crate) use client::{Client, Endpoint, EndpointError, Unreachable, encode};
pub(crate) use credentials::Credentials;
pub(crate) use xml::Element;
