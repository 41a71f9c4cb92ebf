//! Checks and makes AWS Signature Version 4: header, query, chunked with trailers.
