//! What holds keys may not show them: not by `Display` or `Serialize` at all, and not by the `Debug` that the SDK's own types and
//! the adapters around them have.

use std::fmt::Display;

use serde::Serialize;
use static_assertions::assert_not_impl_any;
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use crate::{Aws, AwsCredentials, AwsSettings, Endpoints};

assert_not_impl_any!(AwsCredentials: Display, Serialize);
assert_not_impl_any!(AwsSettings: Display, Serialize);
assert_not_impl_any!(Aws: Display, Serialize);

#[test]
fn no_adapter_shows_a_key() {
    let aws = Aws::new(AwsSettings {
        region: "us-east-1".to_owned(),
        credentials: AwsCredentials {
            access_key_id: "canary-id".to_owned(),
            secret_access_key: "canary-key".to_owned(),
            session_token: Some("canary-token".to_owned()),
        },
        endpoints: Endpoints::default(),
    });
    let shown = [
        format!("{aws:?}"),
        format!("{:?}", aws.raw_store("bucket")),
        format!("{:?}", aws.processed_log("bucket")),
        format!("{:?}", aws.day_log("bucket")),
        format!("{:?}", aws.transactions("table", None)),
        format!("{:?}", aws.transmissions("table", || UnixTime::from_secs(0))),
        format!("{:?}", aws.secrets(Provider::Stripe, "id")),
        format!("{:?}", aws.dispatch("function")),
        format!("{:?}", aws.certificates(None)),
    ];
    for text in shown {
        for hidden in ["canary-key", "canary-token"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
}
