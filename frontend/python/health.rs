//! A health check that needs no program but the interpreter, which every image of a Python service has.

use crate::names::Endpoint;

const HTTP: &str = "import http.client as h,sys;c=h.HTTPConnection(sys.argv[1],int(sys.argv[2]),timeout=30);\
    c.request('GET',sys.argv[3]);sys.exit(c.getresponse().status>=400)";
const TCP: &str = "import socket,sys;socket.create_connection((sys.argv[1],int(sys.argv[2])),30).close()";

/// The command that asks over HTTP.
pub(crate) fn http(endpoint: &Endpoint) -> Vec<String> {
    python(HTTP, vec![endpoint.host.clone(), endpoint.port.to_string(), endpoint.path.clone()])
}

/// The command that asks over TCP.
pub(crate) fn tcp(endpoint: &Endpoint) -> Vec<String> {
    python(TCP, vec![endpoint.host.clone(), endpoint.port.to_string()])
}

fn python(code: &str, words: Vec<String>) -> Vec<String> {
    ["python", "-I", "-S", "-c", code].map(String::from).into_iter().chain(words).collect()
}
