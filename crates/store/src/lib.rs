//! Ordered records with atomic conditional batches, and blobs: two traits, two contract suites.
