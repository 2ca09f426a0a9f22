use super::*;

fn check(text: &str, expected: Result<(&str, &str, Option<&str>, f64, u64), &str>) {
    match (text.parse::<Fault>(), expected) {
        (Ok(fault), Ok((service, operation, code, probability, latency_ms))) => {
            assert_eq!(fault.service, service, "{text}");
            assert_eq!(fault.operation, operation, "{text}");
            assert_eq!(fault.code.as_deref(), code, "{text}");
            assert!((fault.probability - probability).abs() < 1e-9, "{text}");
            assert_eq!(fault.latency_ms, latency_ms, "{text}");
            assert_eq!(fault.to_string().parse::<Fault>(), Ok(fault), "{text} survives being printed");
        }
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text}: {error}"),
        (got, expected) => panic!("{text}: got {got:?}, expected {expected:?}"),
    }
}

#[test]
fn the_grammar() {
    check(
        "dynamodb.PutItem=AccessDeniedException",
        Ok(("dynamodb", "PutItem", Some("AccessDeniedException"), 1.0, 0)),
    );
    check("s3.PutObject=SlowDown@0.1", Ok(("s3", "PutObject", Some("SlowDown"), 0.1, 0)));
    check("s3.PutObject=SlowDown@0.25:50", Ok(("s3", "PutObject", Some("SlowDown"), 0.25, 50)));
    check(
        "lambda.webhook-processor=Unhandled:3",
        Ok(("lambda", "webhook-processor", Some("Unhandled"), 1.0, 3)),
    );
    check("s3.PutObject=SlowDown@0.25*3:50", Ok(("s3", "PutObject", Some("SlowDown"), 0.25, 50)));
    check("secretsmanager.*=none:250", Ok(("secretsmanager", "*", None, 1.0, 250)));
    check(
        "sqs.SendMessage=AWS.SimpleQueueService.NonExistentQueue",
        Ok(("sqs", "SendMessage", Some("AWS.SimpleQueueService.NonExistentQueue"), 1.0, 0)),
    );
}

#[test]
fn what_is_refused_and_why() {
    check("", Err("no `=`"));
    check("dynamodb.PutItem", Err("no `=`"));
    check("dynamodb=Oops", Err("no `.`"));
    check("kinesis.PutRecord=Oops", Err("none of dynamodb, s3"));
    check("s3.=Oops", Err("no operation's name"));
    check("s3.Put Object=Oops", Err("no operation's name"));
    check("s3.PutObject=", Err("no error code"));
    check("s3.PutObject=Slow Down", Err("no error code"));
    check("s3.PutObject=SlowDown@0", Err("no probability"));
    check("s3.PutObject=SlowDown@1.5", Err("no probability"));
    check("s3.PutObject=SlowDown@NaN", Err("no probability"));
    check("s3.PutObject=SlowDown:fast", Err("no number of milliseconds"));
    check("s3.PutObject=SlowDown:-1", Err("no number of milliseconds"));
    check("s3.PutObject=none", Err("does nothing"));
    check("s3.PutObject=SlowDown*0", Err("no number of times"));
    check("s3.PutObject=SlowDown*often", Err("no number of times"));
}

#[test]
fn a_rule_that_strikes_twice_is_spent_then_and_is_new_when_it_is_put_in_force_again() {
    let rules = || vec!["s3.PutObject=SlowDown*2".parse().unwrap(), "s3.*=none:1".parse().unwrap()];
    let faults = Faults::new(rules(), 1);
    let codes = || [0; 3].map(|_| faults.check("s3", "PutObject").unwrap().code.is_some());
    assert_eq!(codes(), [true, true, false], "the next rule applies");
    faults.replace(rules());
    assert_eq!(codes(), [true, true, false]);
}

#[test]
fn only_the_named_operation_is_hit() {
    let faults = Faults::new(vec!["s3.PutObject=SlowDown".parse().unwrap()], 1);
    assert_eq!(faults.check("s3", "PutObject").unwrap().code.as_deref(), Some("SlowDown"));
    assert_eq!(faults.check("s3", "GetObject"), None);
    assert_eq!(faults.check("dynamodb", "PutObject"), None);
    let all = Faults::new(vec!["s3.*=SlowDown".parse().unwrap()], 1);
    assert!(all.check("s3", "ListObjectsV2").is_some());
}

#[test]
fn a_probability_is_kept_and_repeats_with_its_seed() {
    let hits = |seed| {
        let faults = Faults::new(vec!["s3.PutObject=SlowDown@0.1".parse().unwrap()], seed);
        (0..10_000).map(|_| faults.check("s3", "PutObject").is_some()).collect::<Vec<_>>()
    };
    let count = hits(7).into_iter().filter(|hit| *hit).count();
    assert!((800..1200).contains(&count), "{count} of 10,000 at 0.1");
    assert_eq!(hits(7), hits(7));
    assert_ne!(hits(7), hits(8));
}

#[test]
fn a_rule_is_lifted_alone_and_tells_how_often_it_struck() {
    let faults = Faults::new(vec!["s3.GetObject=SlowDown".parse().unwrap()], 1);
    let added = faults.add("s3.PutObject=none:5".parse().unwrap());
    let same = faults.add("s3.PutObject=none:5".parse().unwrap());
    for _ in 0..3 {
        assert!(faults.check("s3", "PutObject").is_some());
    }
    assert_eq!((added.hits(), same.hits()), (3, 0), "the first that applies wins");
    faults.remove(&added);
    assert!(faults.check("s3", "PutObject").is_some());
    assert_eq!((added.hits(), same.hits()), (3, 1), "an equal rule stays");
    faults.remove(&same);
    assert_eq!(faults.check("s3", "PutObject"), None);
    assert!(faults.check("s3", "GetObject").is_some(), "the others stay");
}
