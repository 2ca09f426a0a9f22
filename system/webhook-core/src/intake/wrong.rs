//! Wrong things to do with a delivery before it is proven, for the build with deliberate defects.

use bytes::Bytes;

use super::{Intake, IntakePorts};
use crate::answer::Answer;
use crate::envelope::{Content, Envelope};
use crate::headers::Headers;
use crate::mutant::{self, Mutant};
use crate::normalize::object_key;
use crate::ports::{Dispatch, RawStore};
use crate::providers;
use crate::providers::verified::{RawBody, Verified};
use crate::reject::Reject;
use crate::unix_time::UnixTime;

impl<P: IntakePorts> Intake<P> {
    /// Takes a delivery at its word; the answer, if that is all that happens.
    pub(super) async fn believe(&self, headers: &Headers<'_>, body: &Bytes, now: UnixTime) -> Option<Answer> {
        let unsigned = mutant::active(Mutant::MissingSignaturesAccepted)
            && matches!(providers::claim(self.provider, headers), Err(Reject::MissingHeader { .. }));
        let store = unsigned || mutant::active(Mutant::ForgeriesStored);
        let queue = unsigned || mutant::active(Mutant::ForgeriesQueued);
        if !store && !queue {
            return None;
        }
        let verified = Verified::believed(self.provider, RawBody::new(body.clone()).ok()?);
        let event = providers::event(&verified).ok()?;
        let envelope = Envelope {
            provider: self.provider,
            event_id: event.event_id.clone().into_owned(),
            received_at: now,
            raw_key: object_key(&event),
            body: verified.text().ok()?.to_owned(),
            content: Content::Json,
        };
        if store {
            self.raw.put_raw(&envelope.raw_key, body.clone()).await.ok()?;
        }
        if queue {
            self.dispatch.dispatch(&envelope).await.ok()?;
        }
        unsigned.then(|| Answer::accepted(&event.event_id, &event.transaction_id))
    }
}
