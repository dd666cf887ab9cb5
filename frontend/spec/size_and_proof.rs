//! What a spec says about the image's size and proof: what is pruned, what is checked, how large it may be, how it is layered.

use crate::diag::{Diagnostic, Sink, codes};
use crate::ecosystem::keys as ecosystem;
use crate::names::{AbsPath, Refused, User, Word};
use crate::yaml::decode::wrong;
use crate::yaml::{Argv, At, Decode, Node, Shape, Table, Value, keys, scalar};

use super::start::StartCheck;
use super::types::Seconds;

keys! {
    /// What is left out of the image that would otherwise ship with Python and the packages.
    pub struct PruneKeys as "`prune`" {
        /// `false` keeps the packages' own test suites. Default: `true`.
        tests: Option<At<bool>> = "tests", "false";
        ..
        /// What single ecosystems leave out.
        ecosystems: ecosystem::PruneKeys;
        /// `false` keeps the debug symbols of programs and libraries. Default: `true`.
        strip: Option<At<bool>> = "strip", "false";
        /// Patterns of files that stay whatever a rule says, relative to the folder that packages are installed in.
        keep: Vec<At<String>> = "keep", "[\"mypackage/tests/**\"]";
        /// Patterns of further files to leave out.
        drop: Vec<At<String>> = "drop", "[\"bigpackage/samples/**\"]";
        /// Single rules to turn off or on, by name; the build's report names them.
        rules: Table<At<bool>> = "rules", "{headers: false}";
    }
}

/// What is left out of the image, or `false` for nothing.
#[derive(Clone, Debug)]
pub enum Prune {
    /// Nothing is pruned or stripped.
    Off,
    /// What the keys say.
    Keys(Box<PruneKeys>),
}

impl Decode for Prune {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, quoted: false } if text == "false" => Some(Self::Off),
            Value::Scalar { text, quoted: false } if text == "true" => Some(Self::Keys(Box::default())),
            _ => PruneKeys::decode(node, sink).map(|keys| Self::Keys(Box::new(keys))),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![PruneKeys::shape(), Shape::Bool])
    }
}

keys! {
    /// What must hold in the finished image; a build whose image fails a check exports nothing.
    pub struct Check as "`check`" {
        ..
        /// What must hold for single ecosystems.
        ecosystems: ecosystem::CheckKeys;
        /// Commands that must end well in the image: without network, as the service's user, with nothing but `/tmp` to write to.
        run: Vec<At<CheckRun>> = "run", "[{run: [shop, --version], matches: \"shop 1.*\"}]";
        /// `true` starts the service in the finished image, as it will run, and waits until it answers; keys say more. Default: only for the
        /// target `EDITION/check` of a service with a health check.
        start: Option<At<StartCheck>> = "start", "{within: 30s, http: [/healthz]}";
        /// Files that must be there, or must not.
        files: Vec<At<CheckFile>> = "files", "[/app/static/index.html, {path: /app/.env, absent: true}]";
    }
}

keys! {
    /// A command and what it must do.
    pub struct CheckRunKeys as "a check" {
        /// The command, run without a shell.
        run: Option<At<Argv>> = "run", "[shop, --version]";
        /// The exit code that it must have. Default: `0`.
        exit: Option<At<ExitCode>> = "exit", "2";
        /// Text that its output must hold; `*` stands for anything.
        matches: Option<At<String>> = "matches", "\"shop 1.*\"";
        /// Environment of this check alone.
        env: Option<Table<At<String>>> = "env", "{DJANGO_SETTINGS_MODULE: shop.settings}";
        /// Time that it may take. Default: `60s`.
        timeout: Option<At<Seconds>> = "timeout", "10s";
    }
}

/// A command that must end well: its words, or keys that say more.
#[derive(Clone, Debug)]
pub struct CheckRun(pub CheckRunKeys);

impl Decode for CheckRun {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::Map(_) = &node.value else {
            let run = At::<Argv>::decode(node, sink)?;
            return Some(Self(CheckRunKeys { run: Some(run), ..CheckRunKeys::default() }));
        };
        let keys = CheckRunKeys::decode(node, sink)?;
        if keys.run.is_none() {
            sink.push(
                Diagnostic::new(codes::MISSING_KEY, "a check of `run` needs a command").at(node.place, "").help("add `run: [program, …]`"),
            );
            return None;
        }
        Some(Self(keys))
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![CheckRunKeys::shape(), Argv::shape()])
    }
}

/// What a program ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode(pub u8);

impl std::str::FromStr for ExitCode {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = || Refused { message: format!("`{text}` is not an exit code"), help: Some("write a number from 0 to 255".into()) };
        text.parse().map(Self).map_err(|_| refused())
    }
}

scalar!(ExitCode, "an exit code", codes::BAD_VALUE);

keys! {
    /// A file and what it must be.
    pub struct CheckFileKeys as "a check of a file" {
        /// Where it is in the image.
        path: Option<At<AbsPath>> = "path", "/app/.env";
        /// `true` when it must not be there.
        absent: bool = "absent", "true";
        /// The permission bits that it must have, in octal.
        mode: Option<At<Octal>> = "mode", "\"0644\"";
        /// Who must own it, as `uid:gid`.
        owner: Option<At<User>> = "owner", "\"0:0\"";
    }
}

/// A file that must be there: its path, or keys that say more.
#[derive(Clone, Debug)]
pub struct CheckFile(pub CheckFileKeys);

impl Decode for CheckFile {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::Map(_) = &node.value else {
            let path = At::<AbsPath>::decode(node, sink)?;
            return Some(Self(CheckFileKeys { path: Some(path), ..CheckFileKeys::default() }));
        };
        let keys = CheckFileKeys::decode(node, sink)?;
        if keys.path.is_none() {
            sink.push(Diagnostic::new(codes::MISSING_KEY, "a check of a file needs its `path`").at(node.place, ""));
            return None;
        }
        if let (true, Some(place)) = (keys.absent, keys.mode.as_ref().map(|m| m.place).or(keys.owner.as_ref().map(|o| o.place))) {
            sink.push(
                Diagnostic::new(codes::CONTRADICTION, "what is absent has neither mode nor owner").at(place, "").help("keep one of them"),
            );
            return None;
        }
        Some(Self(keys))
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![CheckFileKeys::shape(), Shape::Text])
    }
}

/// Any permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Octal(pub u32);

impl std::str::FromStr for Octal {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = || Refused { message: format!("`{text}` is not a mode"), help: Some("write octal digits such as `\"0755\"`".into()) };
        u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777 && text.len() <= 5).map(Self).ok_or_else(refused)
    }
}

scalar!(Octal, "permission bits in octal", codes::BAD_VALUE);

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl std::str::FromStr for Size {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        const UNITS: [(&str, f64); 7] =
            [("KiB", 1024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9)];
        let refused = || Refused { message: format!("`{text}` is not a size"), help: Some("write one such as `120MB` or `1.5GB`".into()) };
        let (number, unit) = UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit))).ok_or_else(refused)?;
        let number = number.trim_end();
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return Err(refused());
        }
        let number: f64 = number.parse().map_err(|_| refused())?;
        let bytes = number * unit;
        if !(1.0..=1e15).contains(&bytes) {
            return Err(refused());
        }
        // The range fits, and a fraction of a byte is nothing.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked above")]
        Ok(Self(bytes as u64))
    }
}

scalar!(Size, "a size, such as `120MB`", codes::BAD_VALUE);

/// Packages that share a layer of their own.
#[derive(Clone, Debug)]
pub struct LayerItem(pub Vec<At<Word>>);

impl Decode for LayerItem {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { .. } => At::<Word>::decode(node, sink).map(|word| Self(vec![word])),
            Value::List(items) if !items.is_empty() => Vec::decode(node, sink).map(Self),
            _ => wrong(node, sink, "the name of a package, or a list of them"),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, Shape::List(Box::new(Shape::Text))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let bytes = |text: &str| text.parse::<Size>().map(|s| s.0).ok();
        assert_eq!(bytes("120MB"), Some(120_000_000));
        assert_eq!(bytes("1.5 GB"), Some(1_500_000_000));
        assert_eq!(bytes("64MiB"), Some(67_108_864));
        for wrong in ["", "120", "MB", "-1MB", "1e3MB", "1..2MB", "120 megabytes", "0MB", "99999999GB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
