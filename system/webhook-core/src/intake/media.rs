//! What kind of body PayPal's endpoint is given: its two kinds of notification differ in nothing else that can be seen before
//! they are read.

use crate::headers::Headers;
use crate::mutant::{self, Mutant};
use crate::reject::Reject;

/// A kind of body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// A JSON webhook.
    Json,
    /// A form-encoded notification.
    Form,
}

const NAME: &str = "content-type";

/// The kind that the content type says; without one it is JSON. Parameters and case do not count. Two content types are refused,
/// because two readers of them could disagree.
pub(crate) fn of(headers: &Headers<'_>) -> Result<Media, Reject> {
    if !headers.contains(NAME) {
        return Ok(Media::Json);
    }
    let value = headers.one(NAME).map_err(|_| Reject::UnsupportedMediaType)?;
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let suffixed = essence
        .strip_suffix("+json")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, name)| !name.is_empty());
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Ok(Media::Form),
        "application/json" => Ok(Media::Json),
        _ if suffixed => Ok(Media::Json),
        _ if mutant::active(Mutant::PaypalAnyTypeIsJson) => Ok(Media::Json),
        _ if mutant::active(Mutant::PaypalAnyTypeIsForm) => Ok(Media::Form),
        _ => Err(Reject::UnsupportedMediaType),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: Result<Media, Reject>) {
        let headers = Headers::new(values.iter().map(|value| ("Content-Type", *value)));
        assert_eq!(of(&headers), expected, "{values:?}");
    }

    #[test]
    fn the_content_type_decides() {
        check(&[], Ok(Media::Json));
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json"] {
            check(&[json], Ok(Media::Json));
        }
        for form in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-URLEncoded",
            "application/x-www-form-urlencoded;charset=windows-1252",
            " application/x-www-form-urlencoded ; charset=\"gb2312\"",
        ] {
            check(&[form], Ok(Media::Form));
        }
    }

    #[test]
    fn anything_else_is_not_taken() {
        let refused = Err(Reject::UnsupportedMediaType);
        for other in [
            "",
            ";",
            "text/plain",
            "text/json",
            "multipart/form-data; boundary=x",
            "application/json, application/x-www-form-urlencoded",
            "application/jsonx",
            "application/+json",
            "+json",
            "application/x-www-form-urlencodedx",
            "application/json\u{e9}",
        ] {
            check(&[other], refused);
        }
        check(&["application/json", "application/json"], refused);
        check(&["application/json", "application/x-www-form-urlencoded"], refused);
    }
}
