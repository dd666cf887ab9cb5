//! Health checks over `http` and `tcp` in an image that has nothing to check with: a small program that asks is put into it.

use crate::diag::{Diagnostic, Sink, Sources, codes};
use crate::names::Endpoint;
use crate::recipe::Rendered;
use crate::spec::Spec;

use super::starter::{Own, bring};

/// The program, in the image that distil comes in and in the service's, and the stage that has it at its place.
const PROBE: Own =
    Own { from: "/distil-probe", to: "/usr/bin/health-check", stage: "probe", folder: "/probe", name: "Add the health check" };

/// Whether a spec asks for such a check.
fn asks(spec: &Spec) -> bool {
    spec.healthcheck.as_ref().is_some_and(|check| check.value.http.is_some() || check.value.tcp.is_some())
}

/// Puts the program into an image without an interpreter, where the spec asks for such a check.
pub(super) fn add(spec: &Spec, has_interpreter: bool, rendered: &mut Rendered, sources: &Sources) {
    if let (Some(check), true) = (&spec.healthcheck, asks(spec) && !has_interpreter) {
        bring(&PROBE, check.place, rendered, sources);
    }
}

/// The words that ask an endpoint, for its path or that it accepts a connection. `None` where its host is a name; the sink says so.
pub(super) fn command(endpoint: &Endpoint, path: bool, place: crate::diag::Place, sink: &mut Sink) -> Option<Vec<String>> {
    let Endpoint { host, port, path: asked } = endpoint;
    let address = format!("{host}:{port}");
    if host != "localhost" && address.parse::<std::net::SocketAddr>().is_err() {
        let message = format!("the host `{host}` would have to be looked up, and an image without an interpreter has nothing that does");
        let found = Diagnostic::new(codes::NO_PYTHON_FOR_CHECK, message).at(place, "");
        sink.push(found.help(format!("leave the host out, as `:{port}`: the service is asked in its own container")));
        return None;
    }
    let program = PROBE.to.to_owned();
    Some(if path { vec![program, "http".into(), address, asked.clone()] } else { vec![program, "tcp".into(), address] })
}
