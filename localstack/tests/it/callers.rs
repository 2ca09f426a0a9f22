//! Who gets through the gateway: signatures, authorizers, API keys and usage plans, in front of real child processes.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{Method, Request};
use localstack::gateway::{
    Access, AccessKey, ApiKey, ApiKeySource, Authorization, AuthorizerConfig, Gateway, GatewayConfig,
    GatewayError, IdentitySource, KeyUsage, Route, Throttle, UsagePlan, serve,
};
use serde_json::{Value, json};

use crate::fake::{Answer, Fake, send};

const HOOK: &str = "/dev/api/v1/webhooks/stripe";
const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:peakproof0/dev/POST/api/v1/webhooks/stripe";

struct Api {
    fake: Fake,
    gateway: Gateway,
}

impl Api {
    async fn with(change: impl FnOnce(&mut GatewayConfig)) -> Api {
        let fake = Fake::with(|_| {});
        let mut config = config(&fake);
        change(&mut config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = serve(listener, config, &fake.lambda).unwrap();
        Api { fake, gateway }
    }

    async fn send(&self, request: http::request::Builder, body: &'static str) -> Answer {
        send(self.gateway.address(), request.body(Bytes::from_static(body.as_bytes())).unwrap()).await
    }

    /// A webhook, for whom the authorizer function does what `authorize` says.
    async fn hook(&self, authorize: &str) -> Answer {
        self.send(Request::post(HOOK).header("x-authorize", authorize), "{}").await
    }

    /// A GET, signed for this gateway.
    async fn get_signed(&self, target: &str, secret: &str, age: Duration) -> Answer {
        let request = signed(&self.gateway.address().to_string(), target, secret, age);
        self.send(request, "").await
    }

    /// Invocations of the one function, which is authorizer and integration in one.
    fn invocations(&self) -> u64 {
        self.fake.lambda.stats()["f"].invocations
    }

    fn usage(&self) -> KeyUsage {
        self.gateway.usage()["k1"].clone()
    }

    async fn stop(self) -> String {
        self.gateway.shutdown().await;
        self.fake.lambda.clone().shutdown().await;
        std::fs::read_to_string(self.fake.dir.path().join("api-gateway.log")).unwrap()
    }
}

fn config(fake: &Fake) -> GatewayConfig {
    let mut config = GatewayConfig::new("dev", fake.dir.path());
    config.stage_variables.insert("env".to_owned(), "dev".to_owned());
    config.access = Access {
        access_keys: vec![AccessKey {
            id: "test".to_owned(),
            secret: "test".to_owned(),
            user_name: "test".to_owned(),
            user_id: "AIDATEST".to_owned(),
        }],
        authorizers: vec![AuthorizerConfig {
            name: "stripe".to_owned(),
            function: "f".to_owned(),
            identity_sources: vec![IdentitySource::StageVariable("env".to_owned())],
            ttl: Duration::from_secs(3600),
        }],
        api_key_source: ApiKeySource::Authorizer,
        api_keys: vec![ApiKey { id: "k1".to_owned(), value: "sensitive-key".to_owned(), enabled: true }],
        usage_plans: vec![UsagePlan {
            name: "stripe".to_owned(),
            keys: vec!["k1".to_owned()],
            throttle: None,
            quota_per_day: None,
        }],
    };
    config.routes = vec![
        Route {
            authorization: Authorization::Authorizer("stripe".to_owned()),
            api_key_required: true,
            ..Route::new(Method::POST, "/api/v1/webhooks/stripe", "f")
        },
        Route {
            authorization: Authorization::Iam,
            ..Route::new(Method::GET, "/api/v1/transactions/{id}", "f")
        },
    ];
    config
}

fn answer(effect: &str, key: Option<&str>) -> String {
    let statement = json!({ "Effect": effect, "Action": "execute-api:Invoke", "Resource": ARN });
    let mut answer = json!({
        "principalId": "stripe",
        "policyDocument": { "Version": "2012-10-17", "Statement": [statement] },
    });
    if let Some(key) = key {
        answer["usageIdentifierKey"] = json!(key);
    }
    format!("raw:{answer}")
}

#[expect(clippy::disallowed_methods, reason = "a signer needs a clock, and a test has none of its own")]
fn signed(host: &str, target: &str, secret: &str, age: Duration) -> http::request::Builder {
    let identity = Credentials::new("test", secret, None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("execute-api")
        .time(SystemTime::now() - age)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let uri = format!("http://{host}{target}");
    let signable = SignableRequest::new("GET", &uri, std::iter::empty(), SignableBody::Bytes(b"")).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    instructions
        .headers()
        .fold(Request::get(target).header("host", host), |request, (name, value)| request.header(name, value))
}

#[track_caller]
fn check(answer: &Answer, status: u16, error_type: &str, body: &str) {
    assert_eq!((answer.status.as_u16(), answer.text()), (status, body));
    assert_eq!(answer.header("x-amzn-errortype"), error_type);
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_signed_query_gets_through_with_its_callers_identity() {
    let api = Api::with(|_| {}).await;
    let target = "/dev/api/v1/transactions/pi%5F1?start=2025-11-21T00%3A00%3A00Z&end=x%20y";
    let answer = api.get_signed(target, "test", Duration::ZERO).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let event = answer.json();
    assert_eq!(event["pathParameters"]["id"], "pi%5F1", "decoding it is the function's");
    let identity = &event["requestContext"]["identity"];
    assert_eq!(identity["accessKey"], "test");
    assert_eq!(identity["accountId"], "000000000000");
    assert_eq!((&identity["caller"], &identity["user"]), (&json!("AIDATEST"), &json!("AIDATEST")));
    assert_eq!(identity["userArn"], "arn:aws:iam::000000000000:user/test");
    assert_eq!(event["headers"].get("authorization"), None, "the function has no use for a signature");
    assert!(event["headers"]["x-amz-date"].is_string());
    api.stop().await;
}

#[tokio::test]
async fn an_unsigned_or_wrongly_signed_query_is_answered_as_aws_does() {
    let api = Api::with(|_| {}).await;
    let target = "/dev/api/v1/transactions/pi_1";
    let unsigned = api.send(Request::get(target), "").await;
    let missing = r#"{"message":"Missing Authentication Token"}"#;
    check(&unsigned, 403, "MissingAuthenticationTokenException", missing);
    let wrong = api.get_signed(target, "guessed", Duration::ZERO).await;
    check(
        &wrong,
        403,
        "InvalidSignatureException",
        r#"{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#,
    );
    let late = api.get_signed(target, "test", Duration::from_secs(400)).await;
    assert_eq!((late.status.as_u16(), late.header("x-amzn-errortype")), (403, "InvalidSignatureException"));
    assert!(late.text().starts_with(r#"{"message":"Signature expired: "#), "{}", late.text());
    let bearer = api.send(Request::get(target).header("authorization", "Bearer abc"), "").await;
    assert_eq!(
        (bearer.status.as_u16(), bearer.header("x-amzn-errortype")),
        (403, "IncompleteSignatureException")
    );
    assert!(!bearer.text().contains("abc"), "a credential is not told again");
    assert_eq!(api.invocations(), 0);
    let log = api.stop().await;
    let types: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["errorType"].clone()).collect();
    assert_eq!(
        types,
        [
            "MissingAuthenticationTokenException",
            "InvalidSignatureException",
            "InvalidSignatureException",
            "IncompleteSignatureException"
        ]
    );
}

#[tokio::test]
async fn an_authorizer_is_asked_once_for_many_webhooks() {
    let api = Api::with(|_| {}).await;
    for number in 1..=5 {
        let answer = api.hook(&answer("Allow", Some("sensitive-key"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let event = answer.json();
        let context = &event["requestContext"];
        assert_eq!(context["authorizer"]["principalId"], "stripe");
        assert_eq!(context["identity"]["apiKeyId"], "k1");
        assert_eq!(context["identity"]["accessKey"], Value::Null);
        // The authorizer's and each webhook's.
        assert_eq!(api.invocations(), 1 + number);
    }
    assert_eq!(api.usage().used_today, 5);
    let log = api.stop().await;
    assert!(!log.contains("sensitive"), "{log}");
}

#[tokio::test]
async fn an_authorizer_gets_the_request_and_the_methods_arn() {
    let api = Api::with(|_| {}).await;
    api.hook("log:").await;
    let log = api.fake.log();
    let line = log.lines().find(|line| line.contains("methodArn")).expect("the event is in the log");
    let event: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
    assert_eq!((&event["type"], &event["methodArn"]), (&json!("REQUEST"), &json!(ARN)));
    assert_eq!((&event["httpMethod"], &event["path"]), (&json!("POST"), &json!("/api/v1/webhooks/stripe")));
    assert_eq!(event["resource"], "/api/v1/webhooks/stripe");
    assert_eq!(event["stageVariables"], json!({ "env": "dev" }));
    assert_eq!(event["headers"]["x-authorize"], "log:");
    assert_eq!(event["requestContext"]["stage"], "dev");
    assert_eq!(event.get("body"), None);
    api.stop().await;
}

#[tokio::test]
async fn what_an_authorizer_refuses_is_answered_as_aws_does() {
    let check_one = async |authorize: String, status, error_type, body| {
        let api = Api::with(|_| {}).await;
        check(&api.hook(&authorize).await, status, error_type, body);
        let before = api.invocations();
        api.hook(&authorize).await;
        let asked_again = api.invocations() - before;
        api.stop().await;
        asked_again
    };
    let key = Some("sensitive-key");
    let explicit = r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#;
    let cached = check_one(answer("Deny", key), 403, "AccessDeniedException", explicit).await;
    assert_eq!(cached, 0, "a denial is cached like any decision");
    let elsewhere = answer("Allow", key).replace("/stripe", "/square");
    let implicit = r#"{"Message":"User is not authorized to access this resource"}"#;
    assert_eq!(check_one(elsewhere, 403, "AccessDeniedException", implicit).await, 0);
    let unauthorized = r#"{"message":"Unauthorized"}"#;
    let asked = check_one("fail:Unauthorized".to_owned(), 401, "UnauthorizedException", unauthorized).await;
    assert_eq!(asked, 1, "a failure is not cached");
    for broken in ["fail:unauthorized", "raw:{}", "raw:null", "exit:1"] {
        check_one(broken.to_owned(), 500, "AuthorizerConfigurationException", r#"{"message":null}"#).await;
    }
    let forbidden = r#"{"message":"Forbidden"}"#;
    for unknown in [answer("Allow", None), answer("Allow", Some("no-such-key"))] {
        assert_eq!(check_one(unknown, 403, "ForbiddenException", forbidden).await, 0);
    }
}

#[tokio::test]
async fn a_disabled_key_and_a_used_up_plan_stop_a_provider() {
    let allow = answer("Allow", Some("sensitive-key"));
    let api = Api::with(|config| config.access.api_keys[0].enabled = false).await;
    check(&api.hook(&allow).await, 403, "ForbiddenException", r#"{"message":"Forbidden"}"#);
    assert_eq!(api.usage().used_today, 0);
    api.stop().await;

    let api = Api::with(|config| config.access.usage_plans[0].quota_per_day = Some(2)).await;
    assert_eq!(api.hook(&allow).await.status, 200);
    assert_eq!(api.hook(&allow).await.status, 200);
    check(&api.hook(&allow).await, 429, "LimitExceededException", r#"{"message":"Limit Exceeded"}"#);
    let usage = api.usage();
    assert_eq!((usage.used_today, usage.quota_per_day, usage.plan.as_deref()), (2, Some(2), Some("stripe")));
    api.stop().await;

    let slow = Some(Throttle { rate_per_s: 0.0, burst: 1 });
    let api = Api::with(|config| config.access.usage_plans[0].throttle = slow).await;
    assert_eq!(api.hook(&allow).await.status, 200);
    let too_many = r#"{"message":"Too Many Requests"}"#;
    check(&api.hook(&allow).await, 429, "TooManyRequestsException", too_many);
    api.stop().await;
}

#[tokio::test]
async fn a_key_may_also_come_in_a_header() {
    let api = Api::with(|config| {
        config.access.api_key_source = ApiKeySource::Header;
        config.routes[0].authorization = Authorization::None;
    })
    .await;
    let with_key = |key: &'static str| Request::post(HOOK).header("x-api-key", key);
    assert_eq!(api.send(with_key("sensitive-key"), "{}").await.status, 200);
    let forbidden = r#"{"message":"Forbidden"}"#;
    check(&api.send(with_key("sensitive-kez"), "{}").await, 403, "ForbiddenException", forbidden);
    check(&api.send(Request::post(HOOK), "{}").await, 403, "ForbiddenException", forbidden);
    api.stop().await;
}

#[tokio::test]
async fn routes_must_name_authorizers_that_exist() {
    let fake = Fake::with(|_| {});
    let start = async |change: fn(&mut GatewayConfig)| {
        let mut config = config(&fake);
        change(&mut config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        serve(listener, config, &fake.lambda).err()
    };
    let unknown = start(|config| config.routes[0].authorization = Authorization::Authorizer("x".to_owned()));
    assert!(matches!(unknown.await, Some(GatewayError::Authorizer { .. })));
    let without = start(|config| config.access.authorizers[0].function = "no-such-function".to_owned());
    assert!(matches!(without.await, Some(GatewayError::Function { .. })));
    fake.lambda.clone().shutdown().await;
}
