//! AWS Security Token Service: who am I, and sessions from web identities.
