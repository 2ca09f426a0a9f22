//! How often the function is asked, and what becomes of its answers.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, HeaderValue};
use serde_json::json;
use tokio::sync::watch;

use super::super::authorization::{Access, ApiKey, UsagePlan};
use super::*;

const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:peakproof0/dev/POST/api/v1/webhooks/stripe";
const OTHER_ARN: &str =
    "arn:aws:execute-api:us-east-1:000000000000:peakproof0/dev/POST/api/v1/webhooks/square";

fn allow(arn: &str) -> Value {
    let statement = json!({ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn });
    json!({
        "principalId": "stripe",
        "policyDocument": { "Version": "2012-10-17", "Statement": [statement] },
        "usageIdentifierKey": "value-of-stripe",
    })
}

/// An authorizer over a function of the test's own.
struct Asked {
    authorizer: Arc<Authorizer>,
    questions: Arc<AtomicUsize>,
    start: Instant,
}

/// What the function answers to the nth question.
type Function = Arc<dyn Fn(usize) -> Result<Value, Denial> + Send + Sync>;

fn asked(
    sources: Vec<IdentitySource>,
    ttl_s: u64,
    function: impl Fn(usize) -> Result<Value, Denial> + Send + Sync + 'static,
) -> Asked {
    let (_, open) = watch::channel(true);
    gated(sources, ttl_s, open, Arc::new(function))
}

/// One whose function answers once the gate is open.
fn gated(sources: Vec<IdentitySource>, ttl_s: u64, open: watch::Receiver<bool>, function: Function) -> Asked {
    let questions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&questions);
    let ask: Ask = Box::new(move |_| {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        let (function, mut open) = (Arc::clone(&function), open.clone());
        async move {
            // The gate's owner is gone: it stands as it was left.
            drop(open.wait_for(|open| *open).await);
            function(number).map(|answer| Bytes::from(answer.to_string()))
        }
        .boxed()
    });
    let key = ApiKey { id: "k1".to_owned(), value: "value-of-stripe".to_owned(), enabled: true };
    let plan =
        UsagePlan { name: "p".to_owned(), keys: vec!["k1".to_owned()], throttle: None, quota_per_day: None };
    let access = Access { api_keys: vec![key], usage_plans: vec![plan], ..Access::default() };
    let start = Instant::now();
    let config = AuthorizerConfig {
        name: "a".to_owned(),
        function: "f".to_owned(),
        identity_sources: sources,
        ttl: Duration::from_secs(ttl_s),
    };
    let variables =
        BTreeMap::from([("env".to_owned(), "dev".to_owned()), ("empty".to_owned(), String::new())]);
    let authorizer = Authorizer::asking(&config, ask, &variables, Arc::new(Keys::new(&access, start)));
    Asked { authorizer: Arc::new(authorizer), questions, start }
}

impl Asked {
    async fn allows(&self, arn: &str, after_s: u64) -> Result<Arc<Decision>, Denial> {
        self.allows_with(&HeaderMap::new(), None, arn, after_s).await
    }

    async fn allows_with(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
        arn: &str,
        after_s: u64,
    ) -> Result<Arc<Decision>, Denial> {
        let request = Request {
            path: "/api/v1/webhooks/stripe",
            query,
            headers,
            parameters: &[],
            body: b"",
            source_ip: IpAddr::from([127, 0, 0, 1]),
            request_id: "r",
            extended_id: "e",
            now_ms: 0,
            trace: "Root=1-6920b070-111142228333444455556666;Sampled=0",
        };
        let now = self.start + Duration::from_secs(after_s);
        self.authorizer.allow(&request, arn, now, Bytes::new).await
    }

    fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

fn by_stage() -> Vec<IdentitySource> {
    vec![IdentitySource::StageVariable("env".to_owned())]
}

#[tokio::test]
async fn a_decision_stands_for_its_time_to_live() {
    let asked = asked(by_stage(), 3600, |_| Ok(allow(ARN)));
    for after_s in [0, 1, 3599] {
        let decision = asked.allows(ARN, after_s).await.ok().unwrap();
        assert_eq!(decision.key.as_ref().unwrap().id(), "k1");
        assert_eq!(asked.questions(), 1, "{after_s}");
    }
    assert!(asked.allows(ARN, 3600).await.is_ok());
    assert_eq!(asked.questions(), 2);
}

#[tokio::test]
async fn however_many_wait_the_function_is_asked_once() {
    let (gate, open) = watch::channel(false);
    let asked = Arc::new(gated(by_stage(), 3600, open, Arc::new(|_| Ok(allow(ARN)))));
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let asked = Arc::clone(&asked);
            tokio::spawn(async move { asked.allows(ARN, 0).await.is_ok() })
        })
        .collect();
    tokio::task::yield_now().await;
    gate.send_replace(true);
    for waiter in waiting {
        assert!(waiter.await.unwrap());
    }
    assert_eq!(asked.questions(), 1);
}

#[tokio::test]
async fn a_waiter_that_goes_away_leaves_the_others_their_answer() {
    let (gate, open) = watch::channel(false);
    let asked = Arc::new(gated(by_stage(), 3600, open, Arc::new(|_| Ok(allow(ARN)))));
    let first = Arc::clone(&asked);
    let first = tokio::spawn(async move { first.allows(ARN, 0).await.is_ok() });
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.is_err());
    gate.send_replace(true);
    assert!(asked.allows(ARN, 0).await.is_ok());
    assert_eq!(asked.questions(), 1);
}

#[tokio::test]
async fn a_denial_stands_as_well() {
    let deny = || {
        let mut answer = allow(ARN);
        answer["policyDocument"]["Statement"][0]["Effect"] = json!("Deny");
        answer
    };
    let asked = asked(by_stage(), 3600, move |_| Ok(deny()));
    for _ in 0..3 {
        assert_eq!(asked.allows(ARN, 0).await.err(), Some(Denial::ExplicitlyDenied));
    }
    assert_eq!(asked.questions(), 1);
}

#[tokio::test]
async fn a_cached_policy_is_evaluated_for_each_method() {
    let asked = asked(by_stage(), 3600, |_| Ok(allow(ARN)));
    assert!(asked.allows(ARN, 0).await.is_ok());
    assert_eq!(asked.allows(OTHER_ARN, 0).await.err(), Some(Denial::NotAllowed));
    assert!(asked.allows(ARN, 0).await.is_ok());
    assert_eq!(asked.questions(), 1);
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let asked = asked(by_stage(), 3600, |number| match number {
        0 => Err(Denial::AuthorizerFailed),
        1 => Err(Denial::Unauthorized),
        _ => Ok(allow(ARN)),
    });
    assert_eq!(asked.allows(ARN, 0).await.err(), Some(Denial::AuthorizerFailed));
    assert_eq!(asked.allows(ARN, 0).await.err(), Some(Denial::Unauthorized));
    assert!(asked.allows(ARN, 0).await.is_ok());
    assert_eq!(asked.questions(), 3);
}

#[tokio::test]
async fn without_a_time_to_live_every_request_asks() {
    let asked = asked(by_stage(), 0, |_| Ok(allow(ARN)));
    for _ in 0..3 {
        assert!(asked.allows(ARN, 0).await.is_ok());
    }
    assert_eq!(asked.questions(), 3);
}

#[tokio::test]
async fn decisions_are_kept_apart_by_identity() {
    let sources = vec![
        IdentitySource::Header("X-Who".to_owned()),
        IdentitySource::QueryString("tenant".to_owned()),
        IdentitySource::StageVariable("env".to_owned()),
    ];
    let asked = asked(sources, 3600, |_| Ok(allow(ARN)));
    let ask = async |who: Option<&'static str>, query: Option<&str>| {
        let mut headers = HeaderMap::new();
        if let Some(who) = who {
            headers.insert("x-who", HeaderValue::from_static(who));
        }
        asked.allows_with(&headers, query, ARN, 0).await.err()
    };
    assert_eq!(ask(Some("a"), Some("tenant=1")).await, None);
    assert_eq!(ask(Some("a"), Some("x=2&tenant=1")).await, None);
    assert_eq!(asked.questions(), 1);
    assert_eq!(ask(Some("b"), Some("tenant=1")).await, None);
    assert_eq!(ask(Some("a"), Some("tenant=2")).await, None);
    assert_eq!(asked.questions(), 3);
    for (who, query) in [(None, Some("tenant=1")), (Some(""), Some("tenant=1")), (Some("a"), None)] {
        assert_eq!(ask(who, query).await, Some(Denial::Unauthorized));
    }
    assert_eq!(asked.questions(), 3, "a request without an identity is refused unasked");
}

#[tokio::test]
async fn a_stage_without_the_variable_lets_nobody_in() {
    for name in ["stage", "empty"] {
        let asked = asked(vec![IdentitySource::StageVariable(name.to_owned())], 3600, |_| Ok(allow(ARN)));
        assert_eq!(asked.allows(ARN, 0).await.err(), Some(Denial::Unauthorized));
        assert_eq!(asked.questions(), 0);
    }
}

#[tokio::test]
async fn senders_cannot_fill_the_memory_with_identities() {
    let asked = asked(vec![IdentitySource::QueryString("q".to_owned())], 3600, |_| Ok(allow(ARN)));
    for number in 0..=DECISIONS_MAX {
        let query = format!("q={number}");
        assert!(asked.allows_with(&HeaderMap::new(), Some(&query), ARN, 0).await.is_ok());
    }
    assert!(asked.authorizer.entries().len() <= DECISIONS_MAX);
}

#[tokio::test]
async fn only_a_whole_answer_is_one() {
    let check = async |change: fn(&mut Value), expected: Option<Denial>| {
        let asked = asked(by_stage(), 3600, move |_| {
            let mut answer = allow(ARN);
            change(&mut answer);
            Ok(answer)
        });
        assert_eq!(asked.allows(ARN, 0).await.err(), expected);
    };
    check(|_| {}, None).await;
    check(|answer| answer["context"] = json!({ "a": "x", "b": 1, "c": true }), None).await;
    let failed = Some(Denial::AuthorizerFailed);
    check(|answer| answer["context"] = json!({ "a": {} }), failed).await;
    check(|answer| answer["principalId"] = json!(7), failed).await;
    check(|answer| answer["policyDocument"] = json!({}), failed).await;
    check(|answer| *answer = json!({}), failed).await;
    check(|answer| *answer = json!("Unauthorized"), failed).await;
}

#[tokio::test]
async fn a_key_that_is_not_there_is_none() {
    let asked = asked(by_stage(), 3600, |_| {
        let mut answer = allow(ARN);
        answer["usageIdentifierKey"] = json!("nobody's");
        answer["context"] = json!({ "plan": 7 });
        Ok(answer)
    });
    let decision = asked.allows(ARN, 0).await.ok().unwrap();
    assert!(decision.key.is_none());
    let context: Value = serde_json::from_slice(&decision.context).unwrap();
    assert_eq!(context, json!({ "principalId": "stripe", "plan": "7" }));
}
