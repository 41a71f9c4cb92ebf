//! AWS protocols and the shapes generated from the public service models.
