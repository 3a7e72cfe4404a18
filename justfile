# Commands that developers type often. `just` lists them.

_list:
    @just --list

# Format, lints, all tests, docs, dependencies, chaos: what must pass before a change lands.
gate:
    .ci/run

# Format and lints alone.
lint:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings

# Unit tests and black-box tests; a filter names some: `just test resume::`.
test *filter:
    cargo test --locked --lib -- {{filter}}
    cargo test --locked --test it -- {{filter}}

# Accept changed screens, then show what changed.
screens:
    INSTA_UPDATE=always cargo test --locked --test it -- screens:: transcripts::
    git diff --stat -- '*.snap'

# Whole runs on a simulated clock, for so many seconds. UMBULK_SIMULATION_SEED repeats one.
simulate seconds="60":
    UMBULK_SIMULATION_SECONDS={{seconds}} cargo test --locked --lib simulation::every -- --nocapture

# Runs that are killed and troubled as processes, for so many seconds.
chaos seconds="120":
    UMBULK_CHAOS_SECONDS={{seconds}} cargo test --locked --test chaos -- --nocapture

# What unit tests miss in some files (`just mutants src/plan/schedule.rs`), or in all that decide.
mutants *files=decides:
    cargo mutants {{append("'", prepend("--file='", files))}}

decides := "src/change/check.rs src/change/roles.rs src/plan/** src/execute/decide* src/execute/decide/** \
    src/execute/group_side/** src/execute/narrow_rows.rs src/execute/row_digests.rs src/execute/probe* src/execute/guard/** src/execute/executor/presence.rs \
    src/umapi/limiter.rs src/umapi/sliding_window.rs src/umapi/adaptive_limit.rs src/import/guard*.rs src/import/missing/** \
    src/reconcile/reduce_*.rs src/reconcile/conflict_index.rs src/reconcile/presence.rs \
    src/reconcile/needed_groups.rs src/reconcile/ask_by.rs src/reconcile/missing_users.rs"

# The benchmarks of one area: rows, reading, import, export or sandbox.
bench area="rows":
    cargo bench --locked --bench {{area}}

# Licences, bans and sources of the dependencies; advisories need the network.
deny:
    cargo deny --locked check

# The documentation of the crate, private items too.
doc:
    cargo doc --no-deps --document-private-items --open
