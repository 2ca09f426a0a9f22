//! Signs queries for targets whose query API wants AWS Signature Version 4.
//!
//! Non-goals: webhooks, which providers sign in their own ways; credentials from profiles or instance roles.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::ready::QueryAuth;

/// Holds the key that queries are signed with.
#[derive(Clone)]
pub struct QuerySigner {
    credentials: Credentials,
    region: String,
    service: String,
}

impl fmt::Debug for QuerySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuerySigner").field("region", &self.region).finish_non_exhaustive()
    }
}

/// The target wants queries signed in a way that is not known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the target wants its queries signed as `{0}`; only `aws_iam` is known here")]
pub struct UnknownScheme(String);

/// A query could not be signed: its URL is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a query could not be signed")]
pub struct Unsignable;

impl QuerySigner {
    /// A signer as the target wants it.
    ///
    /// # Errors
    /// The target wants something else than Signature Version 4.
    pub fn new(auth: &QueryAuth) -> Result<Self, UnknownScheme> {
        if auth.kind != "aws_iam" {
            return Err(UnknownScheme(auth.kind.clone()));
        }
        let (id, secret) = (&auth.access_key_id, &auth.secret_access_key);
        Ok(Self {
            credentials: Credentials::new(id, secret, auth.session_token.clone(), None, "ready file"),
            region: auth.region.clone(),
            service: auth.service.clone(),
        })
    }

    /// The same credentials for another service.
    #[must_use]
    pub fn for_service(&self, service: &str) -> Self {
        Self { service: service.to_owned(), ..self.clone() }
    }

    /// The headers that sign a GET of this URL at this time, Unix milliseconds.
    ///
    /// # Errors
    /// The URL is none.
    pub fn headers(&self, url: &str, now_ms: i64) -> Result<HeaderMap, Unsignable> {
        self.headers_of("GET", url, b"", now_ms)
    }

    /// The headers that sign a request with this body.
    ///
    /// # Errors
    /// The URL is none.
    pub fn headers_of(
        &self,
        method: &str,
        url: &str,
        body: &[u8],
        now_ms: i64,
    ) -> Result<HeaderMap, Unsignable> {
        let identity = self.credentials.clone().into();
        let since_epoch = Duration::from_millis(u64::try_from(now_ms).map_err(|_| Unsignable)?);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::UNIX_EPOCH + since_epoch)
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| Unsignable)?
            .into();
        // The signer takes it for granted that the URL names a host.
        if !url.parse::<http::Uri>().is_ok_and(|url| url.host().is_some()) {
            return Err(Unsignable);
        }
        let request = SignableRequest::new(method, url, std::iter::empty(), SignableBody::Bytes(body))
            .map_err(|_| Unsignable)?;
        let (instructions, _) = sign(request, &params).map_err(|_| Unsignable)?.into_parts();
        let header = |(name, value): (&str, &str)| {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unsignable)?;
            Ok((name, HeaderValue::from_str(value).map_err(|_| Unsignable)?))
        };
        instructions.headers().map(header).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> QuerySigner {
        QuerySigner::new(&QueryAuth::aws_iam("test", "test", "us-east-1")).unwrap()
    }

    #[test]
    fn a_query_is_signed_as_botocore_signs_it() {
        let url =
            "http://127.0.0.1:8080/dev/api/v1/transactions?provider=stripe&start=1763750000&end=1763753600";
        let headers = signer().headers(url, 1_763_750_000_999).unwrap();
        assert_eq!(headers["x-amz-date"], "20251121T183320Z");
        let authorization = headers["authorization"].to_str().unwrap();
        // The first vector of localstack's tests, which botocore made.
        let signature = "4a65e74766e6134bedee46ca0444236e3fed5ad5b84d022f5ef112c3bf12c7f3";
        assert!(authorization.ends_with(signature), "{authorization}");
    }

    #[test]
    fn temporary_credentials_send_their_token_along() {
        let auth = QueryAuth {
            session_token: Some("token".to_owned()),
            ..QueryAuth::aws_iam("ASIA1", "secret", "us-east-1")
        };
        let url = "https://abc.execute-api.us-east-1.amazonaws.com/dev/api/v1/transactions";
        let headers = QuerySigner::new(&auth).unwrap().headers(url, 1_763_750_000_999).unwrap();
        assert_eq!(headers["x-amz-security-token"], "token");
        assert!(headers["authorization"].to_str().unwrap().contains("x-amz-security-token"));
    }

    #[test]
    fn what_cannot_be_signed_is_said_to_be_so() {
        for url in ["", "/dev/api/v1/transactions", "not a URL"] {
            assert_eq!(signer().headers(url, 0), Err(Unsignable), "{url}");
        }
        let other = QueryAuth { kind: "cognito".to_owned(), ..QueryAuth::aws_iam("a", "b", "c") };
        assert!(QuerySigner::new(&other).unwrap_err().to_string().contains("cognito"));
        assert!(!format!("{:?}", signer()).contains("test"));
    }
}
