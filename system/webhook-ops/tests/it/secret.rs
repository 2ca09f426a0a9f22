//! Secrets put and rotated, under traffic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use provider_sim::{EventFactory, Keys, Provider};

use crate::cloud::{Cloud, SQUARE_URL, eventually, now_ms};
use crate::ctl::{run, run_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_under_traffic_refuses_nothing() {
    let cloud = Arc::new(Cloud::start().await);
    let new = Keys::generate(8, SQUARE_URL).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let sent = Arc::new(AtomicUsize::new(0));
    // Both providers go on signing with the old secrets all the time, before and after.
    let traffic = [Provider::Stripe, Provider::Square].map(|provider| {
        let (cloud, stop, sent) = (Arc::clone(&cloud), Arc::clone(&stop), Arc::clone(&sent));
        tokio::spawn(async move {
            let mut factory = EventFactory::new(provider, 3, "old");
            while !stop.load(Ordering::SeqCst) {
                let event = factory.event(now_ms());
                assert_eq!(cloud.deliver_with(&cloud.keys, &event).await, 200, "signed with the old secret");
                sent.fetch_add(1, Ordering::SeqCst);
            }
        })
    });
    eventually("traffic flows", async || sent.load(Ordering::SeqCst) > 10).await;
    let ready = cloud.ready_file();
    for provider in [Provider::Stripe, Provider::Square] {
        let value = new.secrets_json()[provider.as_str()].to_string();
        let flags = ["--provider", provider.as_str(), "--ready-file", &ready];
        let dry = run_with("secret rotate --dry-run --json", &flags, &value).await.with(0);
        assert_eq!((&dry.json()["what"], &dry.json()["dry_run"]), (&"rotated".into(), &true.into()));
        let ended = run_with("secret rotate --json", &flags, &value).await.with(0);
        assert_eq!(ended.json()["what"], "rotated");
        assert!(ended.json()["switch_provider_after"].is_string());
        // The provider is switched.
        let mut factory = EventFactory::new(provider, 4, "new");
        for _ in 0..10 {
            let event = factory.event(now_ms());
            assert_eq!(
                cloud.deliver_with(&new, &event).await,
                200,
                "signed with the new secret of {provider}"
            );
        }
        let again = run_with("secret rotate --json", &flags, &value).await.with(0);
        assert_eq!(again.json()["what"], "unchanged");
    }
    let before = sent.load(Ordering::SeqCst);
    eventually("old signatures are still accepted", async || sent.load(Ordering::SeqCst) > before + 10).await;
    stop.store(true, Ordering::SeqCst);
    for task in traffic {
        task.await.unwrap();
    }
    cloud.settled().await;
    Arc::into_inner(cloud).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_do_harm_is_declined_and_no_value_is_shown() {
    let cloud = Cloud::start().await;
    let ready = cloud.ready_file();
    let secret = |seed: u64| Keys::generate(seed, SQUARE_URL).unwrap().secrets_json()["stripe"].to_string();
    let flags = ["--provider", "stripe", "--ready-file", &ready];
    let (second, third) = (secret(8), secret(9));

    let put = run_with("secret put", &flags, &second).await.with(1);
    assert!(put.stderr.contains("secret rotate"), "{}", put.stderr);
    run_with("secret rotate", &flags, &second).await.with(0).hides("whsec_");
    let declined = run_with("secret rotate", &flags, &third).await.with(1);
    assert!(
        declined.stderr.contains("was last rotated") && declined.stderr.contains("--force"),
        "{}",
        declined.stderr
    );
    declined.hides("whsec_");
    run_with("secret rotate --force", &flags, &third).await.with(0);

    let id = &cloud.ready().secrets["stripe"];
    let versions = cloud.secrets.describe_secret().secret_id(id).send().await.unwrap();
    for token in versions.version_ids_to_stages().unwrap().keys() {
        assert!(!third.contains(token.as_str()), "a version's name says nothing of its value");
    }
    for (provider, value, reason) in [
        ("paypal", r#"{"webhook_id":"WEBHOOK_ID"}"#, "simulator"),
        ("stripe", "sk_live_0123456789abcdef", "API key"),
        ("stripe", "", "empty"),
    ] {
        let flags = ["--provider", provider, "--ready-file", &ready];
        let refused = run_with("secret rotate", &flags, value).await.with(64);
        assert!(
            refused.stderr.contains(reason) && refused.stderr.contains("Nothing was changed"),
            "{}",
            refused.stderr
        );
        refused.hides("sk_live_0123");
    }
    let file = cloud.path("secret.json");
    std::fs::write(&file, &third).unwrap();
    let same =
        run("secret rotate --json --provider stripe --ready-file", &[&ready, "--file", &file]).await.with(0);
    assert_eq!(same.json()["what"], "unchanged");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_placeholder_is_replaced_and_is_no_secret_afterwards() {
    let cloud = Cloud::start().await;
    let ready = cloud.ready_file();
    let id = &cloud.ready().secrets["stripe"];
    cloud.secrets.put_secret_value().secret_id(id).secret_string("REPLACE_ME").send().await.unwrap();
    let value = Keys::generate(8, SQUARE_URL).unwrap().secrets_json()["stripe"].to_string();
    let put = run_with("secret put --json --provider stripe --ready-file", &[&ready], &value).await.with(0);
    assert_eq!(put.json()["what"], "replaced");
    let at = async |stage: &str| {
        let read = cloud.secrets.get_secret_value().secret_id(id).version_stage(stage).send().await;
        read.ok().and_then(|value| value.secret_string)
    };
    assert_eq!((at("AWSCURRENT").await, at("AWSPREVIOUS").await), (Some(value), None));
    cloud.stop().await;
}
