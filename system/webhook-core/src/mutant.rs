//! Deliberate defects, for the tests that prove the gate. Without the feature `mutants` nothing of this is in the
//! build but the variants' numbers: [`active`] is a constant `false`, and the branches behind it are none.
//!
//! A mutant is one realistic mistake and nothing else: whatever it does not name stays as it should be.

macro_rules! mutants {
    ($($(#[doc = $defect:literal])+ $variant:ident = $name:literal,)*) => {
        /// A defect that a build with the feature `mutants` can be asked for by `PEAKPROOF_MUTANT=<name>`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant {
            $($(#[doc = $defect])+ $variant,)*
        }

        #[cfg(feature = "mutants")]
        impl Mutant {
            /// Every defect there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// What it is asked for by.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What is wrong, in a sentence.
            #[must_use]
            pub const fn defect(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($defect),+).trim_ascii(),)*
                }
            }
        }
    };
}

mod list;
#[cfg(feature = "mutants")]
pub(crate) mod wrong;

pub use list::Mutant;

/// Whether this process was asked to have the defect.
#[cfg(not(feature = "mutants"))]
#[inline]
#[must_use]
pub const fn active(_mutant: Mutant) -> bool {
    false
}

/// Whether this process was asked to have the defect; the environment is read once.
#[cfg(feature = "mutants")]
#[must_use]
pub fn active(mutant: Mutant) -> bool {
    use std::sync::LazyLock;

    static CHOSEN: LazyLock<Option<Mutant>> = LazyLock::new(|| chosen().ok().flatten());
    *CHOSEN == Some(mutant)
}

/// The variable that names the defect.
#[cfg(feature = "mutants")]
pub const VARIABLE: &str = "PEAKPROOF_MUTANT";

/// The value that asks for no defect, for the test that the mutant build is healthy by itself.
#[cfg(feature = "mutants")]
pub const NONE: &str = "none";

/// [`VARIABLE`] names no defect. A misspelt name must not pass for a system that has the defect and behaves well.
#[cfg(feature = "mutants")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE}: there is no mutant {0:?}; --list prints those there are, and {NONE} asks for none")]
pub struct UnknownMutant(String);

/// The defect that this process was asked for, if any.
///
/// # Errors
/// There is no such defect.
#[cfg(feature = "mutants")]
pub fn chosen() -> Result<Option<Mutant>, UnknownMutant> {
    #[expect(clippy::disallowed_methods, reason = "a test build's switch, absent from every shipped build")]
    let name = std::env::var(VARIABLE).ok();
    match name.as_deref() {
        None | Some(NONE) => Ok(None),
        Some(name) => {
            let found = Mutant::ALL.iter().find(|mutant| mutant.name() == name);
            found.copied().map(Some).ok_or_else(|| UnknownMutant(name.to_owned()))
        }
    }
}
