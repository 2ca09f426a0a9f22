//! Which adapters the functions are made of when they run; every call of theirs is told to the trace.

use webhook_aws::certificates::PaypalCertificates;
use webhook_aws::dispatch::LambdaDispatch;
use webhook_aws::payments::DynamoPayments;
use webhook_aws::postback::PaypalPostback;
use webhook_aws::quarantine::S3Quarantine;
use webhook_aws::raw_store::S3RawStore;
use webhook_aws::secrets::SecretsManager;
use webhook_aws::signature_api::PaypalSignatureApi;
use webhook_aws::transmissions::DynamoTransmissions;
use webhook_core::direct::DirectPorts;
use webhook_core::intake::IntakePorts;
use webhook_core::process::ipn::IpnPorts;

use crate::xray::Traced;

/// The real services.
pub(crate) struct Real;

impl IntakePorts for Real {
    type Secrets = Traced<SecretsManager>;
    type Certificates = Traced<PaypalCertificates>;
    type Raw = Traced<S3RawStore>;
    type Dispatch = Traced<LambdaDispatch>;
    type Transmissions = Traced<DynamoTransmissions>;
    type Quarantine = Traced<S3Quarantine>;
    type SignatureApi = Traced<PaypalSignatureApi>;
}

impl DirectPorts for Real {
    type Secrets = Traced<SecretsManager>;
    type Certificates = Traced<PaypalCertificates>;
    type Transmissions = Traced<DynamoTransmissions>;
    type Payments = Traced<DynamoPayments>;
}

impl IpnPorts for Real {
    type Postback = Traced<PaypalPostback>;
    type Raw = Traced<S3RawStore>;
    type Quarantine = Traced<S3Quarantine>;
}
