//! What is remembered, as typed records: accounts, pools, users, groups, identities, roles.
