//! The cloakroom command: a client of public AWS operations; presents, never decides.

fn main() {}
