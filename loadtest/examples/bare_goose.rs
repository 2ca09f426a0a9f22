//! goose alone: users that post one signed Stripe delivery again and again, as fast as answers come. What the load test achieves
//! beside it is the price of making and signing every delivery anew, of intended times and of the ledger.
//!
//! `bare_goose URL USERS SECONDS` prints requests a second; `bare_goose --write DIR` writes the delivery's `body` and `headers.json`,
//! and the secrets that signed it, for other generators.

#![expect(clippy::print_stdout, reason = "the figure is this program's one result")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use goose::config::GooseConfiguration;
use goose::prelude::*;
use provider_sim::{Delivery, EventFactory, Keys, Provider};

const PATH: &str = "/api/v1/webhooks/stripe";

/// The same allocator as the load test's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let keys = Keys::generate(1, "https://example.com/api/v1/webhooks/square")?;
    #[expect(clippy::disallowed_methods, reason = "a delivery is dated by the time of day")]
    let now_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let event = EventFactory::new(Provider::Stripe, 1, "bare").event(now_ms);
    let delivery = provider_sim::sign(&keys, &event, now_ms);
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--write", dir] => write(Path::new(dir), &keys, &delivery),
        [url, users, seconds] => {
            println!("{:.0}", Box::pin(attack(url, users.parse()?, seconds.parse()?, delivery)).await?);
            Ok(())
        }
        _ => Err("usage: bare_goose URL USERS SECONDS, or bare_goose --write DIR".into()),
    }
}

fn write(dir: &Path, keys: &Keys, delivery: &Delivery) -> Result<(), Box<dyn Error>> {
    std::fs::write(dir.join("body"), &delivery.body)?;
    let headers: std::collections::BTreeMap<_, _> = delivery.headers.iter().cloned().collect();
    std::fs::write(dir.join("headers.json"), serde_json::to_string(&headers)?)?;
    std::fs::write(dir.join("secrets.json"), keys.secrets_json().to_string())?;
    Ok(())
}

/// Requests a second.
async fn attack(url: &str, users: usize, seconds: u64, delivery: Delivery) -> Result<f64, Box<dyn Error>> {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(url.to_owned());
    configuration.users = Some(users);
    configuration.increase_rate = Some((users * 100).to_string());
    configuration.run_time = Some(seconds.to_string());
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.quiet = 1;
    let answered = Arc::new(AtomicU64::new(0));
    let (counted, delivery) = (Arc::clone(&answered), Arc::new(delivery));
    let post: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let (counted, delivery) = (Arc::clone(&counted), Arc::clone(&delivery));
        Box::pin(async move {
            let mut builder = user.get_request_builder(&GooseMethod::Post, PATH)?.body(delivery.body.clone());
            for (name, value) in &delivery.headers {
                builder = builder.header(*name, value);
            }
            let request = GooseRequest::builder().set_request_builder(builder).name("post").build();
            if let Ok(response) = user.request(request).await?.response
                && response.bytes().await.is_ok()
            {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    });
    let scenario = Scenario::new("post").register_transaction(Transaction::new(post));
    let began = Instant::now();
    let attack = GooseAttack::initialize_with_config(configuration)?.register_scenario(scenario);
    Box::pin(attack.execute()).await?;
    // goose takes a moment to end its users, in which nothing is sent.
    let took = began.elapsed().min(Duration::from_secs(seconds));
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    Ok(answered.load(Ordering::Relaxed) as f64 / took.as_secs_f64())
}
