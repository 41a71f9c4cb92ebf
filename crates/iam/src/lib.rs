//! The policy language: parse, compile, evaluate, explain.
