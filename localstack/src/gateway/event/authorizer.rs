//! The event of a REQUEST authorizer: what the method's function would get, without the body and the caller, which nobody knows
//! yet.

use bytes::Bytes;

use super::super::gatekeeper::Caller;
use super::{Request, Template, headers, parameters, query, string};

impl Template {
    /// Writes the event.
    pub(in super::super) fn authorizer_event(&self, request: &Request<'_>, method_arn: &str) -> Bytes {
        let mut out = Vec::with_capacity(self.capacity(request));
        out.extend_from_slice(b"{\"type\":\"REQUEST\",\"methodArn\":");
        string(&mut out, method_arn);
        out.push(b',');
        // The rest of an object that begins with a brace.
        out.extend_from_slice(self.head.get(1..).unwrap_or_default());
        string(&mut out, request.path);
        let nobody = Caller::default();
        headers(&mut out, request, &nobody);
        query(&mut out, request.query.unwrap_or_default());
        parameters(&mut out, request.parameters);
        self.request_context(&mut out, request, &nobody);
        out.push(b'}');
        Bytes::from(out)
    }
}
