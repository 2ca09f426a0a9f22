//! How questions to the transactions API are signed, or not.

use localstack::ready::QueryAuth;
use localstack::signing::QuerySigner;
use reqwest::header::HeaderMap;

use crate::case::Credentials;
use crate::compose::Impossible;

/// A signature of this age is too old: AWS allows five minutes, this project's gateway as much.
const STALE_MS: i64 = 16 * 60_000;

/// The headers of a question.
///
/// # Errors
/// The URL cannot be signed.
pub fn headers(
    auth: Option<&QueryAuth>,
    credentials: Credentials,
    url: &str,
    now_ms: i64,
) -> Result<HeaderMap, Impossible> {
    let Some(auth) = auth.filter(|_| credentials != Credentials::None) else { return Ok(HeaderMap::new()) };
    let mut auth = auth.clone();
    if credentials == Credentials::WrongSecret {
        auth.secret_access_key.push_str("-not");
    }
    let signer = QuerySigner::new(&auth).map_err(Impossible::from_error)?;
    let (url, now_ms) = match credentials {
        Credentials::Stale => (url.to_owned(), now_ms - STALE_MS),
        Credentials::OtherPath => (format!("{url}0"), now_ms),
        _ => (url.to_owned(), now_ms),
    };
    signer.headers(&url, now_ms).map_err(Impossible::from_error)
}
