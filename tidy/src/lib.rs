//! Rules of this repository as tests: see `tests/`. There is nothing to call here.
