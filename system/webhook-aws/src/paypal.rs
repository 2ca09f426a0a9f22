//! Where PayPal is: its live or its sandbox hosts, by configuration and never by anything that a message says.

/// Which PayPal the merchant's account is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaypalEnvironment {
    /// Real money.
    #[default]
    Live,
    /// PayPal's own test system.
    Sandbox,
}

/// PayPal's hosts, or one endpoint that stands in for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaypalHosts {
    /// Which PayPal.
    pub environment: PaypalEnvironment,
    /// Base URL that replaces scheme and host, away from production.
    pub endpoint: Option<String>,
}

/// Who this system says it is; PayPal's hosts refuse requests that do not say.
pub(crate) const USER_AGENT: &str = concat!("peakproof/", env!("CARGO_PKG_VERSION"));

impl PaypalHosts {
    /// Where notifications are confirmed.
    pub(crate) fn postback(&self) -> String {
        let host = match self.environment {
            PaypalEnvironment::Live => "https://ipnpb.paypal.com",
            PaypalEnvironment::Sandbox => "https://ipnpb.sandbox.paypal.com",
        };
        format!("{}/cgi-bin/webscr", self.base(host))
    }

    /// A resource of the REST API.
    pub(crate) fn api(&self, path: &str) -> String {
        let host = match self.environment {
            PaypalEnvironment::Live => "https://api-m.paypal.com",
            PaypalEnvironment::Sandbox => "https://api-m.sandbox.paypal.com",
        };
        format!("{}{path}", self.base(host))
    }

    fn base<'s>(&'s self, host: &'s str) -> &'s str {
        self.endpoint.as_deref().map_or(host, |endpoint| endpoint.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(environment: PaypalEnvironment, endpoint: Option<&str>, postback: &str, token: &str) {
        let hosts = PaypalHosts { environment, endpoint: endpoint.map(str::to_owned) };
        assert_eq!(
            (hosts.postback(), hosts.api("/v1/oauth2/token")),
            (postback.to_owned(), token.to_owned())
        );
    }

    #[test]
    fn hosts() {
        check(
            PaypalEnvironment::Live,
            None,
            "https://ipnpb.paypal.com/cgi-bin/webscr",
            "https://api-m.paypal.com/v1/oauth2/token",
        );
        check(
            PaypalEnvironment::Sandbox,
            None,
            "https://ipnpb.sandbox.paypal.com/cgi-bin/webscr",
            "https://api-m.sandbox.paypal.com/v1/oauth2/token",
        );
        for endpoint in ["http://127.0.0.1:8080", "http://127.0.0.1:8080/"] {
            check(
                PaypalEnvironment::Live,
                Some(endpoint),
                "http://127.0.0.1:8080/cgi-bin/webscr",
                "http://127.0.0.1:8080/v1/oauth2/token",
            );
        }
    }
}
