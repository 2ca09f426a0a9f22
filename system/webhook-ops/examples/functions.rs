//! The system's functions, for the tests' embedded cloud: it starts this program again as each function's `bootstrap`.

fn main() {
    localstack::become_bootstrap_if_asked();
}
