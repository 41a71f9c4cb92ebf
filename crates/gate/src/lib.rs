//! Authenticates, decides and audits every request; makes Authorized inputs and session credentials.
