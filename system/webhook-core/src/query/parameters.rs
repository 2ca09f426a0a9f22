//! The list query's parameters, and the token that continues it.
//!
//! Strict: what is unknown, repeated, empty or malformed is an error with a code of its own, so that a misspelt filter is never
//! taken for no filter. No message repeats what was sent.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_decimal::Decimal;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::answer::Answer;
use crate::event::{MAX_ID_BYTES, is_identifier};
use crate::mutant::{self, Mutant};
use crate::ports::{Cursor, EventQuery, Scope};
use crate::provider::Provider;
use crate::record::Status;

/// Events on a page unless asked otherwise.
pub const DEFAULT_LIMIT: u32 = 100;

/// Most events on a page.
pub const MAX_LIMIT: u32 = 1000;

/// The last second dates are written for: 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;
const SECOND_DIGITS: usize = 12;
/// `2025-11-21`.
const DATE_CHARS: usize = 10;
const LIMIT_DIGITS: usize = 4;

/// Format of the token: a version, so that an old token is refused and not misread.
const TOKEN_VERSION: u8 = 2;
const DIGEST_BYTES: usize = 8;
const TIMESTAMP_BYTES: usize = 8;
/// Base64 of version, digest, time and the longest id.
const MAX_TOKEN_CHARS: usize = (1 + DIGEST_BYTES + TIMESTAMP_BYTES + MAX_ID_BYTES).div_ceil(3) * 4;
/// Digits after the point of a record's timestamp.
const SCALE: u32 = 6;

/// Why a query cannot be answered. Messages do not repeat what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No provider has an id like that.
    #[error("the transaction id is malformed; an id has 1 to 128 visible ASCII characters")]
    MalformedId,
    /// A parameter where there are none.
    #[error("a transaction is asked for by its id alone, without parameters")]
    UnexpectedParameter,
    /// There is no such parameter.
    #[error("unknown parameter; there are provider, customer_id, start, end, status, limit and next_token")]
    UnknownParameter,
    /// A parameter occurs twice.
    #[error("the parameter {0} is given more than once")]
    Repeated(&'static str),
    /// A parameter without a value.
    #[error("the parameter {0} is empty; leave it out or give it a value")]
    Empty(&'static str),
    /// Whose events are asked for is not said.
    #[error("one of the parameters provider and customer_id is required")]
    ScopeMissing,
    /// It is none of the known ones.
    #[error("provider must be stripe, paypal or square")]
    UnknownProvider,
    /// No provider has a customer id like that.
    #[error("customer_id must have 1 to 128 visible ASCII characters")]
    MalformedCustomer,
    /// It is none of the three.
    #[error("status must be pending, processed or failed")]
    UnknownStatus,
    /// Neither Unix seconds nor RFC 3339.
    #[error("{0} must be Unix seconds or an RFC 3339 time, from 1970 to 9999")]
    MalformedTime(&'static str),
    /// The range is upside down.
    #[error("start must not be after end")]
    Backwards,
    /// Not between 1 and [`MAX_LIMIT`].
    #[error("limit must be between 1 and 1000")]
    Limit,
    /// The token is not one of ours, or belongs to another query.
    #[error(
        "next_token does not belong to this query; repeat the query that gave it, unchanged but for limit"
    )]
    Token,
}

impl QueryError {
    /// A stable name for answers and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedId => "malformed_id",
            Self::UnexpectedParameter => "unexpected_parameter",
            Self::UnknownParameter => "unknown_parameter",
            Self::Repeated(_) => "repeated_parameter",
            Self::Empty(_) => "empty_parameter",
            Self::ScopeMissing => "scope_missing",
            Self::UnknownProvider => "unknown_provider",
            Self::MalformedCustomer => "malformed_customer_id",
            Self::UnknownStatus => "unknown_status",
            Self::MalformedTime(_) => "malformed_time",
            Self::Backwards => "backwards_range",
            Self::Limit => "malformed_limit",
            Self::Token => "malformed_token",
        }
    }
}

impl From<QueryError> for Answer {
    fn from(error: QueryError) -> Self {
        let status = if mutant::active(Mutant::BadQueriesAnswered500) { 500 } else { 400 };
        Self::error(status, error.code(), &error.to_string())
    }
}

#[derive(Default)]
struct Given<'a> {
    provider: Option<&'a str>,
    customer_id: Option<&'a str>,
    start: Option<&'a str>,
    end: Option<&'a str>,
    status: Option<&'a str>,
    limit: Option<&'a str>,
    next_token: Option<&'a str>,
}

/// Reads the parameters. Without `start` the range begins in 1970, without `end` it never ends; both ends are whole seconds and
/// belong to the range.
///
/// # Errors
/// The first rule that a parameter breaks.
pub fn event_query<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<EventQuery, QueryError> {
    let given = given(parameters)?;
    let start = given.start.map_or(Ok(0), |text| lenient(seconds("start", text), 0))?;
    let end = given.end.map_or(Ok(LAST_SECOND), |text| lenient(seconds("end", text), LAST_SECOND))?;
    if start > end && !mutant::active(Mutant::MalformedParametersIgnored) {
        return Err(QueryError::Backwards);
    }
    let mut query = EventQuery {
        scope: scope(&given)?,
        start: Decimal::from(start),
        // The last second with every fraction of it.
        end: Decimal::new(end * 1_000_000 + 999_999, SCALE),
        status: lenient(given.status.map(status).transpose(), None)?,
        limit: lenient(given.limit.map_or(Ok(DEFAULT_LIMIT), limit), DEFAULT_LIMIT)?,
        after: None,
    };
    query.after = lenient(given.next_token.map(|token| cursor(&query, token)).transpose(), None)?;
    Ok(query)
}

fn given<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Given<'a>, QueryError> {
    let mut given = Given::default();
    for (name, value) in parameters {
        let (name, place) = match name {
            "provider" => ("provider", &mut given.provider),
            "customer_id" => ("customer_id", &mut given.customer_id),
            "start" => ("start", &mut given.start),
            "end" => ("end", &mut given.end),
            "status" => ("status", &mut given.status),
            "limit" => ("limit", &mut given.limit),
            "next_token" => ("next_token", &mut given.next_token),
            _ if mutant::active(Mutant::UnknownParametersIgnored) => continue,
            _ => return Err(QueryError::UnknownParameter),
        };
        if place.replace(value).is_some() && !mutant::active(Mutant::RepeatedParametersTaken) {
            return Err(QueryError::Repeated(name));
        }
        if value.is_empty() {
            return Err(QueryError::Empty(name));
        }
    }
    Ok(given)
}

/// What was read; `fallback` where it is malformed and that is wrongly passed over.
fn lenient<T>(read: Result<T, QueryError>, fallback: T) -> Result<T, QueryError> {
    match read {
        Err(_) if mutant::active(Mutant::MalformedParametersIgnored) => Ok(fallback),
        read => read,
    }
}

fn scope(given: &Given<'_>) -> Result<Scope, QueryError> {
    let provider = given.provider.map(|name| name.parse::<Provider>());
    let provider = provider.transpose().map_err(|_| QueryError::UnknownProvider)?;
    match (given.customer_id, provider) {
        (Some(id), _) if !is_identifier(id) => Err(QueryError::MalformedCustomer),
        (Some(id), provider) => Ok(Scope::Customer { id: id.to_owned(), provider }),
        (None, Some(provider)) => Ok(Scope::Provider(provider)),
        (None, None) => Err(QueryError::ScopeMissing),
    }
}

fn status(name: &str) -> Result<Status, QueryError> {
    Status::named(name).ok_or(QueryError::UnknownStatus)
}

/// Digits and nothing else, not more of them than the largest value has.
fn is_number(text: &str, digits_max: usize) -> bool {
    text.len() <= digits_max && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn seconds(name: &'static str, text: &str) -> Result<i64, QueryError> {
    let parsed = if is_number(text, SECOND_DIGITS) {
        text.parse().ok()
    } else {
        // The parser takes any character between date and time.
        let separated = matches!(text.as_bytes().get(DATE_CHARS), Some(b'T' | b't'));
        let time = separated.then(|| OffsetDateTime::parse(text, &Rfc3339).ok()).flatten();
        time.map(OffsetDateTime::unix_timestamp)
    };
    parsed.filter(|seconds| (0..=LAST_SECOND).contains(seconds)).ok_or(QueryError::MalformedTime(name))
}

fn limit(text: &str) -> Result<u32, QueryError> {
    let parsed = if is_number(text, LIMIT_DIGITS) { text.parse().ok() } else { None };
    parsed.filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or(QueryError::Limit)
}

/// The token for what comes after `cursor`: opaque to callers, and good for the same query only, whatever its page size.
#[must_use]
pub fn next_token(query: &EventQuery, cursor: &Cursor) -> String {
    let mut bytes = Vec::with_capacity(1 + DIGEST_BYTES + TIMESTAMP_BYTES + cursor.transaction_id.len());
    bytes.push(TOKEN_VERSION);
    bytes.extend(digest_of(query));
    bytes.extend(micros(cursor.timestamp).to_be_bytes());
    bytes.extend(cursor.transaction_id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn cursor(query: &EventQuery, token: &str) -> Result<Cursor, QueryError> {
    // Longer than any of ours: not worth decoding.
    if token.len() > MAX_TOKEN_CHARS {
        return Err(QueryError::Token);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| QueryError::Token)?;
    let rest = bytes.strip_prefix(&[TOKEN_VERSION]).ok_or(QueryError::Token)?;
    let rest = if mutant::active(Mutant::TokensOfOtherQueriesTaken) {
        rest.get(DIGEST_BYTES..).ok_or(QueryError::Token)?
    } else {
        rest.strip_prefix(&digest_of(query)).ok_or(QueryError::Token)?
    };
    let (timestamp, id) = rest.split_first_chunk::<TIMESTAMP_BYTES>().ok_or(QueryError::Token)?;
    let timestamp = Decimal::new(i64::from_be_bytes(*timestamp), SCALE);
    let id = std::str::from_utf8(id).ok().filter(|id| is_identifier(id)).ok_or(QueryError::Token)?;
    if timestamp < query.start || timestamp > query.end {
        return Err(QueryError::Token);
    }
    Ok(Cursor { timestamp, transaction_id: id.to_owned() })
}

/// Binds a token to its query; no secret, since a made-up token only asks for what its maker may read anyway.
fn digest_of(query: &EventQuery) -> [u8; DIGEST_BYTES] {
    let (provider, customer) = match &query.scope {
        Scope::Provider(provider) => (Some(*provider), None),
        Scope::Customer { id, provider } => (*provider, Some(id.as_str())),
    };
    // The customer's id may hold any visible character, so it stands last.
    let text = format!(
        "{}|{}|{}|{}|{}{}",
        provider.map_or("", Provider::as_str),
        query.start.normalize(),
        query.end.normalize(),
        query.status.map_or("", Status::as_str),
        if customer.is_some() { "customer " } else { "" },
        customer.unwrap_or_default(),
    );
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut digest = [0; DIGEST_BYTES];
    digest.copy_from_slice(&hash.as_ref()[..DIGEST_BYTES]);
    digest
}

/// Records have six digits after the point, so nothing is lost.
fn micros(timestamp: Decimal) -> i64 {
    let mut scaled = timestamp;
    scaled.rescale(SCALE);
    i64::try_from(scaled.mantissa()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
