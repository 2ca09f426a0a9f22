//! What the compactor needs to know.

use super::Variables;

/// Days compacted by default: yesterday, and the three days for which providers still send what was not acknowledged.
const DAYS_DEFAULT: u32 = 4;
/// Most days a schedule may go over again; each of them is listed on every run.
const DAYS_MAX: u32 = 31;

/// What the compactor needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactorSettings {
    /// Bucket of the processed records, and of the files made of them.
    pub processed_bucket: String,
    /// How many days before the one on which it is due.
    pub days: u32,
    /// Name or ARN of the function itself, for the work that is left when its time is up.
    pub own_function: String,
}

impl Variables<'_> {
    pub(super) fn compactor(&mut self) -> CompactorSettings {
        let own_name = self.optional("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        CompactorSettings {
            processed_bucket: self.required("S3_PROCESSED_BUCKET", "bucket of the processed records"),
            days: self.compact_days(),
            own_function: self.optional("COMPACTOR_FUNCTION_ARN").unwrap_or(own_name),
        }
    }

    fn compact_days(&mut self) -> u32 {
        let Some(value) = self.optional("COMPACT_DAYS") else { return DAYS_DEFAULT };
        value.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days)).unwrap_or_else(|| {
            self.problems.push(format!("COMPACT_DAYS must be a number of days from 1 to {DAYS_MAX}"));
            DAYS_DEFAULT
        })
    }
}
