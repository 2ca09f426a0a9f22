//! Ports that tell the recorder of each call: decorators that hold no logic.
//!
//! A new port needs its calls as constants and one delegation a method, between `open` and `close`.

use std::sync::Arc;

use bytes::Bytes;
use webhook_core::envelope::Envelope;
use webhook_core::payment::{Payment, Revision};
use webhook_core::ports::ipn::{IpnPostback, IpnVerdict, Quarantine};
use webhook_core::ports::payments::{PaymentPut, PaymentStore};
use webhook_core::ports::signature_api::{ApiClient, ApiToken, ApiVerdict, SignatureApi};
use webhook_core::ports::{
    Binding, CertificateSource, Dispatch, EventQuery, Page, PortError, ProcessedLog, Put, RawStore,
    SecretSource, SecretString, TransactionStore, TransmissionLog,
};
use webhook_core::provider::Provider;
use webhook_core::record::Transaction;

use super::{Open, Recorder};

const PUT_OBJECT: Call = Call::aws("S3", "PutObject").on("bucket_name");
const DELETE_OBJECT: Call = Call::aws("S3", "DeleteObject").on("bucket_name");
const PUT_ITEM: Call = Call::aws("DynamoDB", "PutItem").on("table_name");
const QUERY: Call = Call::aws("DynamoDB", "Query").on("table_name");
const INVOKE: Call = Call::aws("Lambda", "Invoke").on("function_name").carrying_the_trace_on();
const GET_SECRET: Call = Call::aws("Secrets Manager", "GetSecretValue");
const GET_CERTIFICATE: Call = Call::remote("PayPal", "GetCertificate");
const POSTBACK: Call = Call::remote("PayPal", "NotifyValidate");
const GET_TOKEN: Call = Call::remote("PayPal", "GetToken");
const VERIFY_SIGNATURE: Call = Call::remote("PayPal", "VerifyWebhookSignature");

/// A kind of call: which service, which operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub(super) namespace: Namespace,
    pub(super) name: &'static str,
    pub(super) operation: &'static str,
    /// What X-Ray calls the kind of thing that is named.
    pub(super) resource: Option<&'static str>,
    pub(super) carries_trace: bool,
}

/// Whose service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    Aws,
    Remote,
}

impl Call {
    /// A call to an AWS service.
    #[must_use]
    pub const fn aws(name: &'static str, operation: &'static str) -> Self {
        Self { namespace: Namespace::Aws, name, operation, resource: None, carries_trace: false }
    }

    /// A call to somebody else's service.
    #[must_use]
    pub const fn remote(name: &'static str, operation: &'static str) -> Self {
        Self { namespace: Namespace::Remote, ..Self::aws(name, operation) }
    }

    /// The name of the thing called may be told, as `key`: never a key of an object, which names a payment, nor a secret.
    #[must_use]
    pub const fn on(self, key: &'static str) -> Self {
        Self { resource: Some(key), ..self }
    }

    /// The callee goes on with the trace, below this call; see [`Recorder::onward`].
    #[must_use]
    pub const fn carrying_the_trace_on(self) -> Self {
        Self { carries_trace: true, ..self }
    }
}

/// A port whose calls are told to the recorder.
pub struct Traced<P> {
    inner: P,
    recorder: &'static Recorder,
    resource: Arc<str>,
}

impl<P> Traced<P> {
    /// `resource` names what `inner` calls: a table, a bucket, a function; empty where nothing is to be named.
    #[must_use]
    pub fn new(inner: P, recorder: &'static Recorder, resource: &str) -> Self {
        Self { inner, recorder, resource: Arc::from(resource) }
    }

    /// A call begins.
    fn open(&self, call: Call) -> Option<Open> {
        self.recorder.open(call, &self.resource)
    }

    /// The call is over.
    fn close<T>(&self, open: Option<Open>, result: Result<T, PortError>) -> Result<T, PortError> {
        self.recorder.close(open, result.as_ref().err());
        result
    }
}

// Two lines a method rather than a function that takes the call's future: that would be moved, and these futures are kilobytes.

impl<P: RawStore> RawStore for Traced<P> {
    async fn put_raw(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        let open = self.open(PUT_OBJECT);
        self.close(open, self.inner.put_raw(key, body).await)
    }
}

impl<P: ProcessedLog> ProcessedLog for Traced<P> {
    async fn put_processed(&self, key: &str, json: Bytes) -> Result<(), PortError> {
        let open = self.open(PUT_OBJECT);
        self.close(open, self.inner.put_processed(key, json).await)
    }
}

impl<P: Dispatch> Dispatch for Traced<P> {
    async fn dispatch(&self, envelope: &Envelope) -> Result<(), PortError> {
        let open = self.open(INVOKE);
        self.close(open, self.inner.dispatch(envelope).await)
    }
}

impl<P: SecretSource> SecretSource for Traced<P> {
    async fn fetch_secrets(&self, provider: Provider) -> Result<Vec<SecretString>, PortError> {
        let open = self.open(GET_SECRET);
        self.close(open, self.inner.fetch_secrets(provider).await)
    }
}

impl<P: CertificateSource> CertificateSource for Traced<P> {
    async fn fetch_certificate(&self, host: &str, path: &str) -> Result<Bytes, PortError> {
        let open = self.open(GET_CERTIFICATE);
        self.close(open, self.inner.fetch_certificate(host, path).await)
    }
}

impl<P: TransmissionLog> TransmissionLog for Traced<P> {
    async fn bind(&self, transmission_id: &str, body_sha256: &[u8; 32]) -> Result<Binding, PortError> {
        let open = self.open(PUT_ITEM);
        self.close(open, self.inner.bind(transmission_id, body_sha256).await)
    }
}

impl<P: TransactionStore> TransactionStore for Traced<P> {
    async fn put_once(&self, transaction: &Transaction) -> Result<Put, PortError> {
        let open = self.open(PUT_ITEM);
        self.close(open, self.inner.put_once(transaction).await)
    }

    async fn history(&self, transaction_id: &str, limit: u32) -> Result<Vec<Transaction>, PortError> {
        let open = self.open(QUERY);
        self.close(open, self.inner.history(transaction_id, limit).await)
    }

    async fn events(&self, query: &EventQuery) -> Result<Page, PortError> {
        let open = self.open(QUERY);
        self.close(open, self.inner.events(query).await)
    }
}

impl<P: PaymentStore> PaymentStore for Traced<P> {
    async fn put_payment(
        &self,
        payment: &Payment,
        made_from: Option<Revision>,
    ) -> Result<PaymentPut, PortError> {
        let open = self.open(PUT_ITEM);
        self.close(open, self.inner.put_payment(payment, made_from).await)
    }
}

impl<P: Quarantine> Quarantine for Traced<P> {
    async fn put_unproven(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        let open = self.open(PUT_OBJECT);
        self.close(open, self.inner.put_unproven(key, body).await)
    }

    async fn discard(&self, key: &str) -> Result<(), PortError> {
        let open = self.open(DELETE_OBJECT);
        self.close(open, self.inner.discard(key).await)
    }
}

impl<P: IpnPostback> IpnPostback for Traced<P> {
    async fn confirm(&self, body: &[u8]) -> Result<IpnVerdict, PortError> {
        let open = self.open(POSTBACK);
        self.close(open, self.inner.confirm(body).await)
    }
}

impl<P: SignatureApi> SignatureApi for Traced<P> {
    async fn token(&self, client: &ApiClient) -> Result<ApiToken, PortError> {
        let open = self.open(GET_TOKEN);
        self.close(open, self.inner.token(client).await)
    }

    async fn verify(&self, token: &SecretString, question: Bytes) -> Result<ApiVerdict, PortError> {
        let open = self.open(VERIFY_SIGNATURE);
        self.close(open, self.inner.verify(token, question).await)
    }
}
