//! Amazon S3: the operations on buckets and objects.
