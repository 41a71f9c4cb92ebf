//! Buckets, keys and uploads: the index as records, the bytes as blobs.
