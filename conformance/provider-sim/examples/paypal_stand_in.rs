//! PayPal's side of the wire for a person with a shell:
//!
//! ```text
//! cargo run -p provider-sim --example paypal_stand_in -- --port 8090 --dir paypal
//! cargo run -p localstack -- up --paypal-endpoint http://127.0.0.1:8090 --paypal-trust-root paypal/root.pem --secrets paypal/secrets.json
//!
//! curl -s http://127.0.0.1:8090/stand-in/ipn/completed -o ipn.form     # a notification that PayPal remembers
//! curl -i --data-binary @ipn.form $API/api/v1/webhooks/paypal          # accepted: one record
//! curl -s http://127.0.0.1:8090/stand-in                               # what PayPal was asked
//! curl -X POST http://127.0.0.1:8090/stand-in/postback/unavailable     # a drill; `normal` ends it
//! ```
//!
//! Prints one JSON object on standard output. Needs nothing but a folder to write the root certificate and the secrets to.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use provider_sim::{Admin, Keys, PaypalStandIn, StandInOptions};

const USAGE: &str = "usage: paypal_stand_in [--port N] [--dir DIR] [--seed N]";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut port, mut dir, mut seed) = (0, PathBuf::from("."), 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match flag.as_str() {
            "--port" => port = value.parse()?,
            "--dir" => dir = value.into(),
            "--seed" => seed = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    let keys = Keys::generate(seed, "https://webhooks.example.com/api/v1/webhooks/square")?;
    let admin = Admin { now_ms, seed };
    let stand_in = PaypalStandIn::start(&keys, StandInOptions { port, admin: Some(admin) }).await?;
    std::fs::create_dir_all(&dir)?;
    let (root, secrets) = (dir.join("root.pem"), dir.join("secrets.json"));
    std::fs::write(&root, &stand_in.trust_root_pem)?;
    std::fs::write(&secrets, serde_json::to_vec_pretty(&keys.secrets_json())?)?;
    let told = serde_json::json!({
        "endpoint": stand_in.endpoint,
        "trust_root": root,
        "secrets": secrets,
        "receiver": provider_sim::ipn::MERCHANT,
    });
    writeln!(std::io::stdout(), "{told}")?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// Milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the wiring: the library takes time as an argument")]
fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
