//! An emulator that answers: waiting for it, and finding out what it is.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::profile::Profile;

/// How long a container may take until it answers.
const UP: Duration = Duration::from_secs(180);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// Nothing usable is there.
#[derive(Debug, thiserror::Error)]
pub enum NoEmulator {
    /// It does not answer in time.
    #[error("the emulator at {endpoint} did not answer {path} within {} s: {last}", UP.as_secs())]
    Silent {
        /// Where.
        endpoint: String,
        /// What was asked.
        path: String,
        /// What happened last.
        last: String,
    },
    /// Its container has ended.
    #[error("the emulator's container ended by itself; its last words stand above")]
    Ended,
    /// Nobody is there.
    #[error(
        "there is no emulator at {endpoint}: {reason}\nNext: start it, or leave out --endpoint-url to have a container started."
    )]
    Nobody {
        /// Where.
        endpoint: String,
        /// What happened.
        reason: String,
    },
    /// It is nothing that a profile describes.
    #[error(
        "what answers at {0} is none of the known emulators\nNext: stop what has taken that port, give another address, or say what it \
         is like with --profile."
    )]
    Stranger(String),
    /// No client can be made.
    #[error("no HTTP client can be made: {0}")]
    Client(reqwest::Error),
}

/// A client for what is on this machine.
pub fn client() -> Result<reqwest::Client, NoEmulator> {
    let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
    builder.redirect(reqwest::redirect::Policy::none()).build().map_err(NoEmulator::Client)
}

/// Waits until the emulator says that it is up.
pub async fn up(http: &reqwest::Client, endpoint: &str, profile: &Profile) -> Result<(), NoEmulator> {
    let (began, path) = (Instant::now(), &profile.health.path);
    loop {
        let last = match http.get(format!("{endpoint}{path}")).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.to_string(),
        };
        if began.elapsed() > UP {
            return Err(NoEmulator::Silent { endpoint: endpoint.to_owned(), path: path.clone(), last });
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Finds out what runs at an address.
pub async fn recognize(http: &reqwest::Client, endpoint: &str) -> Result<Profile, NoEmulator> {
    for profile in Profile::all() {
        let answer = http.get(format!("{endpoint}{}", profile.health.path)).send().await;
        let answer = answer.map_err(|error| NoEmulator::Nobody {
            endpoint: endpoint.to_owned(),
            reason: error.to_string(),
        })?;
        if answer.status().is_success()
            && profile.health.fits(&answer.json::<Value>().await.unwrap_or_default())
        {
            return Ok(profile);
        }
    }
    Err(NoEmulator::Stranger(endpoint.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    async fn answering(path: &'static str, body: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().route(path, get(move || async move { body }));
        tokio::spawn(axum::serve(listener, router).into_future());
        endpoint
    }

    #[tokio::test]
    async fn what_runs_is_found_out_by_what_it_answers() {
        let http = client().expect("a client");
        let community =
            answering("/_localstack/health", r#"{"edition": "community", "version": "4.14.0"}"#).await;
        assert_eq!(recognize(&http, &community).await.expect("known").name, "localstack");
        let ministack = answering("/_ministack/health", r#"{"edition": "light"}"#).await;
        assert_eq!(recognize(&http, &ministack).await.expect("known").name, "ministack");
        let stranger = answering("/", "hello").await;
        assert!(matches!(recognize(&http, &stranger).await, Err(NoEmulator::Stranger(_))));
        let friendly = answering("/_ministack/health", "anything is fine").await;
        assert!(matches!(recognize(&http, &friendly).await, Err(NoEmulator::Stranger(_))));
        let gone = recognize(&http, "http://127.0.0.1:1").await.expect_err("nobody is there").to_string();
        assert!(
            gone.contains("there is no emulator at http://127.0.0.1:1") && gone.contains("Next:"),
            "{gone}"
        );
    }
}
