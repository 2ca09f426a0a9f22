//! AWS Signature Version 4, verified: who signed a request, and that it is the request that was signed.
//!
//! The expected signature is computed by AWS's own signer (`aws-sigv4`) over the path and the query as they came, the headers
//! that `SignedHeaders` names and the body; it is compared in constant time. As for every service but S3, the canonical path
//! encodes the received path once more, so that `/pi%5F1` is signed as `/pi%255F1`.
//!
//! Invariant: a request is let in only if method, path, query, body, host, date and every `x-amz-*` header are what the holder of
//! the secret key signed for this region and service, not longer ago than is allowed.
//!
//! Non-goals: session tokens (no key here is a temporary one), the `Date` header instead of `X-Amz-Date`, version 4A.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_lc_rs::constant_time;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, Method};

use super::authorization::AccessKey;
use super::denial::Denial;
use presented::{DATE, Form, Presented, SECURITY_TOKEN};

mod presented;

/// The service that API Gateway's requests are signed for.
const SERVICE: &str = "execute-api";
/// How far the signer's clock may be from this one, and how long a signature in a header is good for.
const WINDOW_S: i64 = 5 * 60;
/// What request line and headers of a request to API Gateway may come to, bytes. The signer could not take a query that is much
/// longer, either.
const TARGET_BYTES_MAX: usize = 10_240;

/// A request as it was received.
#[derive(Clone, Copy)]
pub(super) struct Received<'a> {
    pub(super) method: &'a Method,
    /// With the stage, percent-encoded.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// Who signed.
pub(super) struct Signer {
    /// The user whose key it was.
    pub(super) identity: Arc<IamIdentity>,
    /// The query without a presigned URL's own parameters, if it was one.
    pub(super) query: Option<String>,
}

/// The caller as the request context tells it.
pub(super) struct IamIdentity {
    pub(super) access_key: String,
    pub(super) account_id: String,
    /// The user's unique id, which is `caller` as well as `user` for a user that assumed no role.
    pub(super) user_id: String,
    pub(super) user_arn: String,
}

/// Knows the access keys.
pub(super) struct Verifier {
    users: Vec<(Credentials, Arc<IamIdentity>)>,
    region: String,
}

impl Verifier {
    pub(super) fn new(keys: &[AccessKey], region: &str, account_id: &str) -> Self {
        let user = |key: &AccessKey| {
            let identity = IamIdentity {
                access_key: key.id.clone(),
                account_id: account_id.to_owned(),
                user_id: key.user_id.clone(),
                user_arn: format!("arn:aws:iam::{account_id}:user/{}", key.user_name),
            };
            (Credentials::new(&key.id, &key.secret, None, None, "access key"), Arc::new(identity))
        };
        Verifier { users: keys.iter().map(user).collect(), region: region.to_owned() }
    }

    /// Who signed the request; an error if nobody whom this gateway knows did. The time is Unix milliseconds.
    pub(super) fn verify(&self, request: Received<'_>, now_ms: u64) -> Result<Signer, Denial> {
        if request.path.len() + request.query.map_or(0, str::len) > TARGET_BYTES_MAX {
            return Err(Denial::Incomplete("The request line is too long to be signed."));
        }
        let presented = Presented::of(request.headers, request.query)?;
        // A long-lived key comes without a token, so this token is none of ours.
        if request.headers.contains_key(SECURITY_TOKEN) || presented.has_token {
            return Err(Denial::UnknownAccessKey);
        }
        let known =
            |(_, identity): &&(Credentials, Arc<IamIdentity>)| identity.access_key == presented.access_key;
        let (credentials, identity) = self.users.iter().find(known).ok_or(Denial::UnknownAccessKey)?;
        let signed_at = self.scope(&presented)?;
        must_be_signed(&presented, request.headers)?;
        in_time(&presented, signed_at, i64::try_from(now_ms / 1000).unwrap_or(i64::MAX))?;
        let expected = self.signature(&presented, request, credentials, signed_at);
        let expected = expected.ok_or(Denial::WrongSignature)?;
        constant_time::verify_slices_are_equal(presented.signature.as_bytes(), expected.as_bytes())
            .map_err(|_| Denial::WrongSignature)?;
        Ok(Signer { identity: Arc::clone(identity), query: presented.rest_of_query })
    }

    /// The scope is this API's; when the request was signed, Unix seconds.
    fn scope(&self, presented: &Presented) -> Result<i64, Denial> {
        let signed_at = crate::clock::from_basic_format(&presented.date)
            .ok_or(Denial::Incomplete("Date must be in ISO-8601 'basic format'."))?;
        let wrong = [
            (presented.region != self.region, "Credential should be scoped to a valid region. "),
            (presented.service != SERVICE, "Credential should be scoped to correct service: 'execute-api'. "),
            (
                presented.terminator != "aws4_request",
                "Credential should be scoped with a valid terminator: 'aws4_request'. ",
            ),
            (
                !presented.date.starts_with(&presented.day) || presented.day.len() != 8,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
            ),
        ];
        match wrong.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, what)) => Err(Denial::InvalidScope(what)),
            None => Ok(signed_at),
        }
    }

    /// What the signature must be; `None` if no signer could have signed this.
    fn signature(
        &self,
        presented: &Presented,
        request: Received<'_>,
        credentials: &Credentials,
        signed_at: i64,
    ) -> Option<String> {
        let mut settings = SigningSettings::default();
        // What is signed is the sender's choice here, and checked already.
        settings.excluded_headers = None;
        if let Form::Query { expires_s } = presented.form {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(expires_s));
        }
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(signed_at).ok()?);
        let identity = credentials.clone().into();
        let params: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(time)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let query = presented.rest_of_query.as_deref().or(request.query).filter(|query| !query.is_empty());
        let target = match query {
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.to_owned(),
        };
        let headers = signed(presented, request.headers)?;
        let body = SignableBody::Bytes(request.body);
        let signable =
            SignableRequest::new(request.method.as_str(), target, headers.into_iter(), body).ok()?;
        sign(signable, &params).ok().map(|output| output.into_parts().1)
    }
}

/// What must be signed is: the host, the date, and whatever else speaks to AWS.
fn must_be_signed(presented: &Presented, headers: &HeaderMap) -> Result<(), Denial> {
    let names = |name: &str| presented.signed_headers().any(|signed| signed == name);
    if !names("host") {
        return Err(Denial::InvalidScope(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    if matches!(presented.form, Form::Header) && !names(DATE) {
        return Err(Denial::InvalidScope("'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."));
    }
    let unsigned = headers.keys().any(|name| name.as_str().starts_with("x-amz-") && !names(name.as_str()));
    match unsigned {
        true => Err(Denial::InvalidScope(
            "Every 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization.",
        )),
        false => Ok(()),
    }
}

fn in_time(presented: &Presented, signed_at: i64, now: i64) -> Result<(), Denial> {
    let window_s = match presented.form {
        Form::Header => WINDOW_S,
        Form::Query { expires_s } => i64::try_from(expires_s).unwrap_or(i64::MAX),
    };
    if now.saturating_sub(signed_at) > window_s {
        return Err(Denial::Expired { signed_at, now, window_s });
    }
    if signed_at.saturating_sub(now) > WINDOW_S {
        return Err(Denial::NotYetCurrent { signed_at, now, window_s: WINDOW_S });
    }
    Ok(())
}

/// The headers that `SignedHeaders` names, with every value; `None` if one is not there, or is no text.
fn signed<'a>(presented: &'a Presented, headers: &'a HeaderMap) -> Option<Vec<(&'a str, &'a str)>> {
    let mut all = Vec::new();
    for name in presented.signed_headers() {
        let before = all.len();
        for value in headers.get_all(name) {
            all.push((name, value.to_str().ok()?));
        }
        if all.len() == before {
            return None;
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests;
