//! Lambda's REST API, as far as the product's invocations and a look with the AWS CLI need it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use uuid::Uuid;

use super::function::Function;
use super::service::{ASYNC_PAYLOAD_MAX_BYTES, InvokeError, Lambda, RequestId, SYNC_PAYLOAD_MAX_BYTES};
use super::spec::Config;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const TRACE_HEADER: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");

/// The API's routes: `Invoke`, and the reading operations on functions.
pub fn api_router(lambda: Lambda) -> Router {
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .route("/2015-03-31/functions", get(list_functions))
        .route("/2015-03-31/functions/", get(list_functions))
        .route("/2015-03-31/functions/{name}", get(get_function))
        .route("/2015-03-31/functions/{name}/configuration", get(get_function_configuration))
        .route("/2019-09-30/functions/{name}/concurrency", get(get_function_concurrency))
        .route("/2019-09-25/functions/{name}/event-invoke-config", get(get_event_invoke_config))
        .fallback(unknown_operation)
        .with_state(lambda)
}

/// What faults call this API's own operation, beside the functions' names.
const INVOKE: &str = "Invoke";

async fn invoke(
    State(lambda): State<Lambda>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let kind = headers.get("x-amz-invocation-type").map_or(&b"RequestResponse"[..], HeaderValue::as_bytes);
    let limit = if kind == b"Event" { ASYNC_PAYLOAD_MAX_BYTES } else { SYNC_PAYLOAD_MAX_BYTES };
    let function =
        lambda.function(&name).map_err(|error| ApiError::from_invoke(&error, &name, lambda.config()))?;
    let payload = to_bytes(body, limit).await.map_err(|_| ApiError::too_large(limit))?;
    let payload = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(&payload) {
        // serde_json's message names a position, never the content.
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            format!("Could not parse request body into json: {error}"),
        ));
    }
    let refused = |error| ApiError::from_invoke(&error, &name, lambda.config());
    if let Some(fault) = lambda.config().fault.as_ref().and_then(|hook| hook(INVOKE)) {
        tokio::time::sleep(fault.latency).await;
        match fault.code.as_str() {
            "" => {}
            "TooManyRequestsException" => return Err(refused(InvokeError::Throttled)),
            _ => return Err(refused(InvokeError::Service)),
        }
    }
    let caller = || function.follow(headers.get(TRACE_HEADER).and_then(|value| value.to_str().ok()));
    match kind {
        b"RequestResponse" => {
            let invocation = function.invoke_in(payload, caller()).await.map_err(refused)?;
            let (failed, body) = match invocation.result {
                Ok(body) => (false, body),
                Err(error) => (true, error.payload),
            };
            let mut response = answered(StatusCode::OK, invocation.request_id, body);
            if failed {
                response.headers_mut().insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
            }
            Ok(response)
        }
        b"Event" => {
            let id = function.accept_event(payload, caller()).map_err(refused)?;
            Ok(answered(StatusCode::ACCEPTED, id, Bytes::new()))
        }
        b"DryRun" => Ok(answered(StatusCode::NO_CONTENT, RequestId::random(), Bytes::new())),
        _ => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValueException",
            "InvocationType is one of Event, RequestResponse, DryRun".to_owned(),
        )),
    }
}

fn answered(status: StatusCode, id: RequestId, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(EXECUTED_VERSION, HeaderValue::from_static("$LATEST"));
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

async fn list_functions(State(lambda): State<Lambda>) -> Response {
    let functions: Vec<Value> = lambda.functions().map(|f| configuration(f)).collect();
    json_response(&json!({ "Functions": functions }))
}

async fn get_function(State(lambda): State<Lambda>, Path(name): Path<String>) -> Result<Response, ApiError> {
    let function = find(&lambda, &name)?;
    let mut answer = json!({
        "Configuration": configuration(function),
        "Code": { "RepositoryType": "S3" },
        "Tags": {},
    });
    if let Some(reserved) = function.spec.reserved_concurrency {
        answer["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    Ok(json_response(&answer))
}

async fn get_function_configuration(
    State(lambda): State<Lambda>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    Ok(json_response(&configuration(find(&lambda, &name)?)))
}

async fn get_function_concurrency(
    State(lambda): State<Lambda>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    Ok(json_response(&match find(&lambda, &name)?.spec.reserved_concurrency {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    }))
}

async fn get_event_invoke_config(
    State(lambda): State<Lambda>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let function = find(&lambda, &name)?;
    Ok(json_response(&json!({
        "FunctionArn": format!("{}:$LATEST", arn(function)),
        "MaximumRetryAttempts": function.spec.max_retries,
        "MaximumEventAgeInSeconds": function.spec.max_event_age.as_secs(),
    })))
}

/// Variables that name a resource of the deployment. AWS tells all of them; whoever checks a deployment needs these.
const TOLD_VARIABLES: [&str; 9] = [
    "DYNAMODB_TABLE",
    "ENVIRONMENT",
    "PROCESSOR_FUNCTION_ARN",
    "PROVIDER_NAME",
    "PROVIDER_SECRET_ARN",
    "RECORD_TTL_DAYS",
    "S3_BUCKET",
    "S3_PROCESSED_BUCKET",
    "TRANSMISSIONS_TABLE",
];

/// A function's configuration. Values of other variables can be secrets (a key in a pinch), so only their names are told.
fn configuration(function: &Function) -> Value {
    let spec = &function.spec;
    let told = |(name, value): (&String, &String)| {
        let value = if TOLD_VARIABLES.contains(&name.as_str()) { value.as_str() } else { "***" };
        (name.clone(), Value::from(value))
    };
    let names: serde_json::Map<String, Value> = spec.environment.iter().map(told).collect();
    let dead_letters = spec.dead_letter.as_ref().and_then(|sink| sink.arn());
    json!({
        "FunctionName": spec.name,
        "FunctionArn": arn(function),
        "Runtime": "provided.al2023",
        "Handler": spec.handler,
        "Timeout": spec.timeout.as_secs(),
        "MemorySize": spec.memory_mb,
        "Environment": { "Variables": names },
        "DeadLetterConfig": dead_letters.map(|arn| json!({ "TargetArn": arn })),
        "Version": "$LATEST",
        "PackageType": "Zip",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Architectures": [if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }],
        "TracingConfig": { "Mode": if function.shared.config.tracer.is_some() { "Active" } else { "PassThrough" } },
    })
}

fn arn(function: &Function) -> &str {
    function.arn.to_str().unwrap_or_default()
}

fn find<'a>(lambda: &'a Lambda, name: &str) -> Result<&'a Function, ApiError> {
    lambda
        .function(name)
        .map(|function| &**function)
        .map_err(|error| ApiError::from_invoke(&error, name, lambda.config()))
}

fn json_response(value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn unknown_operation() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "UnknownOperationException",
        "the embedded cloud does not know this operation".to_owned(),
    )
}

/// An error in the shape of Lambda's REST API.
struct ApiError {
    status: StatusCode,
    kind: &'static str,
    body: Value,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, message: String) -> Self {
        ApiError { status, kind, body: json!({ "Type": "User", "Message": message }) }
    }

    fn too_large(limit: usize) -> Self {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            format!("Request must be smaller than {limit} bytes for the InvokeFunction operation"),
        )
    }

    fn from_invoke(error: &InvokeError, name: &str, config: &Config) -> Self {
        match error {
            InvokeError::NotFound(_) => {
                let Config { region, account_id, .. } = config;
                let arn = if name.starts_with("arn:") {
                    name.to_owned()
                } else {
                    format!("arn:aws:lambda:{region}:{account_id}:function:{name}")
                };
                ApiError::new(
                    StatusCode::NOT_FOUND,
                    "ResourceNotFoundException",
                    format!("Function not found: {arn}"),
                )
            }
            InvokeError::Throttled => ApiError {
                status: StatusCode::TOO_MANY_REQUESTS,
                kind: "TooManyRequestsException",
                body: json!({
                    "Type": "User",
                    "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                    "message": "Rate Exceeded.",
                }),
            },
            InvokeError::TooLarge { limit, .. } => ApiError::too_large(*limit),
            InvokeError::Service | InvokeError::Init(_) | InvokeError::ShuttingDown => ApiError {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                kind: "ServiceException",
                body: json!({ "Type": "Service", "Message": error.to_string() }),
            },
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = json_response(&self.body);
        *response.status_mut() = self.status;
        response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.kind));
        response
    }
}
