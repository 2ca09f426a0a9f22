//! What every implementation of the ports for form-encoded notifications must do.

use bytes::Bytes;

use crate::ports::PortError;
use crate::ports::ipn::{IpnPostback, IpnVerdict, Quarantine};

/// Every rule of [`Quarantine`]. `read` gives what lies under a key.
pub async fn quarantine<R>(quarantine: &impl Quarantine, run: &str, read: impl Fn(String) -> R)
where
    R: Future<Output = Option<Bytes>>,
{
    let key = format!("ipn-unproven/2025/11/21/{run}.form");
    let other = format!("ipn-unproven/2025/11/21/{run}-other.form");
    let body = Bytes::from_static(b"memo=caf%E9&txn_id=1+2%0D%0A");
    for key in [&key, &other] {
        assert_eq!(read(key.clone()).await, None, "nothing is there before");
        quarantine.put_unproven(key, body.clone()).await.expect("put_unproven answers");
    }
    quarantine.put_unproven(&key, body.clone()).await.expect("the same key may be written again");
    assert_eq!(read(key.clone()).await, Some(body.clone()), "the body is kept byte for byte");
    quarantine.discard(&key).await.expect("discard answers");
    assert_eq!(read(key.clone()).await, None, "a discarded body is gone");
    quarantine.discard(&key).await.expect("discarding twice is a success");
    assert_eq!(read(other).await, Some(body), "another body stays");
}

/// Every rule of [`IpnPostback`], on one whose PayPal has sent `genuine` and nothing else.
pub async fn ipn_postback(postback: &impl IpnPostback, genuine: &[u8]) {
    let ask = async |body: &[u8]| postback.confirm(body).await.expect("confirm answers");
    assert_eq!(ask(genuine).await, IpnVerdict::Verified, "PayPal knows its own message");
    assert_eq!(ask(genuine).await, IpnVerdict::Verified, "as often as it is asked");
    let changed = [genuine, b"&mc_gross=0.01"].concat();
    assert_eq!(ask(&changed).await, IpnVerdict::Invalid, "and no other");
}

/// What an implementation of [`IpnPostback`] says when PayPal says neither word.
pub async fn ipn_postback_without_an_answer(postback: &impl IpnPostback) {
    let answer = postback.confirm(b"txn_id=1").await;
    assert!(matches!(answer, Err(PortError::Unavailable { .. })), "nobody knows: {answer:?}");
}
