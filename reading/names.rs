//! Validated words: image references, paths, ports, users, environment names.
//! Each is parsed once, keeps a private field, and can then be trusted everywhere. Knows nothing of where they are written.

use std::fmt;
use std::str::FromStr;

use crate::diag::codes;
use crate::yaml::scalar;

/// Why a word is refused, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Refused {
    /// A refusal with its way out.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }
}

impl From<Refused> for (String, Option<String>) {
    fn from(refused: Refused) -> Self {
        (refused.message, refused.help)
    }
}

/// Declares a validated string.
macro_rules! word {
    ($(#[doc = $doc:literal])* $name:ident, $what:literal, $code:expr, $check:expr) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Refused;

            fn from_str(text: &str) -> Result<Self, Refused> {
                let check: fn(&str) -> Result<String, Refused> = $check;
                check(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        scalar!($name, $what, $code);
    };
}

word!(
    /// An absolute path in the image, without `..` and without a slash at its end.
    AbsPath, "an absolute path", codes::BAD_PATH, |text| {
        if !text.starts_with('/') {
            return Err(Refused::new(format!("`{text}` is not an absolute path"), format!("write `/{text}`")));
        }
        Ok(format!("/{}", clean(text)?))
    }
);

word!(
    /// A path inside the project, without `..`; `.` is the whole project.
    RelPath, "a path inside the project", codes::BAD_PATH, |text| {
        if text.starts_with('/') {
            let inside = text.trim_start_matches('/');
            return Err(Refused::new(format!("`{text}` is absolute, and only files of the project can be named"), format!("write `{inside}`")));
        }
        let path = clean(text)?;
        Ok(if path.is_empty() { ".".to_owned() } else { path })
    }
);

word!(
    /// A name: of a service, an extra, a group, a secret.
    Word, "a name", codes::BAD_NAME, |text| {
        let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if text.is_empty() || !text.chars().all(good) || text.starts_with(['.', '-']) {
            return Err(Refused::new(format!("`{text}` is not a name"), "use letters, digits, `.`, `_` and `-`"));
        }
        Ok(text.to_owned())
    }
);

word!(
    /// The name of an environment variable.
    EnvName, "the name of an environment variable", codes::BAD_NAME, |text| {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text.is_empty() || !text.chars().all(good) || text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Refused::new(
                format!("`{text}` cannot be the name of an environment variable"),
                "use letters, digits and `_`, and no digit first",
            ));
        }
        Ok(text.to_owned())
    }
);

word!(
    /// A port to expose, with its protocol: `8000/tcp`.
    Port, "a port", codes::BAD_ADDRESS, |text| {
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let good = number.parse::<u16>().is_ok_and(|n| n > 0) && matches!(protocol, "tcp" | "udp" | "sctp");
        if !good {
            return Err(Refused::new(format!("`{text}` is not a port"), "write a number from 1 to 65535, with `/udp` for UDP"));
        }
        Ok(format!("{number}/{protocol}"))
    }
);

word!(
    /// An image reference: a name with a tag or a digest.
    ImageRef, "an image reference", codes::BAD_IMAGE, |text| {
        check_reference(text).map(|()| text.to_owned())
    }
);

/// Says what is wrong with an image reference, by the rules of the registries' own reader.
fn check_reference(text: &str) -> Result<(), Refused> {
    const LONGEST_NAME: usize = 255;
    const LONGEST_TAG: usize = 128;
    let refuse = |message: String| Err(Refused::new(message, "write one such as `python:3.13-slim-trixie`"));
    let (tagged, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    if let Some(digest) = digest {
        let length = match digest.split_once(':') {
            Some(("sha256", _)) => 64,
            Some(("sha384", _)) => 96,
            Some(("sha512", _)) => 128,
            _ => 0,
        };
        let hex = digest.split_once(':').map_or("", |(_, hex)| hex);
        if length == 0 || hex.len() != length || !hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
            return Err(Refused::new(format!("`{digest}` is not a digest"), "a digest is `sha256:` and 64 hexadecimal digits"));
        }
    }
    let last = tagged.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = tagged[last..].find(':').map_or((tagged, None), |at| (&tagged[..last + at], Some(&tagged[last + at + 1..])));
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Some(tag) = tag {
        let good = tag.chars().all(|c| is_word(c) || c == '.' || c == '-') && tag.starts_with(is_word) && tag.len() <= LONGEST_TAG;
        if !good {
            return refuse(format!("`{tag}` is not a tag: it has 1 to {LONGEST_TAG} letters, digits, `_`, `.` and `-`"));
        }
    }
    let (host, path) = split_host(name);
    let good_host = host.is_none_or(|host| {
        let (host, port) = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or((host, "0"), |(host, port)| (host, port));
        let label =
            |l: &str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !l.starts_with('-') && !l.ends_with('-');
        let address = |a: &str| a.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
        let named = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).map_or_else(|| host.split('.').all(label), address);
        named && !port.is_empty() && port.chars().all(|c| c.is_ascii_digit())
    });
    if good_host && path.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(Refused::new(format!("`{path}` has capital letters"), format!("write `{}`", path.to_lowercase())));
    }
    if !good_host || !path.split('/').all(is_component) || name.len() > LONGEST_NAME {
        return refuse(format!("`{text}` is not an image reference"));
    }
    Ok(())
}

/// The registry that a name starts with, where it does, and the rest.
fn split_host(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" || first.chars().any(|c| c.is_ascii_uppercase()) => {
            (Some(first), rest)
        }
        _ => (None, name),
    }
}

/// Small letters and digits, with single dots, one or two underscores, or any dashes between them.
fn is_component(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = |run: &str| matches!(run, "" | "." | "_" | "__") || run.chars().all(|c| c == '-');
    !text.is_empty() && text.starts_with(good) && text.ends_with(good) && text.split(good).all(between)
}

impl ImageRef {
    /// The full form that a registry client uses: host, path, and a tag or a digest.
    #[must_use]
    pub fn normalized(&self) -> String {
        let (name, digest) = self.0.split_once('@').map_or((self.0.as_str(), None), |(n, d)| (n, Some(d)));
        // Docker Hub has two names, and its official images lie in a folder that nobody writes.
        let full = match split_host(name) {
            (None | Some("docker.io" | "index.docker.io"), path) if path.split(':').next().is_some_and(|p| p.contains('/')) => {
                format!("docker.io/{path}")
            }
            (None | Some("docker.io" | "index.docker.io"), path) => format!("docker.io/library/{path}"),
            (Some(_), _) => name.to_owned(),
        };
        let tagged = full.rsplit('/').next().is_some_and(|last| last.contains(':'));
        match digest {
            Some(digest) => format!("{full}@{digest}"),
            None if tagged => full,
            None => format!("{full}:latest"),
        }
    }

    /// The short form in which `--build-context` names it: without Docker Hub's host and without `:latest`.
    #[must_use]
    pub fn familiar(&self) -> String {
        let full = self.normalized();
        let short = full.strip_prefix("docker.io/library/").or_else(|| full.strip_prefix("docker.io/")).unwrap_or(&full);
        short.strip_suffix(":latest").unwrap_or(short).to_owned()
    }
}

/// Drops `.` and empty parts, and refuses `..`.
fn clean(path: &str) -> Result<String, Refused> {
    if path.contains('\0') || path.contains('\n') {
        return Err(Refused { message: "a path cannot hold line ends or NUL".into(), help: None });
    }
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    if parts.contains(&"..") {
        return Err(Refused::new(format!("`{path}` leads out with `..`"), "name the file from the top, without `..`"));
    }
    Ok(parts.join("/"))
}

/// Who the service runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

impl User {
    /// The unprivileged user of distroless images.
    pub const NONROOT: Self = Self { uid: 65532, gid: 65532 };
    /// Who may do everything.
    pub const ROOT: Self = Self { uid: 0, gid: 0 };
}

impl FromStr for User {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let (uid, gid) = text.split_once(':').map_or((text, None), |(u, g)| (u, Some(g)));
        let known = |name: &str| match name {
            "root" => Some(0),
            "nonroot" => Some(Self::NONROOT.uid),
            number => number.parse().ok(),
        };
        match (known(uid), gid.map_or_else(|| known(uid), known)) {
            (Some(uid), Some(gid)) => Ok(Self { uid, gid }),
            _ => Err(Refused::new(
                format!("`{text}` is not a user"),
                "write a number such as `65532`, `uid:gid`, `nonroot` or `root`; a name would have to exist in every base image",
            )),
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.uid, self.gid)
    }
}

scalar!(User, "a user's number", codes::BAD_VALUE);

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub u64);

impl FromStr for Seconds {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, factor) = match text.strip_suffix('s').map(|n| (n, 1)).or_else(|| text.strip_suffix('m').map(|n| (n, 60))) {
            Some(found) => found,
            None => (text.strip_suffix('h').unwrap_or(text), if text.ends_with('h') { 3600 } else { 1 }),
        };
        let seconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).filter(|s| *s > 0 && *s < 1 << 31);
        let help =
            || Refused { message: format!("`{text}` is not a length of time"), help: Some("write one such as `30s`, `5m` or `1h`".into()) };
        seconds.map(Self).ok_or_else(help)
    }
}

scalar!(Seconds, "a length of time", codes::BAD_VALUE);

/// Where a health check asks: a host, a port, and for HTTP a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The host; inside the container that is almost always itself.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, for HTTP.
    pub path: String,
}

impl Endpoint {
    /// Reads `:8000`, `:8000/healthz`, `localhost:8000/x` or `http://localhost:8000/x`.
    #[must_use]
    pub fn parse(text: &str, with_path: bool) -> Option<Self> {
        let rest = text.strip_prefix("http://").unwrap_or(text);
        let (address, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = address.rsplit_once(':')?;
        let port = port.parse().ok().filter(|p| *p > 0)?;
        if (!with_path && path != "/") || path.contains(char::is_whitespace) || host.contains('@') {
            return None;
        }
        let host = if host.is_empty() { "127.0.0.1" } else { host };
        Some(Self { host: host.to_owned(), port, path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_references_take_their_full_form() {
        let full = |text: &str| text.parse::<ImageRef>().map(|r| r.normalized());
        assert_eq!(full("python:3.13").as_deref(), Ok("docker.io/library/python:3.13"));
        assert_eq!(full("astral/uv").as_deref(), Ok("docker.io/astral/uv:latest"));
        assert_eq!(full("localhost:5000/a").as_deref(), Ok("localhost:5000/a:latest"));
        assert_eq!(full("gcr.io/distroless/cc-debian13:nonroot").as_deref(), Ok("gcr.io/distroless/cc-debian13:nonroot"));
        for hub in ["docker.io/python:3.13", "index.docker.io/python:3.13", "docker.io/library/python:3.13"] {
            assert_eq!(full(hub).as_deref(), Ok("docker.io/library/python:3.13"));
        }
        assert_eq!(full("index.docker.io/astral/uv").as_deref(), Ok("docker.io/astral/uv:latest"));
        assert_eq!("docker.io/python:3.13".parse::<ImageRef>().map(|r| r.familiar()).as_deref(), Ok("python:3.13"));
        assert_eq!("docker.io/library/python:latest".parse::<ImageRef>().map(|r| r.familiar()).as_deref(), Ok("python"));
    }

    #[test]
    fn image_references_are_those_that_registries_take() {
        let (sha256, sha512) = ("0".repeat(64), "ab".repeat(64));
        let long = "a".repeat(128);
        for good in [
            "a",
            "a/b",
            "a-b",
            "a--b",
            "a__b",
            "a.b",
            "a_b/c",
            "Foo.com/a",
            "FOO/a",
            "localhost/a",
            "localhost:5000/a:b",
            "h:80/a/b:C.d-E_f",
            "[::1]:5000/a",
            &format!("a:{long}"),
            &format!("a@sha256:{sha256}"),
            &format!("h.io/a:t@sha512:{sha512}"),
        ] {
            assert!(good.parse::<ImageRef>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a b",
            "Python:3.13",
            "Python",
            "a/Python",
            "a:",
            "a..b",
            "a/",
            "/a",
            "a//b",
            "-a",
            "a-",
            "a___b",
            "a:.t",
            "a:t/b",
            "h:/a",
            "h:x/a",
            "a:b:c",
            "é",
            "-h.io/a",
            "python@sha256:12",
            "a@",
            "a@md5:00",
            &format!("a:{long}a"),
            &format!("a@sha256:{}", sha256.replace('0', "A")),
            &format!("h.io/{}", "a".repeat(255)),
        ] {
            assert!(bad.parse::<ImageRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_cleaned_and_kept_inside() {
        assert_eq!("./api//x/".parse::<RelPath>().map(|p| p.to_string()).as_deref(), Ok("api/x"));
        assert_eq!("./".parse::<RelPath>().map(|p| p.to_string()).as_deref(), Ok("."));
        assert!("a/../../b".parse::<RelPath>().is_err() && "/etc".parse::<RelPath>().is_err());
        assert_eq!("/srv/app/".parse::<AbsPath>().map(|p| p.to_string()).as_deref(), Ok("/srv/app"));
    }

    #[test]
    fn endpoints_have_a_port_and_perhaps_a_path() {
        let read = |text: &str, path| Endpoint::parse(text, path).map(|e| (e.host, e.port, e.path));
        assert_eq!(read(":8000/healthz", true), Some(("127.0.0.1".into(), 8000, "/healthz".into())));
        assert_eq!(read("http://localhost:80", true), Some(("localhost".into(), 80, "/".into())));
        assert_eq!(read(":6379", false), Some(("127.0.0.1".into(), 6379, "/".into())));
        for bad in ["8000", ":0/x", ":http/", "/healthz"] {
            assert_eq!(read(bad, true), None, "{bad}");
        }
        assert_eq!(read(":1/x", false), None);
    }

    #[test]
    fn ports_and_users() {
        assert_eq!("53/udp".parse::<Port>().map(|p| p.to_string()).as_deref(), Ok("53/udp"));
        assert!("0".parse::<Port>().is_err() && "80/http".parse::<Port>().is_err());
        assert_eq!("1000".parse(), Ok(User { uid: 1000, gid: 1000 }));
        assert_eq!("root:1".parse(), Ok(User { uid: 0, gid: 1 }));
        assert!("app".parse::<User>().is_err());
    }
}
