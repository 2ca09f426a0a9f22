//! Secrets are rotated while forged and genuine webhooks come in, and nothing genuine is refused.

use super::{count, held, run};

/// As short as a rotation can be: a second before it, 31 s until every validator must take the new secrets, 5 s with them. Too
/// few deliveries for a p99, so that a busy machine cannot break what this is not about.
#[test]
fn a_rotation_under_load_refuses_nothing_genuine() {
    let ended = run(&[
        "--users",
        "30",
        "--rate",
        "1200",
        "--duration",
        "37s",
        "--warmup",
        "2s",
        "--forged",
        "10%",
        "--poison",
        "3",
        "--rotate-secrets",
        "1s",
        "--json",
    ]);
    ended.ended_with(2).says("too few").says("rotation secrets of stripe, paypal, square replaced");
    let record = ended.json("run.json");
    let rotation = &record["rotation"];
    assert_eq!(rotation["providers"], serde_json::json!(["stripe", "paypal", "square"]));
    let (put_s, from_s) = (rotation["put_s"].as_f64(), rotation["signed_from_s"].as_f64());
    assert!(put_s.is_some_and(|put_s| put_s >= 1.0), "{rotation}");
    assert!(put_s.zip(from_s).is_some_and(|(put_s, from_s)| from_s - put_s >= 31.0), "{rotation}");
    assert!(count(&record, &["rotation", "deliveries_after"]) > 20, "{rotation}");
    assert!(count(&record, &["sent", "forged"]) > 50, "forgeries kept the validators reading");
    assert_eq!(held(&record, "valid_rejected_eq_0"), Some(true));
    assert_eq!(held(&record, "forged_accepted_eq_0"), Some(true));
    assert_eq!(ended.json("summary.json")["rotation"]["providers"], rotation["providers"]);
    for file in ["report.html", "report.md"] {
        let text = std::fs::read_to_string(ended.dir().join(file)).expect(file);
        assert!(text.contains("signed with the new ones from"), "{file}");
    }
}
