//! The stores through the real AWS SDKs.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};

use crate::cloud::Cloud;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: &str) -> AttributeValue {
    AttributeValue::N(value.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_rotate() {
    let cloud = Cloud::start(|_| {}).await;
    let secrets = &cloud.clients.secrets;
    let name = &cloud.ready().secrets["stripe"];
    let first = secrets.get_secret_value().secret_id(name).send().await.unwrap();
    let generated: serde_json::Value = serde_json::from_str(first.secret_string().unwrap()).unwrap();
    assert!(generated["secret"].as_str().unwrap().starts_with("whsec_"));

    secrets
        .put_secret_value()
        .secret_id(name)
        .secret_string(r#"{"secret":"whsec_new"}"#)
        .send()
        .await
        .unwrap();
    let current = secrets.get_secret_value().secret_id(first.arn().unwrap()).send().await.unwrap();
    assert_eq!(current.secret_string(), Some(r#"{"secret":"whsec_new"}"#));
    assert_eq!(current.version_stages(), ["AWSCURRENT"]);
    let previous =
        secrets.get_secret_value().secret_id(name).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(
        (previous.secret_string(), previous.version_id()),
        (first.secret_string(), first.version_id())
    );

    let missing = secrets.get_secret_value().secret_id("no/such").send().await.unwrap_err();
    assert!(missing.into_service_error().is_resource_not_found_exception());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_written_once_and_found_by_index() {
    let cloud = Cloud::start(|_| {}).await;
    let (dynamodb, table) = (&cloud.clients.dynamodb, &cloud.ready().table);
    let put = |id: &str, timestamp: &str, amount: &str| {
        dynamodb
            .put_item()
            .table_name(table)
            .item("transaction_id", text(id))
            .item("timestamp", number(timestamp))
            .item("provider", text("stripe"))
            .item("amount", number(amount))
            .condition_expression("attribute_not_exists(transaction_id)")
            .send()
    };
    put("pi_1", "1763750000.000002", "12.34").await.unwrap();
    put("pi_1", "1763750000.000001", "0.10").await.unwrap();
    put("pi_2", "1763750009", "1").await.unwrap();
    let again = put("pi_1", "1763750000.000002", "99").await.unwrap_err().into_service_error();
    assert!(again.is_conditional_check_failed_exception(), "{again:?}");

    let found = dynamodb
        .query()
        .table_name(table)
        .index_name("ProviderTimestampIndex")
        .key_condition_expression("provider = :p AND #t BETWEEN :from AND :to")
        .expression_attribute_names("#t", "timestamp")
        .expression_attribute_values(":p", text("stripe"))
        .expression_attribute_values(":from", number("1763750000"))
        .expression_attribute_values(":to", number("1763750001"))
        .send()
        .await
        .unwrap();
    let told: Vec<_> =
        found.items().iter().map(|item| (item["timestamp"].clone(), item["amount"].clone())).collect();
    assert_eq!(
        told,
        [(number("1763750000.000001"), number("0.1")), (number("1763750000.000002"), number("12.34")),]
    );
    let nowhere = dynamodb.scan().table_name("no-such-table").send().await.unwrap_err().into_service_error();
    assert!(nowhere.is_resource_not_found_exception());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_keep_what_they_came_with() {
    let cloud = Cloud::start(|_| {}).await;
    let (s3, bucket) = (&cloud.clients.s3, &cloud.ready().raw_bucket);
    let put = |key: &str, body: &'static str| {
        s3.put_object()
            .bucket(bucket)
            .key(key)
            .body(ByteStream::from_static(body.as_bytes()))
            .content_type("application/json")
            .storage_class(aws_sdk_s3::types::StorageClass::IntelligentTiering)
    };
    let stored = put("stripe/2026/11/21/pi_1.evt_1.json", "hello").send().await.unwrap();
    assert_eq!(stored.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let again =
        put("stripe/2026/11/21/pi_1.evt_1.json", "other").if_none_match("*").send().await.unwrap_err();
    assert_eq!(again.raw_response().map(|response| response.status().as_u16()), Some(412));

    let got = s3.get_object().bucket(bucket).key("stripe/2026/11/21/pi_1.evt_1.json").send().await.unwrap();
    assert_eq!(got.content_type(), Some("application/json"));
    assert_eq!(got.storage_class().map(|class| class.as_str()), Some("INTELLIGENT_TIERING"));
    assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"hello");
    let part =
        s3.get_object().bucket(bucket).key("stripe/2026/11/21/pi_1.evt_1.json").range("bytes=1-3").send();
    let part = part.await.unwrap();
    assert_eq!(part.content_range(), Some("bytes 1-3/5"));
    assert_eq!(part.body.collect().await.unwrap().into_bytes().as_ref(), b"ell");

    let missing =
        s3.get_object().bucket(bucket).key("nothing").send().await.unwrap_err().into_service_error();
    assert!(missing.is_no_such_key());
    let missing =
        s3.head_object().bucket(bucket).key("nothing").send().await.unwrap_err().into_service_error();
    assert!(missing.is_not_found());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_go_page_by_page() {
    let cloud = Cloud::start(|_| {}).await;
    let (s3, bucket) = (&cloud.clients.s3, &cloud.ready().processed_bucket);
    let keys: Vec<String> =
        (0..25).map(|n| format!("square/2026/11/{:02}/p{n:02} &ä.json", n / 10 + 1)).collect();
    for key in &keys {
        s3.put_object().bucket(bucket).key(key).body(ByteStream::from_static(b"{}")).send().await.unwrap();
    }
    let mut pages =
        s3.list_objects_v2().bucket(bucket).prefix("square/").max_keys(10).into_paginator().send();
    let (mut told, mut count) = (Vec::new(), 0);
    while let Some(page) = pages.next().await {
        told.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
        count += 1;
    }
    assert_eq!((told, count), (keys, 3));
    let days =
        s3.list_objects_v2().bucket(bucket).prefix("square/2026/11/").delimiter("/").send().await.unwrap();
    let days: Vec<_> = days.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect();
    assert_eq!(days, ["square/2026/11/01/", "square/2026/11/02/", "square/2026/11/03/"]);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_received_and_deleted() {
    let cloud = Cloud::start(|_| {}).await;
    let (sqs, url) = (&cloud.clients.sqs, &cloud.ready().dlq_url);
    let attribute = MessageAttributeValue::builder().data_type("Number").string_value("200").build().unwrap();
    // The SDK checks the digests of body and attributes, on the way there and back.
    sqs.send_message()
        .queue_url(url)
        .message_body("grüße")
        .message_attributes("ErrorCode", attribute.clone())
        .send()
        .await
        .unwrap();
    let entries = (0..9).map(|n| {
        SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body("x").build().unwrap()
    });
    let batch =
        sqs.send_message_batch().queue_url(url).set_entries(Some(entries.collect())).send().await.unwrap();
    assert_eq!((batch.successful().len(), batch.failed().len()), (9, 0));

    let received = sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .message_attribute_names("All")
        .visibility_timeout(60)
        .send()
        .await
        .unwrap();
    assert_eq!(received.messages().len(), 10);
    let first = &received.messages()[0];
    assert_eq!(
        (first.body(), &first.message_attributes().unwrap()["ErrorCode"]),
        (Some("grüße"), &attribute)
    );
    for message in received.messages() {
        sqs.delete_message()
            .queue_url(url)
            .receipt_handle(message.receipt_handle().unwrap())
            .send()
            .await
            .unwrap();
    }
    let counts = sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(aws_sdk_sqs::types::QueueAttributeName::All);
    let counts = counts.send().await.unwrap().attributes.unwrap();
    for count in ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] {
        assert_eq!(counts[&count.into()], "0", "{count}");
    }
    let nowhere = sqs.get_queue_url().queue_name("nowhere").send().await.unwrap_err().into_service_error();
    assert!(nowhere.is_queue_does_not_exist());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_wakes_when_a_message_arrives() {
    let cloud = Cloud::start(|_| {}).await;
    let (sqs, url) = (cloud.clients.sqs.clone(), cloud.ready().dlq_url.clone());
    let polling = tokio::spawn(sqs.receive_message().queue_url(&url).wait_time_seconds(20).send());
    cloud.clients.sqs.send_message().queue_url(&url).message_body("wake up").send().await.unwrap();
    let received = tokio::time::timeout(Duration::from_secs(10), polling).await.unwrap().unwrap().unwrap();
    assert_eq!(received.messages()[0].body(), Some("wake up"));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_reach_the_clients_as_awss_errors() {
    let faults = [
        "dynamodb.PutItem=AccessDeniedException",
        "s3.PutObject=SlowDown",
        "sqs.SendMessage=RequestThrottled",
        "secretsmanager.PutSecretValue=InternalServiceError",
    ];
    let cloud = Cloud::start(|options| {
        options.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    })
    .await;
    let (clients, ready) = (&cloud.clients, cloud.ready());
    macro_rules! refused {
        ($call:expr) => {{
            let error = $call.send().await.unwrap_err();
            let status = error.raw_response().map(|response| response.status().as_u16());
            (status, error.into_service_error().meta().code().map(str::to_owned))
        }};
    }
    let check = |got: (Option<u16>, Option<String>), status: u16, code: &str| {
        assert_eq!(got, (Some(status), Some(code.to_owned())));
    };
    let put_item = clients.dynamodb.put_item().table_name(&ready.table).item("transaction_id", text("x"));
    check(refused!(put_item), 400, "AccessDeniedException");
    check(refused!(clients.s3.put_object().bucket(&ready.raw_bucket).key("k")), 503, "SlowDown");
    check(
        refused!(clients.sqs.send_message().queue_url(&ready.dlq_url).message_body("x")),
        400,
        "RequestThrottled",
    );
    let put_secret =
        clients.secrets.put_secret_value().secret_id(&ready.secrets["square"]).secret_string("x");
    check(refused!(put_secret), 500, "InternalServiceError");
    // Everything else goes on.
    clients.dynamodb.scan().table_name(&ready.table).send().await.unwrap();
    clients.s3.list_objects_v2().bucket(&ready.raw_bucket).send().await.unwrap();
    cloud.stop().await;
}
