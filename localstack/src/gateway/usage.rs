//! API keys and usage plans: who is over its limits, and what each key has used today.
//!
//! Invariant: a request counts for its key only if the key may send it. Days are UTC.
//!
//! Non-goals: quotas over weeks and months, plans over several stages. AWS applies its limits on a best-effort basis over many
//! machines; here they are exact.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aws_lc_rs::constant_time;

use super::authorization::{Access, ApiKey, UsagePlan};
use super::denial::Denial;
use super::throttle::Bucket;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// A day's number and its count share one word: the count has the lower bits, enough for 12 million requests a second.
const COUNT_BITS: u32 = 40;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// What a key has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUsage {
    /// The plan it is in.
    pub plan: Option<String>,
    /// Whether it opens anything.
    pub enabled: bool,
    /// Requests let in today (UTC).
    pub used_today: u64,
    /// Requests it may send in a day.
    pub quota_per_day: Option<u64>,
}

/// A key with what it may use and has used.
pub(super) struct Key {
    id: String,
    value: String,
    enabled: bool,
    plan: Option<Plan>,
    /// Day and count, see [`COUNT_BITS`].
    used: AtomicU64,
}

struct Plan {
    name: String,
    bucket: Option<Bucket>,
    quota_per_day: Option<u64>,
}

impl Key {
    fn new(key: &ApiKey, plan: Option<&UsagePlan>, now: Instant) -> Self {
        Key {
            id: key.id.clone(),
            value: key.value.clone(),
            enabled: key.enabled,
            plan: plan.map(|plan| Plan {
                name: plan.name.clone(),
                bucket: plan.throttle.map(|throttle| Bucket::new(throttle, now)),
                quota_per_day: plan.quota_per_day,
            }),
            used: AtomicU64::new(0),
        }
    }

    /// Its id, which may be shown.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Counts a request in, if the key may send one more. `now_ms` is Unix milliseconds.
    pub(super) fn take(&self, now: Instant, now_ms: u64) -> Result<(), Denial> {
        let plan = self.plan.as_ref().filter(|_| self.enabled).ok_or(Denial::InvalidApiKey)?;
        let day = now_ms / DAY_MS;
        let quota = plan.quota_per_day.unwrap_or(COUNT_MASK).min(COUNT_MASK);
        // Looked at before the bucket, so that a key without quota takes no token.
        if self.used_on(day) >= quota {
            return Err(Denial::QuotaExceeded);
        }
        if plan.bucket.as_ref().is_some_and(|bucket| !bucket.take(now)) {
            return Err(Denial::PlanThrottled);
        }
        let count = |used: u64| {
            let today = used >> COUNT_BITS == day;
            let count = if today { used & COUNT_MASK } else { 0 };
            (count < quota).then(|| (day << COUNT_BITS) | (count + 1))
        };
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count) {
            Ok(_) => Ok(()),
            Err(_) => Err(Denial::QuotaExceeded),
        }
    }

    fn used_on(&self, day: u64) -> u64 {
        let used = self.used.load(Ordering::Relaxed);
        if used >> COUNT_BITS == day { used & COUNT_MASK } else { 0 }
    }

    fn usage(&self, now_ms: u64) -> KeyUsage {
        KeyUsage {
            plan: self.plan.as_ref().map(|plan| plan.name.clone()),
            enabled: self.enabled,
            used_today: self.used_on(now_ms / DAY_MS),
            quota_per_day: self.plan.as_ref().and_then(|plan| plan.quota_per_day),
        }
    }
}

/// All keys of a stage.
pub(super) struct Keys {
    keys: Vec<Arc<Key>>,
}

impl Keys {
    pub(super) fn new(access: &Access, now: Instant) -> Self {
        let plan = |key: &ApiKey| access.usage_plans.iter().find(|plan| plan.keys.contains(&key.id));
        Keys { keys: access.api_keys.iter().map(|key| Arc::new(Key::new(key, plan(key), now))).collect() }
    }

    /// The key of this value. Every key is compared, in constant time: the value may come from a sender.
    pub(super) fn by_value(&self, value: &str) -> Option<Arc<Key>> {
        let equal = |key: &Key| {
            constant_time::verify_slices_are_equal(key.value.as_bytes(), value.as_bytes()).is_ok()
        };
        self.keys.iter().fold(None, |found, key| if equal(key) { Some(Arc::clone(key)) } else { found })
    }

    /// What each key has used, by its id.
    pub(super) fn usage(&self, now_ms: u64) -> BTreeMap<String, KeyUsage> {
        self.keys.iter().map(|key| (key.id.clone(), key.usage(now_ms))).collect()
    }
}

#[cfg(test)]
mod tests;
