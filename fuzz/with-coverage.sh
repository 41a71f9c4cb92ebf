#!/bin/sh
# Cargo's RUSTC_WORKSPACE_WRAPPER: compiles the crates of this workspace so that libFuzzer sees which of
# their branches an input takes. Crates from the registry stay as they are, and are not built again.
# The options are those of stable rustc; `cargo fuzz` sets the same ones.
exec "$@" \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1
