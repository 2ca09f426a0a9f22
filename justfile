# What CI runs, one recipe a step. `just` lists them; `just ci` is the whole gate.

default:
    @just --list

# The main job: the bundled system under 10,000 webhooks a minute.
load *flags:
    cargo run -p loadtest -- --users 200 {{flags}}

# The whole system, running, for curl, the aws CLI or an SDK.
up *flags:
    cargo run -p localstack -- up {{flags}}

# The conformance gate; `just gate --subject rotation`, say.
gate *flags:
    cargo run -p conformance -- run {{flags}}

# Is the gate to be trusted? Breaks the system on purpose, defect by defect.
mutants *flags:
    cargo run -p conformance -- mutants {{flags}}

test:
    cargo test
    cargo test -p mutant-bootstrap

fmt:
    cargo fmt --all

lint:
    cargo fmt --all --check
    cargo clippy --all-targets -- -D warnings
    cargo clippy -p mutant-bootstrap --all-targets -- -D warnings

# The Terraform stack without AWS: format, validity, tests, plans, checkov where it is installed; then the rules over its plan.
infra *flags:
    infra/terraform/check {{flags}}
    cargo run -p conformance -- infra
    cargo run -p conformance -- infra mutants

# The API against system/openapi.yaml; needs schemathesis, botocore and cryptography from PyPI.
api:
    python3 system/tests/api/run.py

# Figures for reports/benchmarks.md: microbenchmarks, then whole-system runs.
bench:
    cargo bench

# Every fuzz target for so many seconds; needs cargo-fuzz.
fuzz seconds="1800" *targets:
    system/fuzz/run {{seconds}} {{targets}}

# The layer and the functions' packages for AWS, in target/package; `just package --arch x86_64` for emulators.
package *flags:
    infra/packaging/package {{flags}}

# The Pulumi functions' package for AWS, in target/pulumi; `just pulumi-package --arch x86_64` for emulators.
pulumi-package *flags:
    infra/pulumi/package {{flags}}

ci:
    .ci/run
