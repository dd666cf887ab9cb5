//! What a spec says about trying the service's start: how long it may take, with which settings, and what it has to answer.

use crate::diag::{Diagnostic, Sink, codes};
use crate::names::{Endpoint, Refused};
use crate::yaml::{At, Decode, Node, Shape, Table, Value, keys, scalar};

use super::types::Seconds;

keys! {
    /// How the service's start is tried.
    pub struct StartKeys as "`start`" {
        /// The longest that it may take until it answers. Default: `60s`.
        within: Option<At<Seconds>> = "within", "2m";
        /// Environment of this check alone.
        env: Option<Table<At<String>>> = "env", "{DATABASE_URL: \"sqlite:////tmp/x.db\"}";
        /// Paths that it must answer, below 400 where nothing else is said. Default: what the health check asks, else the first
        /// port of `expose`.
        http: Vec<At<HttpCheck>> = "http", "[/, {path: \":8000/healthz\", status: 200, matches: \"ok\"}]";
        /// A port that it must accept connections on.
        tcp: Option<At<String>> = "tcp", "\":6379\"";
        /// How long it must stay up, after it has answered. Default: not at all; `3s` where there is nothing to ask.
        stays: Option<At<Seconds>> = "for", "3s";
    }
}

/// Whether the service's start is tried: `true`, `false`, or keys that say how.
#[derive(Clone, Debug)]
pub enum StartCheck {
    /// It is not.
    Off,
    /// It is.
    Keys(Box<StartKeys>),
}

impl Decode for StartCheck {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let keys = match &node.value {
            Value::Scalar { text, quoted: false } if text == "false" => return Some(Self::Off),
            Value::Scalar { text, quoted: false } if text == "true" => StartKeys::default(),
            _ => StartKeys::decode(node, sink)?,
        };
        if let Some(tcp) = keys.tcp.as_ref().filter(|tcp| Endpoint::parse(&tcp.value, false).is_none()) {
            let found = Diagnostic::new(codes::BAD_ADDRESS, format!("`{}` is not an address to check", tcp.value));
            sink.push(found.at(tcp.place, "").help("write one such as `\":6379\"`"));
            return None;
        }
        Some(Self::Keys(Box::new(keys)))
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![StartKeys::shape(), Shape::Bool])
    }
}

keys! {
    /// A path and what is answered.
    pub struct HttpKeys as "an answer" {
        /// The path, on the first port of `expose` unless it begins with a port.
        path: Option<At<String>> = "path", "\":8000/healthz\"";
        /// The status that it must have. Default: any below 400.
        status: Option<At<Status>> = "status", "200";
        /// Text that a line of the answer must hold; `*` stands for anything.
        matches: Option<At<String>> = "matches", "\"ok\"";
    }
}

/// A path that must be answered: itself, or keys that say more.
#[derive(Clone, Debug)]
pub struct HttpCheck(pub HttpKeys);

impl Decode for HttpCheck {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let keys = match &node.value {
            Value::Map(_) => HttpKeys::decode(node, sink)?,
            _ => HttpKeys { path: Some(At::decode(node, sink)?), ..HttpKeys::default() },
        };
        let Some(path) = &keys.path else {
            sink.push(Diagnostic::new(codes::MISSING_KEY, "an answer needs the `path` that is asked").at(node.place, ""));
            return None;
        };
        let good = path.value.starts_with('/') && !path.value.contains(char::is_whitespace);
        if !good && Endpoint::parse(&path.value, true).is_none() {
            let found = Diagnostic::new(codes::BAD_ADDRESS, format!("`{}` is neither a path nor a port with one", path.value));
            sink.push(found.at(path.place, "").help("write one such as `/healthz` or `\":8000/healthz\"`"));
            return None;
        }
        Some(Self(keys))
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![HttpKeys::shape(), Shape::Text])
    }
}

/// What an HTTP server answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl std::str::FromStr for Status {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused =
            || Refused { message: format!("`{text}` is not an HTTP status"), help: Some("write a number from 100 to 599".into()) };
        text.parse().ok().filter(|status| (100..600).contains(status)).map(Self).ok_or_else(refused)
    }
}

scalar!(Status, "an HTTP status", codes::BAD_VALUE);
