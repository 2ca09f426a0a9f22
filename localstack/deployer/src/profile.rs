//! What an emulator is like, as data: its image, how it is recognized, and what of AWS it lacks.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::terraform::Change;

/// The profiles that there are; the first is the default, and of those that recognize an emulator the first one counts.
const FILES: [&str; 3] = [
    include_str!("../profiles/ministack.toml"),
    include_str!("../profiles/localstack.toml"),
    include_str!("../profiles/localstack-licensed.toml"),
];
/// The emulator that is started when nothing is said.
const DEFAULT: &str = "localstack";
/// The same with a token.
const LICENSED: &str = "localstack-licensed";

/// An emulator's peculiarities.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Its name; targets are called by it in records.
    pub name: String,
    /// The image that is started, pinned.
    pub image: String,
    image_names: Vec<String>,
    /// How one knows that it is up, and what it is.
    pub health: Health,
    /// Where its functions run.
    pub functions: Functions,
    /// How its container is started.
    pub container: ContainerOptions,
    /// Its gateway.
    pub api: Api,
    /// What the stack must do without.
    pub stack: StackOptions,
    /// What a second plan wants to change although nothing was changed, and why.
    #[serde(default)]
    pub drift: Vec<Drift>,
}

/// The path that answers 200 once it is up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Path below its address.
    pub path: String,
    /// Text in the JSON answer that tells products apart. Something else may answer 200 to whatever it is asked.
    pub member: String,
    /// What it is for this one; any text where nothing is said.
    #[serde(default)]
    pub values: Vec<String>,
}

/// Where functions run, and what they see of the emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Functions {
    /// Where.
    pub run: Place,
    /// Whether they are told where the emulator is.
    pub told_endpoint: bool,
}

/// Where functions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// As processes beside the emulator's own.
    Inside,
    /// In containers of their own.
    Containers,
}

/// How a container is started.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContainerOptions {
    /// Whether it starts containers itself.
    #[serde(default)]
    pub docker_socket: bool,
    /// Its variables; `{label}` in them stands for the label of the deployment's containers.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Variables of whoever starts it that it gets, too.
    #[serde(default)]
    pub pass_on: Vec<String>,
}

/// The gateway.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Api {
    url: String,
    /// How it learns whose usage plan a webhook counts for.
    pub usage_key: UsageKey,
}

/// Where usage keys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsageKey {
    /// The sender's header `x-api-key`.
    Header,
    /// The authorizer, as on AWS.
    Authorizer,
}

/// What the stack must do without.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackOptions {
    /// Values of the stack's variable `emulator_lacks`.
    pub lacks: Vec<String>,
}

/// A difference that an emulator makes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Address of a resource; `*` stands for anything.
    pub resource: String,
    /// Attributes that differ.
    pub attributes: Vec<String>,
    /// What the emulator does otherwise than AWS.
    pub reason: String,
}

/// No profile fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoProfile {
    /// There is none of this name.
    #[error("there is no profile `{name}`; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The image is of no known product.
    #[error("nothing is known about the image {image}: say what it is like, --profile {known}")]
    Image {
        /// The image.
        image: String,
        /// What there is.
        known: String,
    },
}

impl Profile {
    /// Every profile.
    ///
    /// # Panics
    /// Never: the files are compiled in, and a test reads them.
    #[expect(clippy::expect_used, reason = "compiled in, and read by a test")]
    pub fn all() -> Vec<Self> {
        FILES.iter().map(|text| toml::from_str(text).expect("a profile")).collect()
    }

    /// The one of this name.
    pub fn named(name: &str) -> Result<Self, NoProfile> {
        let unknown = || NoProfile::Unknown { name: name.to_owned(), known: names(", ") };
        Self::all().into_iter().find(|profile| profile.name == name).ok_or_else(unknown)
    }

    /// The one that an image is of; without an image the default, which is another one with a token.
    pub fn of_image(image: Option<&str>, licensed: bool) -> Result<Self, NoProfile> {
        let Some(image) = image else { return Self::named(if licensed { LICENSED } else { DEFAULT }) };
        let fits = |profile: &Self| profile.image_names.iter().any(|name| image.contains(name.as_str()));
        let unknown = || NoProfile::Image { image: image.to_owned(), known: names("|") };
        Self::all().into_iter().find(fits).ok_or_else(unknown)
    }

    /// Base URL of a stage.
    pub fn api_url(&self, endpoint: &str, api_id: &str, stage: &str) -> String {
        let url = self.api.url.replace("{endpoint}", endpoint).replace("{api_id}", api_id);
        url.replace("{stage}", stage)
    }

    /// How functions are told to reach the emulator, if they have to be: those beside it go by its own port, which has another
    /// number outside of its container.
    pub fn endpoint_of_functions(&self, endpoint: &str, port: Option<u16>) -> Option<String> {
        let own = port.filter(|_| self.functions.run == Place::Inside);
        let told = own.map_or_else(|| endpoint.to_owned(), |port| format!("http://127.0.0.1:{port}"));
        (!self.functions.told_endpoint).then_some(told)
    }

    /// Whether it lacks one of the things that the stack can do without.
    pub fn lacks(&self, what: &str) -> bool {
        self.stack.lacks.iter().any(|lack| lack == what)
    }
}

fn names(between: &str) -> String {
    Profile::all().into_iter().map(|profile| profile.name).collect::<Vec<_>>().join(between)
}

impl Health {
    /// Whether an answer to a GET of the path is this product's.
    pub fn fits(&self, answer: &serde_json::Value) -> bool {
        answer[&self.member]
            .as_str()
            .is_some_and(|value| self.values.is_empty() || self.values.iter().any(|own| value.contains(own)))
    }
}

impl Drift {
    /// Whether this is why an attribute of a resource differs.
    pub fn explains(&self, change: &Change, attribute: &str) -> bool {
        self.is_about(&change.address) && self.attributes.iter().any(|own| own == attribute)
    }

    /// Whether a resource's address is meant.
    pub fn is_about(&self, address: &str) -> bool {
        let mut parts = self.resource.split('*');
        let Some(mut rest) = parts.next().and_then(|first| address.strip_prefix(first)) else { return false };
        let mut last = "";
        for part in parts {
            last = part;
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.is_empty() || (self.resource.ends_with('*') && last.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_read_and_found_by_its_own_image() {
        for profile in Profile::all() {
            assert_eq!(Profile::named(&profile.name).as_ref(), Ok(&profile));
            assert_eq!(Profile::of_image(Some(&profile.image), false).as_ref(), Ok(&profile));
            let (_, tag) = profile.image.rsplit_once(':').expect("a pinned image");
            assert!(tag.starts_with(|c: char| c.is_ascii_digit()), "{} is not pinned", profile.image);
            assert!(
                profile.drift.iter().all(|drift| !drift.attributes.is_empty() && !drift.reason.is_empty())
            );
        }
        assert_eq!(Profile::of_image(None, false).map(|profile| profile.name).as_deref(), Ok("localstack"));
        assert_eq!(
            Profile::of_image(None, true).map(|profile| profile.name).as_deref(),
            Ok("localstack-licensed")
        );
        let newer = Profile::of_image(Some("localstack/localstack:2026.05.1"), false);
        assert_eq!(newer.map(|profile| profile.name).as_deref(), Ok("localstack-licensed"));
    }

    #[test]
    fn functions_go_by_the_port_that_the_emulator_has_where_they_are() {
        let ministack = Profile::named("ministack").expect("a profile");
        let outside = "http://127.0.0.1:14566";
        assert_eq!(
            ministack.endpoint_of_functions(outside, Some(4566)).as_deref(),
            Some("http://127.0.0.1:4566")
        );
        assert_eq!(ministack.endpoint_of_functions(outside, None).as_deref(), Some(outside));
        let localstack = Profile::named("localstack").expect("a profile");
        assert_eq!(localstack.endpoint_of_functions(outside, Some(4566)), None, "it tells them itself");
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is() {
        let error = Profile::named("motto").expect_err("no such profile").to_string();
        assert_eq!(
            error,
            "there is no profile `motto`; there are: ministack, localstack, localstack-licensed"
        );
        let error = Profile::of_image(Some("acme/cloud:1"), false).expect_err("no such image").to_string();
        assert!(
            error.contains("acme/cloud:1") && error.contains("--profile ministack|localstack"),
            "{error}"
        );
    }

    #[test]
    fn a_wildcard_stands_for_any_part_of_an_address() {
        let about = |pattern: &str, address: &str| {
            let resource = pattern.to_owned();
            Drift { resource, attributes: Vec::new(), reason: String::new() }.is_about(address)
        };
        assert!(about("aws_x.y", "aws_x.y"));
        assert!(!about("aws_x.y", "aws_x.y[\"a\"]"));
        assert!(about("aws_x.y[\"*\"]", "aws_x.y[\"a\"]"));
        assert!(about("module.*.aws_x.*", "module.a.aws_x.y[\"a\"]"));
        assert!(!about("module.*.aws_x.y", "module.a.aws_z.y"));
        assert!(!about("aws_x.y[\"*\"]", "aws_x.y[\"a\"].more"));
    }

    #[test]
    fn products_are_told_apart_by_what_they_answer() {
        let edition = |edition: &str| serde_json::json!({ "edition": edition, "version": "4.14.0" });
        let community = Profile::named("localstack").expect("a profile").health;
        let licensed = Profile::named("localstack-licensed").expect("a profile").health;
        assert!(community.fits(&edition("community")) && !community.fits(&edition("pro")));
        assert!(licensed.fits(&edition("pro")) && !licensed.fits(&edition("community")));
        let ministack = Profile::named("ministack").expect("a profile").health;
        assert!(ministack.fits(&edition("light")));
        for stranger in [serde_json::Value::Null, serde_json::json!({ "status": "ok" })] {
            assert!(!community.fits(&stranger) && !ministack.fits(&stranger));
        }
    }
}
