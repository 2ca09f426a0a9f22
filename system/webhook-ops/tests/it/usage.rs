//! What the command line refuses, and what a target that is not there is told as.

use crate::ctl::run;

#[tokio::test]
async fn exit_codes_say_who_must_act() {
    run("--help", &[]).await.with(0);
    run("--version", &[]).await.with(0);
    run("", &[]).await.with(64);
    run("dlq redrive", &[]).await.with(64);
    let missing = run("dlq list", &[]).await.with(64);
    assert!(missing.stderr.contains("localstack up --ready-file"), "{}", missing.stderr);
    run("dlq list --ready-file /nowhere/ready.json", &[]).await.with(69);
    let span =
        run("replay --provider stripe --from 2025-11-22 --to 2025-11-21", &["--ready-file", "/nowhere"])
            .await;
    assert_eq!(span.code, 69, "the target comes first");
}

#[tokio::test]
async fn a_target_that_does_not_answer_is_unavailable() {
    let file = tempfile::NamedTempFile::new().unwrap();
    // Nobody can listen on port 1 here without being root and wanting to.
    let dead = "http://127.0.0.1:1";
    let ready = serde_json::json!({
        "api_base_url": dead, "region": "us-east-1", "account_id": "000000000000", "environment": "dev",
        "endpoints": {"s3": dead, "dynamodb": dead, "sqs": dead, "secretsmanager": dead, "lambda": dead},
        "dlq_url": format!("{dead}/000000000000/webhook-processing-dlq"),
    });
    std::fs::write(file.path(), ready.to_string()).unwrap();
    let path = file.path().display().to_string();
    for line in [
        "dlq list --json",
        "dlq redrive --all --json",
        "replay --provider stripe --from 2025-11-21 --to 2025-11-21 --json",
    ] {
        let ended = run(line, &["--ready-file", &path]).await.with(69);
        assert_eq!(ended.json()["code"], "unavailable");
        assert!(ended.stderr.contains("Next:"), "{}", ended.stderr);
    }
    let doctor = run("doctor --json", &["--ready-file", &path]).await.with(1);
    assert_eq!(doctor.json()["ok"], 0, "nothing can be seen, so nothing is right");
}
