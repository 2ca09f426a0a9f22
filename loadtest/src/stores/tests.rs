use super::*;

#[track_caller]
fn check_key(key: &str, expected: Option<&str>) {
    assert_eq!(event_of_key(key).as_ref().map(EventId::as_str), expected);
}

#[test]
fn object_keys_name_their_event() {
    check_key("stripe/2026/11/21/pi_3Q.evt_1Q.json", Some("evt_1Q"));
    check_key("paypal/2026/11/21/8AB.WH-1-2.json", Some("WH-1-2"));
    check_key("paypal/2026/11/21/61E6.ipn_61E6_Completed.form", Some("ipn_61E6_Completed"));
    check_key("square/2026/11/21/transactions.json", None);
    check_key("square/2026/11/21/a.b.ndjson", None);
}

#[track_caller]
fn check_cause(message: &str, expected: &str) {
    assert_eq!(cause(message), expected);
}

#[test]
fn equal_causes_look_equal() {
    check_cause("event evt_1AbC2 has the unknown currency XXQ", "event … has the unknown currency XXQ");
    check_cause(
        "dynamodb:PutItem failed: AccessDeniedException",
        "dynamodb:PutItem failed: AccessDeniedException",
    );
    check_cause("", "");
    assert_eq!(cause(&"word ".repeat(100)).split(' ').count(), 16);
}

#[test]
fn a_dead_letter_is_read_without_its_body() {
    let attribute = aws_sdk_sqs::types::MessageAttributeValue::builder()
        .data_type("String")
        .string_value("the table refused the record")
        .build()
        .expect("an attribute");
    let message = aws_sdk_sqs::types::Message::builder()
        .body(r#"{"provider":"stripe","event_id":"evt_7","received_at":1,"raw_key":"k","body":"{}"}"#)
        .message_attributes("ErrorMessage", attribute)
        .build();
    let letter = dead_letter(&message);
    assert_eq!(letter.event, Some(EventId::new("evt_7")));
    assert_eq!(letter.error, "the table refused the record");
    let record = r#"{"requestContext":{"condition":"RetriesExhausted"},"requestPayload":{"event_id":"evt_8","body":"{}"},"responsePayload":{"errorMessage":"no such currency"}}"#;
    let by_destination = aws_sdk_sqs::types::Message::builder().body(record).build();
    let expected = DeadLetter { event: Some(EventId::new("evt_8")), error: "no such currency".to_owned() };
    assert_eq!(dead_letter(&by_destination), expected);
    let foreign = aws_sdk_sqs::types::Message::builder().body("hello").build();
    assert_eq!(dead_letter(&foreign), DeadLetter { event: None, error: "no ErrorMessage".to_owned() });
}
