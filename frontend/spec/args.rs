//! Build arguments that a spec declares: their names, their defaults and the values that are allowed. What becomes of them is
//! decided in `args`.

use crate::diag::{Diagnostic, Place, Sink, codes, nearest};
use crate::names::EnvName;
use crate::yaml::decode::list;
use crate::yaml::{At, Decode, Key, Node, Shape, Table, Value, keys};

use super::Spec;
pub use super::pattern::Pattern;

keys! {
    /// What a build argument may be.
    pub struct ArgKeys as "an arg" {
        /// The value where a build gives none. Without it, each build that uses the arg has to.
        default: Option<At<String>> = "default", "dev";
        /// The values that are allowed. Default: any.
        values: Vec<At<String>> = "values", "[dev, staging, live]";
        /// What a value has to look like that is not among them, from its first character to its last.
        pattern: Option<At<Pattern>> = "pattern", "\"[0-9]+\\\\.[0-9]+\"";
        /// What it is for, in a few words: `--call=outline` shows it.
        help: Option<At<String>> = "help", "what the service says it is";
    }
}

/// One build argument. Written as a text, that is its default; as nothing, it has none.
#[derive(Clone, Debug, Default)]
pub struct Arg(pub ArgKeys);

impl Decode for Arg {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Null => Some(Self::default()),
            Value::Map(_) => ArgKeys::decode(node, sink).map(Self),
            Value::Scalar { .. } | Value::List(_) => {
                At::decode(node, sink).map(|default| Self(ArgKeys { default: Some(default), ..ArgKeys::default() }))
            }
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, ArgKeys::shape()])
    }
}

/// Whether a build argument is one that every build reads.
#[must_use]
pub fn is_built_in(name: &str) -> bool {
    const PROXIES: [&str; 5] = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"];
    name.starts_with("BUILDKIT_") || name == "SOURCE_DATE_EPOCH" || PROXIES.contains(&name.to_lowercase().as_str())
}

/// Whether a name is one that Docker fills by itself in a Dockerfile, for each platform another value.
fn is_of_platform(name: &str) -> bool {
    let part = name.strip_prefix("TARGET").or_else(|| name.strip_prefix("BUILD"));
    part.is_some_and(|part| ["PLATFORM", "OS", "ARCH", "VARIANT", "STAGE"].contains(&part))
}

/// Says which args have names or defaults that they cannot have.
pub(super) fn check(spec: &Spec, sink: &mut Sink) {
    for (name, arg) in spec.args.iter().flat_map(|args| &args.0) {
        let found = |message: String| Diagnostic::new(codes::BAD_NAME, message).at(name.place, "");
        if let Err(refused) = name.value.parse::<EnvName>() {
            let message = format!("`{}` cannot be the name of an arg", name.value);
            sink.push(found(message).help_if(refused.help));
        } else if is_built_in(&name.value) {
            let message = format!("every build reads the build argument `{}` itself, so a spec cannot declare it", name.value);
            sink.push(found(message).help("take another name"));
        } else if is_of_platform(&name.value) {
            let message = format!("`{}` is another value for each platform, and an arg is one for all", name.value);
            sink.push(found(message).help("take another name"));
        }
        let Arg(keys) = &arg.value;
        let Some(default) = keys.default.as_ref().filter(|default| !keys.allows(&default.value)) else { continue };
        let message = format!("the default of `{}` is `{}`, which {}", name.value, default.value, keys.refuses());
        sink.push(keys.shown(Diagnostic::new(codes::UNKNOWN_VALUE, message).at(default.place, keys.near(&default.value))));
    }
}

/// The values of a list, as words.
pub(crate) fn words(values: &[At<String>]) -> Vec<&str> {
    values.iter().map(|value| value.value.as_str()).collect()
}

impl ArgKeys {
    /// Whether an arg may have a value: one that it lists or that is like its pattern; any where it has neither.
    pub(crate) fn allows(&self, value: &str) -> bool {
        let is_like = self.pattern.as_ref().map_or(self.values.is_empty(), |pattern| pattern.value.fits(value));
        is_like || words(&self.values).contains(&value)
    }

    /// What a value does that the arg does not allow.
    pub(crate) fn refuses(&self) -> String {
        let values = (!self.values.is_empty()).then(|| format!("is none of {}", list(&words(&self.values))));
        let pattern = self.pattern.as_ref().map(|pattern| format!("does not look like `{}`", pattern.value.as_str()));
        values.into_iter().chain(pattern).collect::<Vec<_>>().join(", and ")
    }

    /// The listed value that may be meant.
    pub(crate) fn near(&self, value: &str) -> String {
        nearest(value, words(&self.values)).map_or(String::new(), |near| format!("did you mean `{near}`?"))
    }

    /// A finding with the pattern beside it.
    pub(crate) fn shown(&self, found: Diagnostic) -> Diagnostic {
        self.pattern.iter().fold(found, |found, pattern| found.at(pattern.place, "what it has to look like, all of it"))
    }
}

/// Keys whose values have args put in.
pub(crate) const TAKE_ARGS: [&str; 4] = ["env", "labels", "build-env", "options"];

/// Says where a spec names an arg in a key that has none put in. A script has variables of its own.
pub(super) fn elsewhere(node: &Node, args: &Table<At<Arg>>, sink: &mut Sink) {
    let names: Vec<String> = args.0.iter().map(|(name, _)| format!("${{{}}}", name.value)).collect();
    visit(node, "", &mut |key, place, text| {
        if let Some(name) = names.iter().find(|name| text.contains(*name)) {
            let message = format!("`{name}` stays as it is in `{key}`");
            let found = Diagnostic::new(codes::ARG_NOT_REPLACED, message).at(place, "");
            sink.push(found.help(format!("args are put into {}; a program reads its `env` when it starts", list(&TAKE_ARGS))));
        }
    });
}

/// Visits the texts of a spec that have no args put in, each with the key that it belongs to. An edition's keys are the spec's.
fn visit(node: &Node, key: &str, see: &mut impl FnMut(&str, Place, &str)) {
    match &node.value {
        Value::Scalar { text, .. } => see(key, node.place, text),
        Value::List(items) => items.iter().for_each(|item| visit(item, key, see)),
        Value::Map(entries) if key == "editions" => entries.iter().for_each(|(_, edition)| visit(edition, "", see)),
        Value::Map(entries) => {
            let skipped = |name: &str| key.is_empty() && (TAKE_ARGS.contains(&name) || ["args", "steps"].contains(&name));
            for (Key { name, .. }, value) in entries.iter().filter(|(key, _)| !skipped(&key.name)) {
                let path = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                visit(value, &path, see);
            }
        }
        Value::Null => {}
    }
}
