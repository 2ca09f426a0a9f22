//! Messages as senders give them and as receivers get them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest;

/// A message attribute. Binary values stay in base64, as JSON carries them.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AttributeValue {
    #[serde(rename = "DataType")]
    pub(super) data_type: String,
    #[serde(rename = "StringValue", default, skip_serializing_if = "Option::is_none")]
    pub(super) string_value: Option<String>,
    #[serde(rename = "BinaryValue", default, skip_serializing_if = "Option::is_none")]
    pub(super) binary_value: Option<String>,
}

impl AttributeValue {
    /// A text attribute of type `String` or `Number`.
    pub(super) fn text(data_type: &str, value: String) -> Self {
        Self { data_type: data_type.to_owned(), string_value: Some(value), binary_value: None }
    }

    /// Whether the type (before a custom label) is `Binary`.
    pub(super) fn is_binary(&self) -> bool {
        self.data_type.split('.').next() == Some("Binary")
    }

    /// Whether type and value go together.
    pub(super) fn is_consistent(&self) -> bool {
        match self.data_type.split('.').next() {
            Some("String" | "Number") => self.string_value.as_ref().is_some_and(|value| !value.is_empty()),
            Some("Binary") => self.binary_value.as_ref().is_some_and(|value| !value.is_empty()),
            _ => false,
        }
    }

    fn weight(&self) -> usize {
        self.data_type.len()
            + self.string_value.as_ref().map_or(0, String::len)
            + self.binary_value.as_ref().map_or(0, |value| value.len() / 4 * 3)
    }
}

/// A message on its way into a queue, with its digests.
pub(super) struct Outgoing {
    pub(super) body: String,
    pub(super) body_md5: String,
    pub(super) attributes: BTreeMap<String, AttributeValue>,
    pub(super) attributes_md5: Option<String>,
    pub(super) system_attributes: BTreeMap<String, AttributeValue>,
    pub(super) system_attributes_md5: Option<String>,
}

impl Outgoing {
    /// Computes the digests.
    pub(super) fn new(
        body: String,
        attributes: BTreeMap<String, AttributeValue>,
        system_attributes: BTreeMap<String, AttributeValue>,
    ) -> Self {
        Self {
            body_md5: digest::of_body(&body),
            attributes_md5: digest::of_attributes(&attributes),
            system_attributes_md5: digest::of_attributes(&system_attributes),
            body,
            attributes,
            system_attributes,
        }
    }

    /// What counts towards SQS's size limit: body and attributes.
    pub(super) fn weight(&self) -> usize {
        self.body.len()
            + self.attributes.iter().map(|(name, value)| name.len() + value.weight()).sum::<usize>()
    }
}

/// A message as one receive hands it out.
pub(super) struct Received {
    pub(super) id: String,
    pub(super) receipt: String,
    pub(super) body: String,
    pub(super) body_md5: String,
    pub(super) attributes: BTreeMap<String, AttributeValue>,
    pub(super) system_attributes: BTreeMap<String, AttributeValue>,
    pub(super) sent_ms: u64,
    pub(super) first_received_ms: u64,
    pub(super) receive_count: u32,
}

impl Received {
    /// SQS's own attributes of the message (`All` in a request means every one).
    pub(super) fn told_system_attributes(&self, sender: &str) -> BTreeMap<String, String> {
        let mut told = BTreeMap::from([
            ("SenderId".to_owned(), sender.to_owned()),
            ("SentTimestamp".to_owned(), self.sent_ms.to_string()),
            ("ApproximateFirstReceiveTimestamp".to_owned(), self.first_received_ms.to_string()),
            ("ApproximateReceiveCount".to_owned(), self.receive_count.to_string()),
        ]);
        for (name, value) in &self.system_attributes {
            told.insert(name.clone(), value.string_value.clone().unwrap_or_default());
        }
        told
    }
}
