//! Deliberate defects, for the tests that prove the gate. Without the feature `mutants` nothing of this exists in
//! the build: [`active`] is a constant `false`.

/// A defect that a build with the feature `mutants` can be asked for by `PEAKPROOF_MUTANT=<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// `accept-any-signature`: every provider's verifier accepts whatever signature it is given.
    AcceptAnySignature,
}

/// Whether this process was asked to have the defect.
#[cfg(not(feature = "mutants"))]
pub(crate) const fn active(_mutant: Mutant) -> bool {
    false
}

/// Whether this process was asked to have the defect; the environment is read once.
#[cfg(feature = "mutants")]
pub(crate) fn active(mutant: Mutant) -> bool {
    use std::sync::LazyLock;

    static ASKED_FOR: LazyLock<Option<String>> = LazyLock::new(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test build's switch, absent from every shipped build"
        )]
        std::env::var("PEAKPROOF_MUTANT").ok()
    });
    let name = match mutant {
        Mutant::AcceptAnySignature => "accept-any-signature",
    };
    ASKED_FOR.as_deref() == Some(name)
}
