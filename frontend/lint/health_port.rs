//! A health check that asks at a port on which the service does not listen says that a good service is ill.

use super::Subject;
use crate::diag::{Diagnostic, codes};
use crate::names::Endpoint;

/// Finds a health check at a port that is not among those which the spec exposes.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let (Some(check), Some(exposed)) = (&subject.spec.healthcheck, &subject.spec.expose) else { return vec![] };
    let asked = [(&check.value.http, true), (&check.value.tcp, false)];
    let asked = asked.into_iter().filter_map(|(address, path)| Some((address.as_ref()?, Endpoint::parse(&address.as_ref()?.value, path)?)));
    let is_exposed = |port: u16| exposed.iter().any(|e| e.value.as_str().split('/').next() == Some(&port.to_string()));
    let said = asked.filter(|(_, endpoint)| !exposed.is_empty() && !is_exposed(endpoint.port)).map(|(address, endpoint)| {
        let message = format!("the health check asks at port {}, and `expose` does not name it", endpoint.port);
        let found = Diagnostic::new(codes::HEALTH_PORT, message).at(address.place, "");
        found.at(exposed[0].place, "").help("make the two agree")
    });
    said.collect()
}
