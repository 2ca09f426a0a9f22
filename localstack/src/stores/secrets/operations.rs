//! Secrets Manager's operations: reading requests, finding secrets, telling errors in AWS's types.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::secret::{Added, CURRENT, Secret, Tag, Value};
use super::{Vault, new_arn, now_s};
use crate::stores::wire::{ApiError, Dialect};

/// Versions a secret may have.
const VERSIONS_MAX: usize = 100;

type Answer = Result<Json, ApiError>;
type Secrets = BTreeMap<String, Secret>;

/// Every member that some operation takes; each operation reads its own.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    name: Option<String>,
    secret_id: Option<String>,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
    version_stages: Option<Vec<String>>,
    move_to_version_id: Option<String>,
    remove_from_version_id: Option<String>,
    force_delete_without_recovery: Option<bool>,
    recovery_window_in_days: Option<u32>,
    include_deprecated: Option<bool>,
    include_planned_deletion: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
    filters: Vec<Filter>,
    tags: Vec<Tag>,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: String,
    values: Vec<String>,
}

impl Request {
    /// The one value a request may carry.
    fn value(&mut self) -> Result<Option<Value>, ApiError> {
        match (self.secret_string.take(), self.secret_binary.take()) {
            (Some(_), Some(_)) => Err(ApiError::client(
                "InvalidParameterException",
                "You can't specify both a binary secret value and a string secret value in the same secret.",
            )),
            (Some(text), None) => Ok(Some(Value::Text(text))),
            (None, Some(binary)) => Ok(Some(Value::Binary(binary))),
            (None, None) => Ok(None),
        }
    }

    fn token(&mut self) -> String {
        self.client_request_token.take().unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
    }
}

impl Vault {
    /// Runs one operation.
    pub(super) fn carry_out(&self, operation: &str, body: &[u8]) -> Answer {
        let request: Request = Dialect::read(body)?;
        let mut secrets = self.lock();
        match operation {
            "CreateSecret" => create(&mut secrets, request),
            "GetSecretValue" => get_value(&mut secrets, &request),
            "PutSecretValue" => put_value(&mut secrets, request),
            "UpdateSecret" => update(&mut secrets, request),
            "DescribeSecret" => describe(&mut secrets, &request),
            "ListSecrets" => list(&secrets, &request),
            "ListSecretVersionIds" => list_versions(&mut secrets, &request),
            "UpdateSecretVersionStage" => update_stage(&mut secrets, &request),
            "DeleteSecret" => delete(&mut secrets, &request),
            "RestoreSecret" => restore(&mut secrets, &request),
            "TagResource" => tag(&mut secrets, request),
            "UntagResource" => untag(&mut secrets, &request),
            _ => Err(ApiError::unknown_operation()),
        }
    }
}

fn not_found() -> ApiError {
    ApiError::client("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

/// A secret by name, by ARN, or by ARN without the random suffix.
fn find<'s>(secrets: &'s mut Secrets, request: &Request) -> Result<&'s mut Secret, ApiError> {
    let id = request.secret_id.as_deref().unwrap_or_default();
    let is_it = |secret: &Secret| {
        secret.name == id
            || secret.arn == id
            || (id.starts_with("arn:")
                && secret.arn.rsplit_once('-').is_some_and(|(partial, _)| partial == id))
    };
    // The name is the key, so most requests need no search.
    let name = match secrets.get(id) {
        Some(secret) => secret.name.clone(),
        None => secrets
            .values()
            .find(|secret| is_it(secret))
            .map(|secret| secret.name.clone())
            .ok_or_else(not_found)?,
    };
    secrets.get_mut(&name).ok_or_else(not_found)
}

/// A secret that is not scheduled for deletion.
fn find_live<'s>(secrets: &'s mut Secrets, request: &Request) -> Result<&'s mut Secret, ApiError> {
    let secret = find(secrets, request)?;
    if secret.deletion_s.is_some() {
        return Err(ApiError::client(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ));
    }
    Ok(secret)
}

fn create(secrets: &mut Secrets, mut request: Request) -> Answer {
    let name = request.name.take().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(allowed) {
        return Err(ApiError::client(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ));
    }
    let (token, value) = (request.token(), request.value()?);
    if let Some(secret) = secrets.get(&name) {
        let repeated = secret.versions.get(&token).is_some_and(|version| version.value == value);
        if repeated {
            return Ok(json!({ "ARN": secret.arn, "Name": name, "VersionId": token }));
        }
        if secret.deletion_s.is_some() {
            return Err(ApiError::client(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ));
        }
        return Err(ApiError::client(
            "ResourceExistsException",
            "The operation failed because the secret already exists.",
        ));
    }
    let now_s = now_s();
    let mut secret = Secret::new(&name, new_arn(&name), now_s);
    secret.description = request.description;
    secret.kms_key_id = request.kms_key_id;
    secret.tags = request.tags;
    let mut told = json!({ "ARN": secret.arn, "Name": name });
    if let Some(value) = value {
        told["VersionId"] = json!(token);
        secret.add_version(token, value, &[CURRENT.to_owned()], now_s);
    }
    secrets.insert(name, secret);
    Ok(told)
}

fn get_value(secrets: &mut Secrets, request: &Request) -> Answer {
    let secret = find_live(secrets, request)?;
    let missing = |what: String| {
        ApiError::client(
            "ResourceNotFoundException",
            format!("Secrets Manager can't find the specified secret value for {what}"),
        )
    };
    let (id, version) = match (&request.version_id, &request.version_stage) {
        (Some(id), stage) => {
            let version =
                secret.versions.get_key_value(id).ok_or_else(|| missing(format!("VersionId: {id}")))?;
            if stage.as_ref().is_some_and(|stage| !version.1.stages.contains(stage)) {
                return Err(ApiError::client(
                    "InvalidRequestException",
                    "You provided a VersionStage that is not associated to the provided VersionId.",
                ));
            }
            version
        }
        (None, stage) => {
            let stage = stage.as_deref().unwrap_or(CURRENT);
            secret
                .version_at(stage)
                .and_then(|id| secret.versions.get_key_value(id))
                .ok_or_else(|| missing(format!("staging label: {stage}")))?
        }
    };
    let mut told = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": id,
        "VersionStages": version.stages,
        "CreatedDate": version.created_s,
    });
    match &version.value {
        Some(Value::Text(text)) => told["SecretString"] = json!(text),
        Some(Value::Binary(binary)) => told["SecretBinary"] = json!(binary),
        None => {}
    }
    Ok(told)
}

fn put_value(secrets: &mut Secrets, mut request: Request) -> Answer {
    let stages = request.version_stages.take().unwrap_or_else(|| vec![CURRENT.to_owned()]);
    let (token, value) = (request.token(), request.value()?);
    let value = value.ok_or_else(|| {
        ApiError::client("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
    })?;
    let secret = find_live(secrets, &request)?;
    add(secret, token.clone(), value, &stages)?;
    let stages = secret.versions.get(&token).map(|version| version.stages.clone()).unwrap_or_default();
    Ok(json!({ "ARN": secret.arn, "Name": secret.name, "VersionId": token, "VersionStages": stages }))
}

fn add(secret: &mut Secret, token: String, value: Value, stages: &[String]) -> Result<(), ApiError> {
    if secret.versions.len() >= VERSIONS_MAX {
        // As AWS does, versions without a label make room.
        secret.versions.retain(|_, version| !version.stages.is_empty());
    }
    if secret.versions.len() >= VERSIONS_MAX {
        return Err(ApiError::client("LimitExceededException", "The secret has too many labeled versions."));
    }
    match secret.add_version(token, value, stages, now_s()) {
        Added::New | Added::Repeated => Ok(()),
        Added::Conflict => Err(ApiError::client(
            "ResourceExistsException",
            "The operation failed because the version already exists with another value.",
        )),
    }
}

fn update(secrets: &mut Secrets, mut request: Request) -> Answer {
    let (token, value) = (request.token(), request.value()?);
    let secret = find_live(secrets, &request)?;
    let mut told = json!({ "ARN": secret.arn, "Name": secret.name });
    if let Some(value) = value {
        add(secret, token.clone(), value, &[CURRENT.to_owned()])?;
        told["VersionId"] = json!(token);
    }
    if let Some(description) = request.description {
        secret.description = Some(description);
    }
    if let Some(key) = request.kms_key_id {
        secret.kms_key_id = Some(key);
    }
    secret.changed_s = now_s();
    Ok(told)
}

/// What `DescribeSecret` and `ListSecrets` share; they name the map of labels differently.
fn described(secret: &Secret, versions_key: &str) -> Json {
    let labelled: BTreeMap<&String, _> = secret
        .versions
        .iter()
        .filter(|(_, version)| !version.stages.is_empty())
        .map(|(id, version)| (id, &version.stages))
        .collect();
    let mut told = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": secret.created_s,
        "LastChangedDate": secret.changed_s,
        "RotationEnabled": false,
        versions_key: labelled,
    });
    let optional = [
        ("Description", secret.description.as_ref().map(|text| json!(text))),
        ("KmsKeyId", secret.kms_key_id.as_ref().map(|key| json!(key))),
        ("DeletedDate", secret.deletion_s.map(|at| json!(at))),
        ("Tags", (!secret.tags.is_empty()).then(|| json!(secret.tags))),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            told[key] = value;
        }
    }
    told
}

fn describe(secrets: &mut Secrets, request: &Request) -> Answer {
    find(secrets, request).map(|secret| described(secret, "VersionIdsToStages"))
}

fn list(secrets: &Secrets, request: &Request) -> Answer {
    let matches = |secret: &&Secret| {
        let planned = request.include_planned_deletion == Some(true);
        (planned || secret.deletion_s.is_none())
            && request.filters.iter().all(|filter| filter_holds(filter, secret))
    };
    let limit = request.max_results.unwrap_or(100).clamp(1, 100);
    let after = request.next_token.as_deref().unwrap_or_default();
    let mut rest = secrets.values().filter(matches).filter(|secret| secret.name.as_str() > after);
    let page: Vec<&Secret> = rest.by_ref().take(limit).collect();
    let listed: Vec<Json> = page.iter().map(|secret| described(secret, "SecretVersionsToStages")).collect();
    let mut told = json!({ "SecretList": listed });
    if rest.next().is_some()
        && let Some(last) = page.last()
    {
        told["NextToken"] = json!(last.name);
    }
    Ok(told)
}

/// A value that begins with `!` must not match; the others match by prefix.
fn filter_holds(filter: &Filter, secret: &Secret) -> bool {
    let one = |wanted: &str| match filter.key.as_str() {
        "name" => secret.name.starts_with(wanted),
        "description" => secret.description.as_ref().is_some_and(|text| text.starts_with(wanted)),
        "tag-key" => secret.tags.iter().any(|tag| tag.key.starts_with(wanted)),
        "tag-value" => secret.tags.iter().any(|tag| tag.value.starts_with(wanted)),
        _ => secret.name.contains(wanted),
    };
    filter.values.iter().any(|value| value.strip_prefix('!').map_or_else(|| one(value), |not| !one(not)))
}

fn list_versions(secrets: &mut Secrets, request: &Request) -> Answer {
    let secret = find(secrets, request)?;
    let deprecated = request.include_deprecated == Some(true);
    let versions: Vec<Json> = secret
        .versions
        .iter()
        .filter(|(_, version)| deprecated || !version.stages.is_empty())
        .map(|(id, version)| {
            json!({ "VersionId": id, "VersionStages": version.stages, "CreatedDate": version.created_s })
        })
        .collect();
    Ok(json!({ "ARN": secret.arn, "Name": secret.name, "Versions": versions }))
}

fn update_stage(secrets: &mut Secrets, request: &Request) -> Answer {
    let secret = find_live(secrets, request)?;
    let stage = request.version_stage.clone().unwrap_or_default();
    let at = secret.version_at(&stage).map(str::to_owned);
    if at.is_some() && request.move_to_version_id != at && request.remove_from_version_id != at {
        return Err(ApiError::client(
            "InvalidParameterException",
            format!(
                "The parameter RemoveFromVersionId can't be empty: staging label {stage} is attached to a version."
            ),
        ));
    }
    match &request.move_to_version_id {
        Some(to) if secret.versions.contains_key(to) => secret.move_stage(&stage, to),
        Some(_) => return Err(not_found()),
        None if stage == CURRENT => {
            return Err(ApiError::client(
                "InvalidParameterException",
                "You can only move staging label AWSCURRENT.",
            ));
        }
        None => secret.drop_stage(&stage),
    }
    secret.changed_s = now_s();
    Ok(json!({ "ARN": secret.arn, "Name": secret.name }))
}

fn delete(secrets: &mut Secrets, request: &Request) -> Answer {
    let force = request.force_delete_without_recovery == Some(true);
    if force && request.recovery_window_in_days.is_some() {
        return Err(ApiError::client(
            "InvalidParameterException",
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let days = request.recovery_window_in_days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(ApiError::client(
            "InvalidParameterException",
            "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    let secret = if force { find(secrets, request)? } else { find_live(secrets, request)? };
    let at_s = now_s() + if force { 0.0 } else { f64::from(days) * 86_400.0 };
    let told = json!({ "ARN": secret.arn, "Name": secret.name, "DeletionDate": at_s });
    if force {
        let name = secret.name.clone();
        secrets.remove(&name);
    } else {
        secret.deletion_s = Some(at_s);
    }
    Ok(told)
}

fn restore(secrets: &mut Secrets, request: &Request) -> Answer {
    let secret = find(secrets, request)?;
    secret.deletion_s = None;
    Ok(json!({ "ARN": secret.arn, "Name": secret.name }))
}

fn tag(secrets: &mut Secrets, mut request: Request) -> Answer {
    let tags = std::mem::take(&mut request.tags);
    let secret = find_live(secrets, &request)?;
    for tag in tags {
        secret.tags.retain(|there| there.key != tag.key);
        secret.tags.push(tag);
    }
    Ok(json!({}))
}

fn untag(secrets: &mut Secrets, request: &Request) -> Answer {
    find_live(secrets, request)?.tags.retain(|tag| !request.tag_keys.contains(&tag.key));
    Ok(json!({}))
}
