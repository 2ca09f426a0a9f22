//! Names of a secret's versions. Secrets Manager wants a token that makes a repeated request harmless, and shows it to everybody who may
//! describe the secret or read the audit trail, which is far more people than may read the value.
//!
//! So a token is no hash of the value, against which guesses could be tried: it is an HMAC keyed with the value that it replaces, and says
//! nothing to whoever does not know that one already. It is the same when a broken-off rotation is repeated, and another one when the
//! same value comes back later, since the version that is replaced is another.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{hmac, rand};
use webhook_core::ports::SecretString;
use webhook_core::ports::ops::SecretVersion;

use crate::exit::Failure;

/// The token of `new` in the place of `current`: 64 hexadecimal digits, the longest that Secrets Manager takes.
pub(super) fn of(current: &SecretVersion, new: &SecretString) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, current.value.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    for part in ["webhookctl secret version", &current.id, new.expose()] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    hex(context.sign().as_ref())
}

/// A token for a first value: with nothing to key it, it is drawn.
pub(super) fn random() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    rand::SecureRandom::fill(&SystemRandom::new(), &mut bytes)
        .map_err(|_| Failure::Internal("the system gives no random numbers".to_owned()))?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: &str, value: &str) -> SecretVersion {
        SecretVersion { id: id.to_owned(), created_at: None, value: SecretString::new(value) }
    }

    #[test]
    fn a_token_depends_on_what_is_replaced_and_by_what() {
        let token = |id: &str, old: &str, new: &str| of(&version(id, old), &SecretString::new(new));
        let one = token("v-1", "old", "new");
        assert_eq!(one, token("v-1", "old", "new"), "a repeated request is the same request");
        assert_eq!(one.len(), 64);
        for other in [token("v-2", "old", "new"), token("v-1", "older", "new"), token("v-1", "old", "newer")]
        {
            assert_ne!(one, other);
        }
        // What somebody could compute who knows everything but the old value.
        let guess = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"new");
        assert_ne!(one, hex(guess.as_ref()));
        assert_ne!(random().unwrap(), random().unwrap());
    }
}
