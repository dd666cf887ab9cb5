//! What a spec says of a static site: the folder that it is built in, and how it is served.

use crate::diag::{Diagnostic, Sink, codes};
use crate::names::{EnvName, Refused, RelPath};
use crate::yaml::{At, Decode, Node, Shape, Table, Value, keys, scalar};

keys! {
    /// A static site and how it is served.
    pub struct ServeKeys as "`serve`" {
        /// The folder that the built site is in.
        dir: Option<At<RelPath>> = "dir", "dist";
        /// `true` answers with `index.html` for pages that are no files, as applications want it whose pages are made in the browser;
        /// a missing script is not found all the same. Default: `false`.
        spa: Option<At<bool>> = "spa", "true";
        /// `true` answers `/about` with `about.html`. Default: `false`.
        clean_urls: Option<At<bool>> = "clean-urls", "true";
        /// Variables of the running container that pages read from `/env.js`, as `window.ENV.API_URL`. Everybody can read them.
        env: Vec<At<EnvName>> = "env", "[API_URL]";
        /// Headers of every answer, over the usual ones; an empty one is not sent.
        headers: Option<Table<At<String>>> = "headers", "{Content-Security-Policy: \"default-src 'self'\"}";
        /// Patterns of files whose names change with their content, where the names do not look like that: browsers keep them for good.
        immutable: Vec<At<String>> = "immutable", "[\"pictures/**\"]";
        /// `true` leaves source maps in the site. Default: `false`.
        maps: Option<At<bool>> = "maps", "true";
        /// The port that the server listens on. Default: `8080`.
        port: Option<At<Listens>> = "port", "8080";
    }
}

/// A static site: its folder, or keys that say more.
#[derive(Clone, Debug, Default)]
pub struct Serve(pub ServeKeys);

impl Decode for Serve {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::Map(_) = &node.value else {
            let dir = At::<RelPath>::decode(node, sink)?;
            return Some(Self(ServeKeys { dir: Some(dir), ..ServeKeys::default() }));
        };
        let keys = ServeKeys::decode(node, sink)?;
        if keys.dir.is_none() {
            let found = Diagnostic::new(codes::MISSING_KEY, "`serve` needs the folder that the built site is in").at(node.place, "");
            sink.push(found.help("add `dir: dist`"));
            return None;
        }
        Some(Self(keys))
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![ServeKeys::shape(), RelPath::shape()])
    }
}

/// A port that a server listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listens(pub u16);

impl std::str::FromStr for Listens {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = || Refused { message: format!("`{text}` is not a port"), help: Some("write a number from 1 to 65535".into()) };
        text.parse().ok().filter(|port| *port > 0).map(Self).ok_or_else(refused)
    }
}

scalar!(Listens, "a port", codes::BAD_VALUE);

/// Says which headers can be none.
pub(super) fn check(Serve(keys): &Serve, sink: &mut Sink) {
    for (name, value) in keys.headers.iter().flat_map(|headers| &headers.0) {
        let good = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.value.is_empty() || !name.value.bytes().all(good) {
            sink.push(Diagnostic::new(codes::BAD_NAME, format!("`{}` cannot be the name of a header", name.value)).at(name.place, ""));
        }
        if !value.value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            let found = Diagnostic::new(codes::BAD_VALUE, "a header is one line of ASCII").at(value.place, "");
            sink.push(found.help("write it on one line; other letters have to be encoded"));
        }
    }
}
