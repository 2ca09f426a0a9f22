use super::*;
use serde_json::{Value, json};

fn tables() -> Tables {
    let tables = Tables::new(Arc::new(Faults::default())).unwrap();
    let table = json!({
        "TableName": "things",
        "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }, { "AttributeName": "n", "AttributeType": "N" }],
        "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }, { "AttributeName": "n", "KeyType": "RANGE" }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
    });
    tables.seed("CreateTable", &table).unwrap();
    tables
}

/// Status and body of an operation's answer.
async fn call(tables: &Tables, target: &str, body: &str) -> (u16, Value) {
    use http_body_util::BodyExt as _;
    let request = Request::builder()
        .header("x-amz-target", target)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap();
    let reply = tables.answer(request).await;
    assert!(reply.headers().contains_key("x-amzn-requestid"));
    let status = reply.status().as_u16();
    (status, serde_json::from_slice(&reply.into_body().collect().await.unwrap().to_bytes()).unwrap())
}

#[tokio::test]
async fn errors_have_awss_types() {
    let tables = tables();
    let check = async |target: &str, body: &str, status: u16, code: &str| {
        let (got, body_told) = call(&tables, target, body).await;
        let type_told = body_told["__type"].as_str().unwrap();
        assert_eq!(
            (got, type_told.rsplit('#').next().unwrap()),
            (status, code),
            "{target} {body}: {body_told}"
        );
    };
    let put = "DynamoDB_20120810.PutItem";
    let conditional = r#"{"TableName":"things","Item":{"k":{"S":"a"},"n":{"N":"1"}},"ConditionExpression":"attribute_not_exists(k)"}"#;
    assert_eq!(call(&tables, put, conditional).await, (200, json!({})));
    check(put, conditional, 400, "ConditionalCheckFailedException").await;
    check(put, r#"{"TableName":"nowhere","Item":{"k":{"S":"a"}}}"#, 400, "ResourceNotFoundException").await;
    check(put, r#"{"TableName":"things","Item":{"k":{"S":"a"}}}"#, 400, "ValidationException").await;
    check(put, r#"{"TableName":"things"}"#, 400, "ValidationException").await;
    check(
        put,
        r#"{"TableName":"things","Item":{"k":{"S":"a"},"n":{"N":"one"}}}"#,
        400,
        "ValidationException",
    )
    .await;
    check(put, r#"{"TableName":1}"#, 400, "SerializationException").await;
    check(put, "{", 400, "SerializationException").await;
    check("DynamoDB_20120810.Fly", "{}", 400, "UnknownOperationException").await;
    check("SQS.PutItem", "{}", 400, "UnknownOperationException").await;
}

#[tokio::test]
async fn injected_faults_come_first() {
    let faults = Faults::new(
        vec![
            "dynamodb.GetItem=AccessDeniedException".parse().unwrap(),
            "dynamodb.Scan=InternalServerError".parse().unwrap(),
        ],
        1,
    );
    let tables = Tables { faults: Arc::new(faults), ..tables() };
    let (status, body) = call(&tables, "DynamoDB_20120810.GetItem", "{}").await;
    assert_eq!(
        (status, body["__type"].as_str()),
        (400, Some("com.amazonaws.dynamodb.v20120810#AccessDeniedException"))
    );
    assert_eq!(call(&tables, "DynamoDB_20120810.Scan", "{}").await.0, 500);
    assert_eq!(
        call(&tables, "DynamoDB_20120810.ListTables", "{}").await,
        (200, json!({"TableNames": ["things"]}))
    );
}

#[tokio::test]
async fn arns_name_the_region_and_are_understood_again() {
    let tables = tables();
    let (_, told) = call(&tables, "DynamoDB_20120810.DescribeTable", r#"{"TableName":"things"}"#).await;
    assert_eq!(told["Table"]["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/things");
    let stream = told["Table"]["LatestStreamArn"].as_str().unwrap().to_owned();
    let described =
        call(&tables, "DynamoDBStreams_20120810.DescribeStream", &json!({ "StreamArn": stream }).to_string())
            .await;
    assert_eq!(
        (described.0, described.1["StreamDescription"]["StreamArn"].as_str()),
        (200, Some(stream.as_str()))
    );
}

/// The exact-once guarantee of the whole system leans on this.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_conditional_writes_one_wins() {
    let tables = Arc::new(tables());
    for round in 0..20 {
        let body = json!({
            "TableName": "things",
            "Item": { "k": { "S": "same" }, "n": { "N": round.to_string() } },
            "ConditionExpression": "attribute_not_exists(k)",
        })
        .to_string();
        let writes = (0..16).map(|_| {
            let (tables, body) = (Arc::clone(&tables), body.clone());
            tokio::spawn(async move { call(&tables, "DynamoDB_20120810.PutItem", &body).await.0 })
        });
        let statuses = futures::future::join_all(writes).await;
        let won = statuses.into_iter().filter(|status| matches!(status, Ok(200))).count();
        assert_eq!(won, 1, "round {round}");
    }
}
