//! Durable background work: due time, lease, attempt, principal; one runner.
