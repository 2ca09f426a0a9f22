//! The Lambda service with real child processes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use localstack::lambda::{
    ASYNC_PAYLOAD_MAX_BYTES, Bootstrap, Config, FunctionSpec, InjectedError, InvokeError, Lambda,
    SYNC_PAYLOAD_MAX_BYTES, StartError,
};
use serde_json::json;

use crate::fake::{Fake, event, is_gone, until};

#[tokio::test]
async fn an_environment_is_started_cold_and_kept_warm() {
    let fake = Fake::with(|spec| {
        spec.environment.insert("TABLE".to_owned(), "t".to_owned());
        spec.handler = "handler-of-f".to_owned();
        spec.memory_mb = 512;
    });
    assert!(fake.lambda.child_pids().is_empty(), "nothing runs before it is needed");
    let who = fake.act("who").await.unwrap();
    let variables = &who["variables"];
    for (name, value) in [
        ("TABLE", "t"),
        ("_HANDLER", "handler-of-f"),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/f"),
        ("AWS_REGION", "us-east-1"),
    ] {
        assert_eq!(variables[name], value, "{name}");
    }
    assert_eq!(variables.get("CARGO_MANIFEST_DIR"), None, "the parent's variables stay with the parent");
    assert_eq!(who["arg0"], "bootstrap");
    assert_eq!(who["arn"], "arn:aws:lambda:us-east-1:000000000000:function:f");
    assert!(who["trace"].as_str().unwrap().starts_with("Root=1-"));
    assert!(who["deadline_ms"].as_str().unwrap().parse::<u64>().unwrap() > 1_700_000_000_000);
    for _ in 0..5 {
        assert_eq!(fake.pid().await, who["pid"].as_u64().unwrap());
    }
    let stats = &fake.lambda.stats()["f"];
    assert_eq!((stats.cold_starts, stats.invocations, stats.errors), (1, 6, 0));
    assert!(stats.memory_mb_max >= 1);
    let log = fake.log();
    assert_eq!(log.matches(r#""type":"platform.report""#).count(), 6);
    assert_eq!(log.matches("initDurationMs").count(), 1);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn payloads_pass_unchanged() {
    let fake = Fake::with(|_| {});
    let payload = Bytes::from(json!({ "text": "\u{feff}zażółć\r\n\t\u{0}\"" }).to_string());
    let invocation = fake.lambda.invoke("f", payload.clone()).await.unwrap();
    assert_eq!(invocation.result.unwrap(), payload);
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST";
    assert!(fake.lambda.invoke(arn, payload).await.is_ok());
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn an_invocation_that_runs_too_long_is_killed_and_its_environment_replaced() {
    let fake = Fake::with(|spec| spec.timeout = Duration::from_millis(400));
    let pid = fake.pid().await;
    let invocation = fake.lambda.invoke("f", event("sleep:600000")).await.unwrap();
    let error = invocation.result.unwrap_err();
    assert!(error.timed_out);
    let error: serde_json::Value = serde_json::from_slice(&error.payload).unwrap();
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    let expected = format!("RequestId: {} Error: Task timed out after 0.40 seconds", invocation.request_id);
    assert_eq!(error["errorMessage"], expected);
    assert_ne!(fake.pid().await, pid);
    until("the killed process is reaped", || is_gone(pid)).await;
    let stats = &fake.lambda.stats()["f"];
    assert_eq!((stats.timeouts, stats.errors, stats.cold_starts), (1, 1, 2));
    assert!(fake.log().contains(r#""status":"timeout""#));
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn a_crash_fails_its_invocation_and_the_environment_is_replaced() {
    let fake = Fake::with(|_| {});
    let pid = fake.pid().await;
    let error = fake.act("exit:3").await.unwrap_err();
    assert_eq!(error["errorType"], "Runtime.ExitError");
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("Error: Runtime exited with error: exit status 3"), "{message}");
    assert!(is_gone(pid));
    assert_ne!(fake.pid().await, pid);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn an_idle_environment_that_is_killed_is_missed_by_nobody() {
    let fake = Fake::with(|_| {});
    for _ in 0..5 {
        let pid = fake.pid().await;
        let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
        assert!(killed.success());
        until("the service noticed", || fake.lambda.child_pids().is_empty()).await;
        assert_ne!(fake.pid().await, pid);
    }
    assert_eq!(fake.lambda.stats()["f"].errors, 0);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn a_kill_fails_what_is_under_way_and_the_next_invocation_starts_anew() {
    let fake = Fake::with(|_| {});
    let pid = fake.pid().await;
    assert_eq!(fake.lambda.kill("another"), 0);
    assert_eq!(fake.lambda.kill("f"), 1);
    until("the process is gone", || is_gone(pid)).await;
    let hangs = fake.act("sleep:600000");
    let killed = async {
        until("it is under way", || {
            fake.lambda.stats()["f"].concurrent_max == 1 && fake.lambda.child_pids().len() == 1
        })
        .await;
        until("it was killed", || fake.lambda.kill("*") == 0).await;
    };
    let (error, ()) = tokio::join!(hangs, killed);
    let error = error.unwrap_err();
    assert_eq!(error["errorType"], "Runtime.ExitError");
    assert!(error["errorMessage"].as_str().unwrap().ends_with("signal: killed"), "{error}");
    assert_ne!(fake.pid().await, pid);
    assert_eq!(fake.lambda.stats()["f"].errors, 1);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn init_failures_become_invocation_errors() {
    for (init, error_type, message) in [
        ("exit", "Runtime.ExitError", "Error: Runtime exited with error: exit status 7"),
        ("error", "Init.NoSecret", "no secret"),
        ("hang", "Sandbox.Timedout", "Error: Task timed out after 0.20 seconds"),
    ] {
        let fake = Fake::configured(|config, spec| {
            config.init_timeout = Duration::from_millis(200);
            spec.environment.insert("FAKE_INIT".to_owned(), init.to_owned());
        });
        // Twice: after the first failure the service still tries.
        for _ in 0..2 {
            let error = fake.act("who").await.unwrap_err();
            assert_eq!(error["errorType"], error_type);
            assert!(error["errorMessage"].as_str().unwrap().ends_with(message), "{error}");
        }
        assert_eq!(fake.lambda.warm("f", 1).await, Err(InvokeError::Init("f".to_owned())));
        let stats = &fake.lambda.stats()["f"];
        assert_eq!((stats.cold_starts, stats.errors), (0, 2));
        assert!(stats.init_failures >= 4);
        fake.lambda.shutdown().await;
    }
}

#[tokio::test]
async fn warming_starts_environments_before_they_are_needed() {
    let fake = Fake::with(|spec| spec.max_environments = 3);
    fake.lambda.warm("f", 2).await.unwrap();
    assert_eq!(fake.lambda.child_pids().len(), 2);
    fake.lambda.warm("f", 99).await.unwrap();
    assert_eq!(fake.lambda.child_pids().len(), 3);
    fake.pid().await;
    assert_eq!(fake.lambda.stats()["f"].cold_starts, 3);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn an_event_is_attempted_three_times_under_one_id_and_then_a_dead_letter() {
    let fake = Fake::with(|_| {});
    let notes = fake.path("notes");
    let payload = event(&format!("fail-until:9:{notes}"));
    let id = fake.lambda.invoke_async("f", payload.clone()).unwrap().to_string();
    assert!(!fake.lambda.idle());
    until("idle", || fake.lambda.idle()).await;
    let attempts = std::fs::read_to_string(&notes).unwrap();
    assert_eq!(attempts.lines().collect::<Vec<_>>(), [&id, &id, &id]);
    let letters = fake.letters.all();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].body.as_bytes(), payload);
    let expected = [("RequestID", id.as_str()), ("ErrorCode", "200"), ("ErrorMessage", "attempt 3")];
    assert_eq!(letters[0].attributes, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    let stats = &fake.lambda.stats()["f"];
    assert_eq!((stats.async_events, stats.async_retries, stats.dead_lettered), (1, 2, 1));
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn an_event_that_succeeds_on_a_retry_is_no_dead_letter() {
    let fake = Fake::with(|_| {});
    let notes = fake.path("notes");
    fake.lambda.invoke_async("f", event(&format!("fail-until:2:{notes}"))).unwrap();
    until("idle", || fake.lambda.idle()).await;
    assert_eq!(std::fs::read_to_string(&notes).unwrap().lines().count(), 2);
    assert!(fake.letters.all().is_empty());
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn time_outs_and_crashes_of_events_end_in_dead_letters_too() {
    let fake = Fake::with(|spec| {
        spec.timeout = Duration::from_millis(300);
        spec.max_retries = 1;
    });
    for (action, message) in
        [("sleep:600000", "Task timed out after 0.30 seconds"), ("exit:1", "exit status 1")]
    {
        fake.lambda.invoke_async("f", event(action)).unwrap();
        until("idle", || fake.lambda.idle()).await;
        let letters = fake.letters.all();
        let (_, text) = &letters.last().unwrap().attributes[2];
        assert!(text.ends_with(message), "{text}");
    }
    assert_eq!(fake.letters.all().len(), 2);
    assert_eq!(fake.lambda.stats()["f"].invocations, 4);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn an_event_without_a_dead_letter_sink_is_counted_as_dropped() {
    let fake = Fake::with(|spec| {
        spec.dead_letter = None;
        spec.max_retries = 0;
    });
    fake.lambda.invoke_async("f", event("fail:x")).unwrap();
    until("idle", || fake.lambda.idle()).await;
    assert_eq!(fake.lambda.stats()["f"].dropped, 1);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn an_event_that_gets_too_old_is_not_attempted_again() {
    let fake = Fake::configured(|config, spec| {
        config.retry_delays = [Duration::from_secs(60); 2];
        spec.max_event_age = Duration::from_secs(59);
    });
    fake.lambda.invoke_async("f", event("fail:first")).unwrap();
    until("idle", || fake.lambda.idle()).await;
    assert_eq!(fake.letters.all()[0].attributes[2].1, "first");
    assert_eq!(fake.lambda.stats()["f"].invocations, 1);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn beyond_reserved_concurrency_callers_are_refused_and_events_wait() {
    let fake = Fake::with(|spec| spec.reserved_concurrency = Some(1));
    let gate = fake.path("gate");
    let lambda = fake.lambda.clone();
    let action = event(&format!("await:{gate}"));
    let running = tokio::spawn(async move { lambda.invoke("f", action).await });
    until("it runs", || fake.lambda.stats()["f"].concurrent_max == 1).await;
    assert!(matches!(fake.lambda.invoke("f", event("who")).await, Err(InvokeError::Throttled)));
    for _ in 0..10 {
        fake.lambda.invoke_async("f", event("who")).unwrap();
    }
    assert_eq!(fake.lambda.stats()["f"].queue_length, 10);
    std::fs::write(&gate, "").unwrap();
    assert!(running.await.unwrap().unwrap().result.is_ok());
    until("idle", || fake.lambda.idle()).await;
    let stats = &fake.lambda.stats()["f"];
    assert_eq!((stats.invocations, stats.throttles, stats.concurrent_max), (11, 1, 1));
    assert_eq!(stats.environments, 1);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn a_burst_is_answered_by_no_more_environments_than_the_machine_carries() {
    let fake = Fake::with(|spec| spec.max_environments = 4);
    let burst = (0..200).map(|i| {
        let payload = Bytes::from(json!({ "i": i }).to_string());
        let lambda = fake.lambda.clone();
        tokio::spawn(async move {
            let invocation = lambda.invoke("f", payload.clone()).await.unwrap();
            assert_eq!(invocation.result.unwrap(), payload);
        })
    });
    for task in burst.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let stats = &fake.lambda.stats()["f"];
    assert_eq!((stats.invocations, stats.errors), (200, 0));
    assert!(stats.environments <= 4 && stats.concurrent_max <= 4, "{stats:?}");
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn a_queue_that_does_not_shrink_gets_more_environments() {
    let fake = Fake::with(|spec| spec.max_environments = 3);
    let gate = fake.path("gate");
    for _ in 0..20 {
        fake.lambda.invoke_async("f", event(&format!("await:{gate}"))).unwrap();
    }
    until("three run", || fake.lambda.stats()["f"].concurrent_max == 3).await;
    std::fs::write(&gate, "").unwrap();
    until("idle", || fake.lambda.idle()).await;
    assert_eq!(fake.lambda.stats()["f"].environments, 3);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn shutdown_leaves_no_process_and_no_caller_waiting() {
    let fake = Fake::with(|spec| spec.max_environments = 2);
    let gate = fake.path("never");
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (lambda, action) = (fake.lambda.clone(), event(&format!("await:{gate}")));
            tokio::spawn(async move { lambda.invoke("f", action).await })
        })
        .collect();
    fake.lambda.invoke_async("f", event("who")).unwrap();
    until("two run", || fake.lambda.stats()["f"].concurrent_max == 2).await;
    let pids = fake.lambda.child_pids();
    assert_eq!(pids.len(), 2);
    fake.lambda.clone().shutdown().await;
    for pid in pids {
        assert!(is_gone(u64::from(pid)));
    }
    for caller in callers {
        match caller.await.unwrap() {
            Err(error) => assert_eq!(error, InvokeError::ShuttingDown),
            Ok(invocation) => assert!(invocation.result.is_err()),
        }
    }
    assert!(fake.lambda.idle() && fake.lambda.child_pids().is_empty());
    assert!(matches!(fake.lambda.invoke("f", event("who")).await, Err(InvokeError::ShuttingDown)));
    assert!(matches!(fake.lambda.invoke_async("f", event("who")), Err(InvokeError::ShuttingDown)));
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_processes() {
    let fake = Fake::with(|_| {});
    let pid = fake.pid().await;
    drop(fake);
    until("the process is gone", || is_gone(pid)).await;
}

#[tokio::test]
async fn limits_on_payloads_and_answers() {
    let fake = Fake::with(|_| {});
    let large = Bytes::from(vec![b'1'; SYNC_PAYLOAD_MAX_BYTES + 1]);
    let refused = fake.lambda.invoke("f", large.clone()).await.unwrap_err();
    assert_eq!(refused, InvokeError::TooLarge { size: large.len(), limit: SYNC_PAYLOAD_MAX_BYTES });
    let refused = fake.lambda.invoke_async("f", large.slice(..ASYNC_PAYLOAD_MAX_BYTES + 1)).unwrap_err();
    assert_eq!(refused, InvokeError::TooLarge { size: 1_048_577, limit: ASYNC_PAYLOAD_MAX_BYTES });
    let error = fake.act("large:6291457").await.unwrap_err();
    assert_eq!(error["errorType"], "Function.ResponseSizeTooLarge");
    assert!(fake.lambda.invoke("f", event("large:6291456")).await.unwrap().result.is_ok());
    assert_eq!(fake.lambda.invoke("g", event("")).await.unwrap_err(), InvokeError::NotFound("g".to_owned()));
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn planned_faults_take_the_place_of_attempts() {
    let fake = Fake::configured(|config, _| {
        let attempts = std::sync::atomic::AtomicUsize::new(0);
        config.fault = Some(Arc::new(move |name| {
            assert_eq!(name, "f");
            let codes = ["Unhandled", "TooManyRequestsException", "ServiceException", "", "Unhandled"];
            let code = codes.get(attempts.fetch_add(1, std::sync::atomic::Ordering::SeqCst))?;
            Some(InjectedError { code: (*code).to_owned(), latency: Duration::from_millis(1) })
        }));
    });
    assert_eq!(fake.act("who").await.unwrap_err()["errorType"], "Unhandled");
    assert!(matches!(fake.lambda.invoke("f", event("who")).await, Err(InvokeError::Throttled)));
    assert!(matches!(fake.lambda.invoke("f", event("who")).await, Err(InvokeError::Service)));
    assert!(fake.act("who").await.is_ok(), "latency alone");
    fake.lambda.invoke_async("f", event("who")).unwrap();
    until("idle", || fake.lambda.idle()).await;
    assert_eq!(fake.lambda.stats()["f"].async_retries, 1);
    assert!(fake.letters.all().is_empty());
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn a_functions_lines_are_in_its_log() {
    let fake = Fake::with(|_| {});
    fake.act("print:{\"level\":\"INFO\",\"event_id\":\"evt_1\"}").await.unwrap();
    until("the line arrived", || fake.log().contains("\"event_id\":\"evt_1\"}\n")).await;
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn wrong_configurations_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Config::new(Bootstrap::Path("/nowhere/bootstrap".into()), dir.path());
    assert!(matches!(Lambda::start(missing, vec![]), Err(StartError::Bootstrap { .. })));
    let start = |names: &[&str]| {
        let specs = names.iter().map(|name| FunctionSpec::new(*name)).collect();
        Lambda::start(Config::new(crate::fake::bootstrap(), dir.path()), specs).map(|_| ())
    };
    assert!(matches!(start(&["f", "f"]), Err(StartError::Duplicate(_))));
    assert!(matches!(start(&["../f"]), Err(StartError::Name(_))));
    assert!(start(&["f", "g"]).is_ok());
}
