//! The front door: listener, routing, limits, composition, graceful stop.
