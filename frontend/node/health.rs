//! A health check that needs no program but Node, which every image of a Node service has.

use crate::names::Endpoint;

const HTTP: &str = "const [h,p,u]=process.argv.slice(1);require('http').get({host:h,port:p,path:u,timeout:30000},\
    r=>process.exit(r.statusCode>=400?1:0)).on('error',()=>process.exit(1)).on('timeout',()=>process.exit(1))";
const TCP: &str = "const [h,p]=process.argv.slice(1);const s=require('net').connect(p,h,()=>process.exit(0));\
    s.setTimeout(30000,()=>process.exit(1)).on('error',()=>process.exit(1))";

/// The command that asks over HTTP.
pub(crate) fn http(endpoint: &Endpoint) -> Vec<String> {
    node(HTTP, vec![endpoint.host.clone(), endpoint.port.to_string(), endpoint.path.clone()])
}

/// The command that asks over TCP.
pub(crate) fn tcp(endpoint: &Endpoint) -> Vec<String> {
    node(TCP, vec![endpoint.host.clone(), endpoint.port.to_string()])
}

fn node(code: &str, words: Vec<String>) -> Vec<String> {
    ["node", "-e", code].map(String::from).into_iter().chain(words).collect()
}
