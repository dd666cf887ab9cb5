//! The start of the service as a step of the proof: what has to be answered, resolved from what the spec says of it, of its
//! health check and of its ports.

use crate::diag::{Diagnostic, Place, Sink, codes};
use crate::names::Endpoint;
use crate::refine::requests::{self, Command};
use crate::spec::{HttpCheck, Spec, StartCheck, StartKeys};
use crate::target::Product;
use crate::yaml::At;

use super::proofs::Given;

/// How long a service may take to answer where the spec does not say.
const SECONDS: u64 = 60;
/// How long one that nothing can be asked of has to stay up.
const STAYS_UP_SECONDS: u64 = 3;

/// The words of the step, its environment, and where it is asked for.
type Step = (Vec<String>, Vec<(String, String)>, Place);

/// What has to be answered, in the step's words.
#[derive(Default, PartialEq)]
struct Asks {
    http: Vec<String>,
    tcp: Vec<String>,
    health: Option<String>,
}

/// What is asked of the start, if anything is.
fn asked_of(spec: &Spec, product: Product) -> Option<StartKeys> {
    match spec.check.as_ref().and_then(|check| check.value.start.as_ref()).map(|start| &start.value) {
        Some(StartCheck::Keys(keys)) => Some((**keys).clone()),
        None if product == Product::Check && spec.healthcheck.is_some() => Some(StartKeys::default()),
        Some(StartCheck::Off) | None => None,
    }
}

/// Whether the build starts the service.
pub(super) fn is_tried(spec: &Spec, product: Product) -> bool {
    asked_of(spec, product).is_some()
}

/// The step; nothing where it is not asked for.
pub(super) fn check(spec: &Spec, given: &Given, sink: &mut Sink) -> Option<Step> {
    let said = spec.check.as_ref().and_then(|check| check.value.start.as_ref());
    let keys = asked_of(spec, given.product)?;
    let place = said.map(|start| start.place).or(spec.healthcheck.as_ref().map(|check| check.place)).or(given.place)?;
    let mut asks = Asks::default();
    for http in &keys.http {
        asks.http.push(asked(http, spec, sink)?);
    }
    if let Some(endpoint) = keys.tcp.as_ref().and_then(|tcp| Endpoint::parse(&tcp.value, false)) {
        asks.tcp.push(format!(":{}", endpoint.port));
    }
    if asks == Asks::default() {
        asks = usual(spec);
    }
    let stays = keys.stays.as_ref().map(|stays| stays.value.0).or_else(|| (asks == Asks::default()).then_some(STAYS_UP_SECONDS));
    let argv = requests::Start {
        seconds: Some(keys.within.as_ref().map_or(SECONDS, |within| within.value.0)),
        http: asks.http,
        tcp: asks.tcp,
        health: asks.health,
        stays,
        signal: spec.stop_signal.as_ref().map(|signal| signal.value.to_string()),
        command: Command(given.start.to_vec()),
    }
    .argv();
    let env = keys.env.iter().flat_map(|table| &table.0).map(|(name, value)| (name.value.clone(), value.value.clone()));
    Some((argv, env.collect(), place))
}

/// What the health check asks, else the first port that the service says it listens on.
fn usual(spec: &Spec) -> Asks {
    if let Some(At { value: check, .. }) = &spec.healthcheck {
        if let Some(e) = check.http.as_ref().and_then(|http| Endpoint::parse(&http.value, true)) {
            return Asks { http: vec![format!(":{}{}", e.port, e.path)], ..Asks::default() };
        }
        if let Some(e) = check.tcp.as_ref().and_then(|tcp| Endpoint::parse(&tcp.value, false)) {
            return Asks { tcp: vec![format!(":{}", e.port)], ..Asks::default() };
        }
        if let Some(command) = &check.command {
            return Asks { health: Some(serde_json::json!(command.value.0).to_string()), ..Asks::default() };
        }
    }
    Asks { tcp: port(spec).map(|port| format!(":{port}")).into_iter().collect(), ..Asks::default() }
}

/// The first port of the spec that is one of TCP.
fn port(spec: &Spec) -> Option<u16> {
    spec.expose.iter().flatten().map(|port| port.value.to_string()).find_map(|port| port.strip_suffix("/tcp")?.parse().ok())
}

/// A path and its answer in the step's words.
fn asked(At { value: HttpCheck(keys), place }: &At<HttpCheck>, spec: &Spec, sink: &mut Sink) -> Option<String> {
    let path = &keys.path.as_ref()?.value;
    let health = || spec.healthcheck.as_ref().and_then(|h| Endpoint::parse(&h.value.http.as_ref()?.value, true)).map(|e| e.port);
    let mut ask = if path.starts_with('/') {
        let Some(port) = port(spec).or_else(health) else {
            let found = Diagnostic::new(codes::NO_PORT, format!("nothing says on which port `{path}` is asked for"));
            sink.push(found.at(*place, "").help(format!("write `\":8000{path}\"`, or add `expose: [8000]` to the spec")));
            return None;
        };
        format!(":{port}{path}")
    } else {
        let endpoint = Endpoint::parse(path, true)?;
        format!(":{}{}", endpoint.port, endpoint.path)
    };
    if let Some(status) = &keys.status {
        ask = format!("{ask} status={}", status.value.0);
    }
    if let Some(matches) = &keys.matches {
        ask = format!("{ask} matches={}", matches.value);
    }
    Some(ask)
}
