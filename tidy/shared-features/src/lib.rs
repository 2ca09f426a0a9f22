//! Nothing but a list of dependencies with their features: see `Cargo.toml` for why.
