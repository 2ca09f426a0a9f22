//! What every implementation of [`SignatureApi`] must do.

use bytes::Bytes;

use crate::ports::signature_api::{ApiClient, ApiVerdict, SignatureApi};
use crate::ports::{PortError, SecretString};

/// A question about `body`, signed for `webhook_id` under a transmission id.
#[must_use]
pub fn question_about(webhook_id: &str, transmission_id: &str, body: &str) -> Bytes {
    let head =
        format!(r#"{{"transmission_id":"{transmission_id}","webhook_id":"{webhook_id}","webhook_event":"#);
    Bytes::from(format!("{head}{body}}}"))
}

/// Every rule of [`SignatureApi`], on one that knows `client` and has signed `body` for webhook id `1JE` under transmission id
/// `tr-1`, and nothing else.
pub async fn signature_api(api: &impl SignatureApi, client: &ApiClient, body: &str) {
    let token = api.token(client).await.expect("a known client gets a token");
    assert!(token.lives_secs > 0 && !token.token.expose().is_empty());
    let stranger = ApiClient { id: client.id.clone(), secret: SecretString::new("another-secret") };
    let refused = api.token(&stranger).await.map(drop);
    assert!(matches!(refused, Err(PortError::Refused { .. })), "a stranger gets none: {refused:?}");

    let ask = async |token: &SecretString, question: Bytes| {
        api.verify(token, question).await.expect("verify answers")
    };
    let genuine = question_about("1JE", "tr-1", body);
    assert_eq!(ask(&token.token, genuine.clone()).await, ApiVerdict::Success, "PayPal knows its signature");
    for (webhook_id, transmission_id) in [("2KF", "tr-1"), ("1JE", "tr-2")] {
        let question = question_about(webhook_id, transmission_id, body);
        assert_eq!(ask(&token.token, question).await, ApiVerdict::Failure, "and no other");
    }
    let spelled_otherwise = question_about("1JE", "tr-1", &body.replacen('{', "{ ", 1));
    assert_eq!(
        ask(&token.token, spelled_otherwise).await,
        ApiVerdict::Failure,
        "bytes count, not their meaning"
    );
    let made_up = SecretString::new("no-token");
    assert_eq!(ask(&made_up, genuine).await, ApiVerdict::Unauthorized, "without a token there is no answer");
}
