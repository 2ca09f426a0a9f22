//! The Rust core for CPython: a function that takes a provider's webhooks and records them, as one class.
//!
//! Nothing is decided here, and nothing is implemented a second time: Python's Lambda runtime hands an event over as text, and
//! [`DirectFunction`] answers with text. Invariants: no Python code runs while Rust waits for the network (the interpreter is
//! released), and a panic fails the invocation without its words.

use std::collections::HashMap;

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use webhook_lambda::direct::DirectFunction;

create_exception!(
    webhook_python,
    SettingsError,
    PyException,
    "The function cannot start as it is configured."
);
create_exception!(
    webhook_python,
    InvocationError,
    PyException,
    "The invocation fails: no proxy event, or a defect."
);

/// A function that takes one provider's webhooks. See `webhook_python.pyi`.
#[pyclass(frozen, module = "webhook_python")]
struct Function {
    direct: DirectFunction,
}

#[pymethods]
impl Function {
    #[new]
    #[pyo3(signature = (environment, *, now_ms=None))]
    fn new(py: Python<'_>, environment: HashMap<String, String>, now_ms: Option<i64>) -> PyResult<Self> {
        let started = py.detach(|| DirectFunction::start(&|name| environment.get(name).cloned(), now_ms));
        let direct = started.map_err(|error| SettingsError::new_err(error.to_string()))?;
        Ok(Self { direct })
    }

    #[pyo3(signature = (event, request_id, trace_header=None))]
    fn handle(
        &self,
        py: Python<'_>,
        event: &str,
        request_id: &str,
        trace_header: Option<String>,
    ) -> PyResult<String> {
        py.detach(|| self.direct.invoke(event, request_id, trace_header))
            .map_err(|failure| InvocationError::new_err(format!("{}: {}", failure.code, failure.message)))
    }
}

/// The module.
#[pymodule]
mod webhook_python {
    #[pymodule_export]
    use super::{Function, InvocationError, SettingsError};
}
