//! Unsigned requests, as a stranger makes them: what does the gateway answer, and what time does a service think it is?

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use webhook_core::ports::PortError;
use webhook_core::unix_time::UnixTime;

use crate::errors::fetch_error;
use crate::ops::http::Http;

/// API Gateway gives up after 29 s; a gateway that needs as long as this is not well.
const LIMIT: Duration = Duration::from_secs(15);

/// Makes requests to addresses of the deployment, and to no other.
#[derive(Debug, Clone)]
pub struct Probe {
    http: Http,
}

/// What came back. The body is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// HTTP status.
    pub status: u16,
    /// The answer's `Date`, a whole second.
    pub date: Option<UnixTime>,
}

impl Probe {
    pub(crate) const fn new(http: Http) -> Self {
        Self { http }
    }

    /// GETs `url`.
    ///
    /// # Errors
    /// No answer at all; every status is an answer.
    pub async fn get(&self, url: &str) -> Result<ProbeAnswer, PortError> {
        self.send("http:GET", http::Request::get(url).body(SdkBody::empty())).await
    }

    /// POSTs a JSON body to `url`.
    ///
    /// # Errors
    /// No answer at all; every status is an answer.
    pub async fn post(&self, url: &str, json: &'static str) -> Result<ProbeAnswer, PortError> {
        let request = http::Request::post(url).header("content-type", "application/json");
        self.send("http:POST", request.body(SdkBody::from(json))).await
    }

    async fn send(
        &self,
        operation: &'static str,
        request: Result<http::Request<SdkBody>, http::Error>,
    ) -> Result<ProbeAnswer, PortError> {
        let request =
            request.map_err(|_| fetch_error(operation, crate::connections::FetchError::BadRequest))?;
        let answer = self.http.call(request, LIMIT).await.map_err(|error| fetch_error(operation, error))?;
        let date =
            answer.headers().get("date").and_then(|text| DateTime::from_str(text, Format::HttpDate).ok());
        let date = date.and_then(|at| at.to_millis().ok()).map(UnixTime::from_millis);
        Ok(ProbeAnswer { status: answer.status().as_u16(), date })
    }
}
