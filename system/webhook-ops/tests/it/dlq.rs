//! The drill: the table is gone, events pile up, it is back, and they are sent back.

use std::time::Duration;

use crate::cloud::{Cloud, eventually};
use crate::ctl::{run, signalled_after_first_line, spawn};

/// A cloud with `count` dead letters whose cause is mended; their events' ids.
async fn with_letters(count: usize) -> (Cloud, Vec<String>) {
    let cloud = Cloud::start().await;
    cloud.break_table().await;
    let ids = cloud.deliver("drill", count).await;
    cloud.settled().await;
    assert_eq!(cloud.letters().await, (count as u64, 0));
    cloud.mend_table().await;
    (cloud, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_shown_and_redriven_to_one_record_each() {
    let (cloud, ids) = with_letters(13).await;
    let ready = cloud.ready_file();
    let ready = ready.as_str();

    let listing = run("dlq list --json --ready-file", &[ready]).await.with(0);
    let list = listing.json();
    assert_eq!((&list["complete"], &list["causes"]["store_refused"]), (&true.into(), &13.into()));
    let mut listed: Vec<&str> = list["letters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["event"]["event_id"].as_str().unwrap())
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, ids);
    assert_eq!(cloud.letters().await, (13, 0), "looking changes nothing");

    let id = list["letters"][3]["message_id"].as_str().unwrap();
    let shown = run("dlq show --ready-file", &[ready, id]).await.with(0);
    assert!(
        shown.stdout.contains("bytes, not shown") && shown.stdout.contains("store_refused"),
        "{}",
        shown.stdout
    );
    let acknowledged = ["--body", "--i-understand-this-prints-personal-data"];
    let body = run("dlq show --ready-file", &[&[ready, id], &acknowledged[..]].concat()).await.with(0);
    assert!(body.stdout.contains("\"type\"") && !shown.stdout.contains("\"type\""));
    run("dlq show no-such-letter --ready-file", &[ready]).await.with(1);

    let dry = run("dlq redrive --all --dry-run --json --ready-file", &[ready]).await.with(0);
    assert_eq!(dry.summary()["redriven"], 13);
    assert_eq!((cloud.letters().await, cloud.records().await.len()), ((13, 0), 0));

    let one = run("dlq redrive --json --rate 100/s --message-id", &[id, "--ready-file", ready]).await.with(0);
    assert_eq!((&one.summary()["redriven"], cloud.letters().await), (&1.into(), (12, 0)));

    // Somebody else's message is left alone and told.
    let foreign =
        cloud.sqs.send_message().queue_url(&cloud.ready().dlq_url).message_body("{\"of\":\"others\"}");
    foreign.send().await.unwrap();
    let all = run("dlq redrive --all --wait=2s --rate 200/s --json --ready-file", &[ready]).await.with(1);
    let summary = all.summary();
    assert_eq!(
        (&summary["redriven"], &summary["foreign"], &summary["came_back"]),
        (&12.into(), &1.into(), &0.into())
    );
    cloud.settled().await;
    cloud.holds_exactly(&ids).await;
    let again = run("dlq redrive --all --json --ready-file", &[ready]).await.with(1);
    assert_eq!((&again.summary()["redriven"], cloud.letters().await), (&0.into(), (1, 0)));
    cloud.holds_exactly(&ids).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_redrive_gives_back_and_the_next_one_finishes() {
    let (cloud, ids) = with_letters(12).await;
    let ready = cloud.ready_file();
    let child = spawn("dlq redrive --all --rate 3/s --json --ready-file", &[&ready]);
    let ended = signalled_after_first_line(child, "-INT").await.with(2);
    let summary = ended.summary();
    let redriven = summary["redriven"].as_u64().unwrap();
    assert!((1..12).contains(&redriven) && summary["interrupted"] == true, "{summary}");
    assert_eq!(
        cloud.letters().await,
        (12 - redriven, 0),
        "what was not sent is visible to everybody at once"
    );
    run("dlq redrive --all --rate 200/s --ready-file", &[&ready]).await.with(0);
    cloud.settled().await;
    cloud.holds_exactly(&ids).await;
    assert_eq!(cloud.letters().await, (0, 0));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_that_is_killed_loses_nothing() {
    let (cloud, ids) = with_letters(12).await;
    let ready = cloud.ready_file();
    let child = spawn("dlq redrive --all --rate 3/s --hold 2s --json --ready-file", &[&ready]);
    signalled_after_first_line(child, "-KILL").await.with(-1);
    // What it held comes back by itself.
    eventually("nothing is held", async || cloud.letters().await.1 == 0).await;
    run("dlq redrive --all --rate 200/s --ready-file", &[&ready]).await.with(0);
    cloud.settled().await;
    cloud.holds_exactly(&ids).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_again_is_told_and_stays() {
    let cloud = Cloud::start().await;
    cloud.break_table().await;
    cloud.deliver("again", 3).await;
    cloud.settled().await;
    let ready = cloud.ready_file();
    let ended = run("dlq redrive --all --wait=10s --json --ready-file", &[&ready]).await.with(1);
    assert_eq!((&ended.summary()["redriven"], &ended.summary()["came_back"]), (&3.into(), &3.into()));
    cloud.settled().await;
    eventually("they are all visible", async || cloud.letters().await == (3, 0)).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_somebody_holds_are_not_passed_over_in_silence() {
    let (cloud, _) = with_letters(3).await;
    let held = cloud.sqs.receive_message().queue_url(&cloud.ready().dlq_url).max_number_of_messages(2);
    let hidden = i32::try_from(Duration::from_secs(60).as_secs()).unwrap();
    held.visibility_timeout(hidden).send().await.unwrap();
    let ready = cloud.ready_file();
    let ended = run("dlq redrive --all --json --ready-file", &[&ready]).await.with(2);
    assert_eq!((&ended.summary()["redriven"], &ended.summary()["in_flight"]), (&1.into(), &2.into()));
    assert!(ended.stderr.contains("2 more were in flight"), "{}", ended.stderr);
    cloud.stop().await;
}
