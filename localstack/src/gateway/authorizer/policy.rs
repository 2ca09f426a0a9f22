//! An authorizer's policy, and what it says of one method.
//!
//! Non-goals: conditions, `NotAction`, `NotResource`: a policy with a member that is not evaluated here is no policy.

use serde::Deserialize;

/// The action that is asked about, in lower case.
const INVOKE: &str = "execute-api:invoke";

/// What a policy says of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    /// No statement is about it.
    NotAllowed,
    /// A statement forbids it, whatever others allow.
    Denied,
}

/// What a policy document says of invoking methods; statements about other actions are left out.
#[derive(Debug, Deserialize)]
#[serde(from = "Document")]
pub(super) struct Policy {
    statements: Vec<(Effect, OneOrMany<String>)>,
}

/// An IAM policy document.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    #[serde(default, rename = "Version")]
    _version: Option<String>,
    #[serde(default, rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(default, rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn all(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }

    fn into_all(self) -> Vec<T> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

impl From<Document> for Policy {
    fn from(document: Document) -> Self {
        // Names of actions are read in any case.
        let invokes = |pattern: &String| matches(&pattern.to_ascii_lowercase(), INVOKE);
        let statements = document.statement.into_all().into_iter();
        let about = statements.filter(|statement| statement.action.all().iter().any(invokes));
        Policy { statements: about.map(|statement| (statement.effect, statement.resource)).collect() }
    }
}

impl Policy {
    /// What it says of invoking the method with this ARN. A denial goes before any permission.
    pub(super) fn verdict(&self, method_arn: &str) -> Verdict {
        let mut verdict = Verdict::NotAllowed;
        for (effect, resources) in &self.statements {
            if resources.all().iter().any(|pattern| matches(pattern, method_arn)) {
                match effect {
                    Effect::Deny => return Verdict::Denied,
                    Effect::Allow => verdict = Verdict::Allowed,
                }
            }
        }
        verdict
    }
}

/// Whether the text is of the pattern, in which `*` stands for any characters and `?` for one. Linear in the pattern's length
/// times the text's.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    // Where to go on if what follows the last star does not fit.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((after, tried)) => {
                    star = Some((after, tried + 1));
                    (at, from) = (after, tried + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:peakproof0/dev/POST/api/v1/webhooks/stripe";

    #[track_caller]
    fn check(statements: Value, expected: Verdict) {
        let policy: Policy =
            serde_json::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap();
        assert_eq!(policy.verdict(ARN), expected, "{statements}");
    }

    fn statement(effect: &str, action: &str, resource: &str) -> Value {
        json!({ "Effect": effect, "Action": action, "Resource": resource })
    }

    #[test]
    fn statements_allow_and_deny() {
        check(json!([statement("Allow", INVOKE, ARN)]), Verdict::Allowed);
        check(statement("Allow", "execute-api:*", "*"), Verdict::Allowed);
        check(
            json!([{ "Effect": "Allow", "Action": ["s3:*", "EXECUTE-API:invoke"], "Resource": ["x", ARN] }]),
            Verdict::Allowed,
        );
        check(json!([]), Verdict::NotAllowed);
        check(json!([statement("Allow", "s3:GetObject", ARN)]), Verdict::NotAllowed);
        check(json!([statement("Allow", INVOKE, &format!("{ARN}/more"))]), Verdict::NotAllowed);
        check(json!([statement("Allow", INVOKE, &ARN.replace("POST", "GET"))]), Verdict::NotAllowed);
        check(json!([statement("Deny", INVOKE, ARN)]), Verdict::Denied);
        check(json!([statement("Allow", "*", "*"), statement("Deny", "*", "*/POST/*")]), Verdict::Denied);
        check(json!([statement("Deny", "*", "*/GET/*"), statement("Allow", "*", "*")]), Verdict::Allowed);
    }

    #[test]
    fn patterns() {
        let check =
            |pattern, text, expected| assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        check("", "", true);
        check("*", "", true);
        check("?", "", false);
        check("a*c", "abbbc", true);
        check("a*c", "abbbcd", false);
        check("a*b*c", "aXbXbc", true);
        check("a?c", "abc", true);
        check("**", "abc", true);
        check("abc", "ABC", false);
        let many = format!("{}b", "a*".repeat(200));
        check(&many, &"a".repeat(2000), false);
    }

    #[test]
    fn what_is_not_understood_is_no_policy() {
        let refused = |policy: Value| serde_json::from_value::<Policy>(policy).is_err();
        assert!(refused(json!({ "Version": "2012-10-17" })));
        assert!(refused(json!({ "Statement": [{ "Effect": "Maybe", "Action": "*", "Resource": "*" }] })));
        assert!(refused(json!({ "Statement": [{ "Effect": "Allow", "NotAction": "*", "Resource": "*" }] })));
        let mut conditional = statement("Allow", "*", "*");
        conditional["Condition"] = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
        assert!(refused(json!({ "Statement": [conditional] })));
    }
}
