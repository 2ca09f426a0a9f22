//! Faults put into the embedded cloud on purpose: error rates and latencies per AWS operation.
//!
//! Every front asks [`Faults::check`] before it carries out an operation. The randomness is seeded, so a run can
//! be repeated. Rules are exchanged as a whole ([`Faults::replace`]), or come and go one by one beside the others
//! ([`Faults::add`], [`Faults::remove`]), as a plan wants it. Non-goal: faults below HTTP (lost connections, killed
//! processes).

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

#[cfg(test)]
mod tests;

/// The services a fault can name.
const SERVICES: [&str; 5] = ["dynamodb", "s3", "sqs", "secretsmanager", "lambda"];

/// Longest latency a fault may add, in milliseconds: beyond it a run would hang rather than be slow.
const LATENCY_MS_MAX: u64 = 600_000;

/// One rule: which operation fails or is slowed, how, and how often.
///
/// Written `service.Operation=ErrorCode[@probability][*times][:latency_ms]`, e.g. `dynamodb.PutItem=AccessDeniedException`,
/// `s3.PutObject=SlowDown@0.1`, `lambda.webhook-processor=Unhandled*2`, `s3.PutObject=none:250`.
///
/// * service: `dynamodb`, `s3`, `sqs`, `secretsmanager` or `lambda`;
/// * operation: as AWS names it, or `*` for all of the service's; for `lambda` a function's name, whose attempts are hit, or
///   `Invoke`, by which others have functions invoked;
/// * error code: as AWS names it, or `none` to add latency only;
/// * probability: above 0 and at most 1; 1 when left out;
/// * times: after so many strikes the rule is spent; without end when left out;
/// * latency: milliseconds waited before the error (or before the operation, with `none`); 0 when left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    service: String,
    operation: String,
    code: Option<String>,
    probability: f64,
    times: Option<u32>,
    latency_ms: u64,
}

/// Why a fault's text was not understood. The message repeats the text and says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fault `{text}`: {problem}; expected service.Operation=ErrorCode[@probability][*times][:latency_ms]")]
pub struct FaultSyntax {
    text: String,
    problem: String,
}

impl Fault {
    /// The service it hits, e.g. `s3`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The operation it hits, or the function's name for `lambda`; `*` for all.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }
}

impl FromStr for Fault {
    type Err = FaultSyntax;

    fn from_str(text: &str) -> Result<Self, FaultSyntax> {
        let wrong = |problem: String| FaultSyntax { text: text.to_owned(), problem };
        let (target, effect) = text.split_once('=').ok_or_else(|| wrong("there is no `=`".to_owned()))?;
        let (service, operation) = target
            .split_once('.')
            .ok_or_else(|| wrong("there is no `.` between service and operation".to_owned()))?;
        if !SERVICES.contains(&service) {
            return Err(wrong(format!("`{service}` is none of {}", SERVICES.join(", "))));
        }
        let operation_ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if operation != "*" && (operation.is_empty() || !operation.chars().all(operation_ok)) {
            return Err(wrong(format!("`{operation}` is no operation's name")));
        }
        let (effect, latency_ms) = match effect.split_once(':') {
            None => (effect, 0),
            Some((effect, latency)) => match latency.parse::<u64>() {
                Ok(ms) if ms <= LATENCY_MS_MAX => (effect, ms),
                _ => {
                    return Err(wrong(format!(
                        "`{latency}` is no number of milliseconds up to {LATENCY_MS_MAX}"
                    )));
                }
            },
        };
        let (effect, times) = match effect.split_once('*') {
            None => (effect, None),
            Some((effect, times)) => match times.parse::<u32>() {
                Ok(times) if times > 0 => (effect, Some(times)),
                _ => return Err(wrong(format!("`{times}` is no number of times"))),
            },
        };
        let (code, probability) = match effect.split_once('@') {
            None => (effect, 1.0),
            Some((code, probability)) => match probability.parse::<f64>() {
                Ok(p) if p > 0.0 && p <= 1.0 => (code, p),
                _ => return Err(wrong(format!("`{probability}` is no probability above 0 and up to 1"))),
            },
        };
        if code.is_empty() || !code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')) {
            return Err(wrong(format!("`{code}` is no error code")));
        }
        let code = (code != "none").then(|| code.to_owned());
        if code.is_none() && latency_ms == 0 {
            return Err(wrong("`none` without a latency does nothing".to_owned()));
        }
        Ok(Self {
            service: service.to_owned(),
            operation: operation.to_owned(),
            code,
            probability,
            times,
            latency_ms,
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}={}", self.service, self.operation, self.code.as_deref().unwrap_or("none"))?;
        if self.probability < 1.0 {
            write!(f, "@{}", self.probability)?;
        }
        if let Some(times) = self.times {
            write!(f, "*{times}")?;
        }
        if self.latency_ms > 0 {
            write!(f, ":{}", self.latency_ms)?;
        }
        Ok(())
    }
}

/// What a rule does to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// The AWS error code to answer with; `None` means the operation is only slowed.
    pub code: Option<String>,
    /// How long to wait first.
    pub latency: Duration,
}

/// A rule, and how often it has struck.
#[derive(Debug)]
struct Rule {
    fault: Fault,
    struck: AtomicU32,
}

impl Rule {
    const fn new(fault: Fault) -> Self {
        Self { fault, struck: AtomicU32::new(0) }
    }

    /// Takes one of its strikes, if there is one left.
    fn strikes(&self) -> bool {
        let times = self.fault.times.unwrap_or(u32::MAX);
        let next = |struck| (struck < times).then_some(struck + 1);
        let taken = self.struck.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        // A count that is full does not end a rule without end.
        taken.is_ok() || self.fault.times.is_none()
    }
}

/// A fault that was put in force and will be lifted again.
#[derive(Debug, Clone)]
pub struct InForce(Arc<Rule>);

impl InForce {
    /// How many operations it has hit so far.
    #[must_use]
    pub fn hits(&self) -> u32 {
        self.0.struck.load(Ordering::Relaxed)
    }
}

fn made(rules: Vec<Fault>) -> Vec<Arc<Rule>> {
    rules.into_iter().map(|fault| Arc::new(Rule::new(fault))).collect()
}

/// The rules in force, with their seeded randomness.
#[derive(Debug, Default)]
pub struct Faults {
    rules: RwLock<Vec<Arc<Rule>>>,
    state: Mutex<u64>,
}

impl Faults {
    /// Rules in the order in which they are tried; the first that applies and whose dice fall right wins.
    #[must_use]
    pub fn new(rules: Vec<Fault>, seed: u64) -> Self {
        Self { rules: RwLock::new(made(rules)), state: Mutex::new(seed) }
    }

    /// Puts other rules in force, for operations that begin from now on. The randomness goes on where it is.
    pub fn replace(&self, rules: Vec<Fault>) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = made(rules);
    }

    /// Puts one more rule in force, behind those there are.
    #[must_use]
    pub fn add(&self, fault: Fault) -> InForce {
        let rule = Arc::new(Rule::new(fault));
        self.rules.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&rule));
        InForce(rule)
    }

    /// Lifts a rule. Operations that it has hit already take their course.
    pub fn remove(&self, rule: &InForce) {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        rules.retain(|other| !Arc::ptr_eq(other, &rule.0));
    }

    /// What is to happen to this call of `operation`, if anything.
    #[must_use]
    pub fn check(&self, service: &str, operation: &str) -> Option<Injected> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter().find(|rule| {
            let fault = &rule.fault;
            fault.service == service
                && (fault.operation == "*" || fault.operation == operation)
                && (fault.probability >= 1.0 || self.next_unit() < fault.probability)
                && rule.strikes()
        })?;
        let fault = &rule.fault;
        Some(Injected { code: fault.code.clone(), latency: Duration::from_millis(fault.latency_ms) })
    }

    /// Waits out the injected latency and returns the error code to answer with, if any.
    pub(crate) async fn strike(&self, service: &str, operation: &str) -> Option<String> {
        let injected = self.check(service, operation)?;
        if !injected.latency.is_zero() {
            tokio::time::sleep(injected.latency).await;
        }
        injected.code
    }

    /// The next number of the seeded sequence (SplitMix64), in `[0, 1)`.
    fn next_unit(&self) -> f64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exactly what a double holds")]
        let unit = (z >> 11) as f64 / (1_u64 << 53) as f64;
        unit
    }
}
