//! Two packages for one purpose: each brings what it needs, and the same pool, proxy and certificates are set up twice.

use super::direct;
use crate::diag::Diagnostic;
use crate::python::codes;
use crate::python::facts::Facts;
use crate::spec::Spec;

/// Packages that a program asks other servers by.
const CLIENTS: &[&str] = &["aiohttp", "httplib2", "httpx", "pycurl", "requests"];

/// Finds two of them among the dependencies of a project.
pub(super) fn find(_: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let found: Vec<_> = direct::dependencies(facts).into_iter().filter(|one| CLIENTS.contains(&one.name.as_str())).collect();
    let [first, second, ..] = &found[..] else { return vec![] };
    let message = format!("the project asks for `{}` and for `{}`, and one HTTP client would do", first.name, second.name);
    let said = found.iter().fold(Diagnostic::new(codes::TWO_HTTP_CLIENTS, message), |said, one| said.at(one.place, ""));
    vec![
        said.help("`httpx` does both: it waits for an answer as `requests` does, or lets others run as `aiohttp` does")
            .help("where both are needed, say why: `lint: { allow: { two-http-clients: REASON } }`"),
    ]
}
