//! Build arguments take their places: a spec in, the same spec with the values of its args out. A value goes into texts that were
//! read already, so that it cannot become anything else than a part of one.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Place, Sink, Sources, codes, nearest};
use crate::plan::Decision;
use crate::spec::{Arg, ArgKeys, Edition, Spec, TAKE_ARGS, words};
use crate::yaml::decode::list;
use crate::yaml::{At, Table};

/// An arg of a spec, and the value that it has in this build.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Its name.
    pub name: At<String>,
    /// What the spec says of it.
    pub arg: Arg,
    /// Its value; none, where no build gives it one.
    pub value: Option<String>,
    /// Whether this build gives the value.
    pub given: bool,
}

impl Filled {
    /// What it is for, and what it may be, in one line.
    #[must_use]
    pub fn about(&self) -> String {
        let ArgKeys { default, values, pattern, help } = &self.arg.0;
        let default = default.as_ref().map(|default| format!("default `{}`", default.value));
        let values = (!values.is_empty()).then(|| format!("one of {}", list(&words(values))));
        let pattern = pattern.as_ref().map(|pattern| format!("like `{}`", pattern.value.as_str()));
        let pattern = pattern.map(|like| if values.is_some() { format!("or {like}") } else { like });
        let notes: Vec<String> = default.into_iter().chain(values).chain(pattern).collect();
        let notes = if notes.is_empty() { "no default".to_owned() } else { notes.join(", ") };
        help.as_ref().map_or(notes.clone(), |help| format!("{} ({notes})", help.value))
    }
}

/// Puts the values that a build gives, and the defaults, into what the spec says of a target. `whole` is the spec with all of its
/// editions.
pub(crate) fn fill(whole: &Spec, spec: &mut Spec, given: &BTreeMap<String, String>, sink: &mut Sink) -> Vec<Filled> {
    let declared: Vec<&(At<String>, At<Arg>)> = whole.args.iter().flat_map(|args| &args.0).collect();
    idle(&declared, given, sink);
    if declared.is_empty() {
        return vec![];
    }
    let filled: Vec<Filled> = declared.iter().map(|(name, arg)| value(name, &arg.value, given, sink)).collect();
    let mut named = Named::default();
    let tables = [&mut spec.env, &mut spec.labels, &mut spec.build_env].into_iter().flatten();
    let options = spec.options.iter_mut().flat_map(|table| &mut table.0).flat_map(|(_, option)| option.value.all_mut());
    for text in tables.flat_map(|table| &mut table.0).map(|(_, text)| text).chain(options) {
        let (new, found) = put(&text.value, &filled);
        text.value = new;
        named.add(found, text.place);
    }
    for left in &named.left {
        sink.push(not_replaced(left, &filled));
    }
    for arg in filled.iter().filter(|arg| arg.value.is_none()) {
        if let Some(place) = named.used.get(&arg.name.value) {
            sink.push(missing(arg, *place));
        }
    }
    let anywhere = uses(whole, &filled);
    for arg in filled.iter().filter(|arg| !anywhere.contains(&arg.name.value)) {
        let found = Diagnostic::new(codes::UNUSED_ARG, format!("nothing uses the arg `{}`", arg.name.value)).at(arg.name.place, "");
        sink.push(found.help(format!("write `${{{}}}` in a value of {}, or leave the arg out", arg.name.value, list(&TAKE_ARGS))));
    }
    filled
}

/// What a plan says of args: each with its value and where that comes from.
pub(crate) fn decisions(args: &[Filled], sources: &Sources) -> Vec<Decision> {
    let decision = |arg: &Filled| {
        let default = arg.arg.0.default.as_ref().filter(|_| !arg.given);
        let from = default.map_or("the build".to_owned(), |default| sources.cite_line(default.place));
        Some(Decision { about: "arg", value: format!("{}={}", arg.name.value, arg.value.as_ref()?), from })
    };
    args.iter().filter_map(decision).collect()
}

/// The value of an arg.
fn value(name: &At<String>, arg: &Arg, given: &BTreeMap<String, String>, sink: &mut Sink) -> Filled {
    let asked = given.get(&name.value);
    if let Some(value) = asked.filter(|value| !arg.0.allows(value)) {
        let message = format!("the build argument `{}` is `{value}`, which {}", name.value, arg.0.refuses());
        sink.push(arg.0.shown(Diagnostic::new(codes::UNKNOWN_VALUE, message).at(name.place, arg.0.near(value))));
    }
    let default = arg.0.default.as_ref().map(|default| &default.value);
    Filled { name: name.clone(), arg: arg.clone(), value: asked.or(default).cloned(), given: asked.is_some() }
}

/// Says which build arguments do nothing.
fn idle(declared: &[&(At<String>, At<Arg>)], given: &BTreeMap<String, String>, sink: &mut Sink) {
    let known: Vec<&str> = declared.iter().map(|(name, _)| name.value.as_str()).collect();
    let idle: Vec<&str> = given.keys().map(String::as_str).filter(|name| !known.contains(name)).collect();
    let Some(first) = idle.first() else { return };
    let (many, take) = if idle.len() == 1 { ("", "does") } else { ("s", "do") };
    let takes = if known.is_empty() { "the spec declares none".to_owned() } else { format!("the spec declares {}", list(&known)) };
    let found = Diagnostic::new(codes::IDLE_BUILD_ARG, format!("the build argument{many} {} {take} nothing: {takes}", list(&idle)));
    let near = idle.iter().find_map(|name| nearest(name, known.iter().copied())).map(|near| format!("did you mean `{near}`?"));
    let help = format!("declare it, as in `args: {{ {first}: dev }}`, and write `${{{first}}}` in a value of {}", list(&TAKE_ARGS));
    let found = found.help_if(near).help(help);
    sink.push(found.help("what else differs between builds is an edition, and a password is a `--secret`"));
}

fn missing(arg: &Filled, used: Place) -> Diagnostic {
    let name = &arg.name.value;
    let found = Diagnostic::new(codes::MISSING_ARG, format!("the arg `{name}` has no default, and this build gives it no value"));
    let ArgKeys { values: allowed, pattern, .. } = &arg.arg.0;
    let example = allowed.first().map_or("…", |value| value.value.as_str());
    let found = found.at(arg.name.place, "declared here").at(used, "used here");
    let help = match pattern {
        Some(pattern) => format!("; it looks like `{}`", pattern.value.as_str()),
        None if allowed.is_empty() => String::new(),
        None => format!("; it is one of {}", list(&words(allowed))),
    };
    found.help(format!("build with `--build-arg {name}={example}`, or write a default: `{name}: …`{help}"))
}

/// A `${…}` that was not replaced.
struct Left {
    /// The name in it.
    name: String,
    /// What stands after the name, where it does not end there.
    more: bool,
}

/// What the texts of a spec name.
#[derive(Default)]
struct Named {
    /// Args, with where each is named first.
    used: BTreeMap<String, Place>,
    left: Vec<(Left, Place)>,
}

impl Named {
    fn add(&mut self, found: Found, place: Place) {
        for name in found.used {
            self.used.entry(name).or_insert(place);
        }
        self.left.extend(found.left.into_iter().map(|left| (left, place)));
    }
}

/// What one text names.
#[derive(Default)]
struct Found {
    used: Vec<String>,
    left: Vec<Left>,
}

fn not_replaced((left, place): &(Left, Place), filled: &[Filled]) -> Diagnostic {
    let (name, known): (_, Vec<&str>) = (&left.name, filled.iter().map(|arg| arg.name.value.as_str()).collect());
    let message = if left.more {
        format!("this stays as it is: an arg is `${{{name}}}`, with nothing after its name")
    } else {
        format!("`${{{name}}}` stays as it is: no arg has that name, they are {}", list(&known))
    };
    let near = nearest(name, known.iter().copied()).filter(|_| !left.more).map(|near| format!("did you mean `{near}`?"));
    let help = if left.more {
        format!("a default is said where the arg is declared, as `args: {{ {name}: … }}`")
    } else {
        format!("declare it under `args`, or write `$${{{name}}}` where it is meant as it stands")
    };
    Diagnostic::new(codes::ARG_NOT_REPLACED, message).at(*place, near.unwrap_or_default()).help(help)
}

/// A text with the values of args in their places: `${NAME}` is the value of an arg, and `$${` is `${`. All else stays.
fn put(text: &str, filled: &[Filled]) -> (String, Found) {
    let (mut new, mut found, mut rest) = (String::new(), Found::default(), text);
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            new.push_str(before);
            new.push_str("${");
            rest = &from[2..];
            continue;
        }
        new.push_str(before);
        let end = from[2..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(from.len(), |end| end + 2);
        let (name, closed) = (&from[2..end], from[end..].starts_with('}'));
        rest = &from[end..];
        let arg = filled.iter().find(|arg| arg.name.value == name);
        match arg {
            Some(arg) if closed => {
                found.used.push(name.to_owned());
                match &arg.value {
                    Some(value) => new.push_str(value),
                    None => new.push_str(&from[..=end]),
                }
                rest = &rest[1..];
                continue;
            }
            Some(_) => found.left.push(Left { name: name.to_owned(), more: true }),
            None if closed && !name.is_empty() => found.left.push(Left { name: name.to_owned(), more: false }),
            None => {}
        }
        new.push_str(&from[..end]);
    }
    new.push_str(rest);
    (new, found)
}

/// The names of args that any edition of a spec uses.
fn uses(whole: &Spec, filled: &[Filled]) -> BTreeSet<String> {
    let editions = || whole.editions.0.iter().map(|(_, At { value: Edition(keys), .. })| keys);
    let own = [&whole.env, &whole.labels, &whole.build_env].into_iter();
    let tables = own.chain(editions().flat_map(|keys| [&keys.env, &keys.labels])).flatten();
    let options = [&whole.options].into_iter().chain(editions().map(|keys| &keys.options)).flatten();
    let options = options.flat_map(|Table(entries)| entries).flat_map(|(_, option)| option.value.all());
    let texts = tables.flat_map(|Table(entries)| entries).map(|(_, text)| text).chain(options);
    texts.flat_map(|text| put(&text.value, filled).1.used).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    fn arg(name: &str, value: Option<&str>) -> Filled {
        let mut sources = Sources::default();
        let place = Place { file: sources.add("distil.yaml", "YAML", ""), start: 0, end: 0 };
        let name = At { value: name.to_owned(), place };
        Filled { name, arg: Arg::default(), value: value.map(str::to_owned), given: true }
    }

    #[test]
    fn a_text_has_values_where_it_names_args_and_is_the_same_elsewhere() {
        let args = [arg("version", Some("1.2")), arg("empty", Some("")), arg("self", Some("${version}")), arg("none", None)];
        let shown = |text: &str| put(text, &args).0;
        for (text, new) in [
            ("${version}", "1.2"),
            ("v${version}-${version}.", "v1.2-1.2."),
            ("a${empty}b", "ab"),
            ("$${version}", "${version}"),
            ("$${other} $${", "${other} ${"),
            ("$version ${Version} ${ version } ${version", "$version ${Version} ${ version } ${version"),
            ("${version:-dev} ${version-x}", "${version:-dev} ${version-x}"),
            ("${self}", "${version}"),
            ("${none}", "${none}"),
            ("${é} ${${version}}", "${é} ${1.2}"),
            ("100$", "100$"),
        ] {
            assert_eq!(shown(text), new, "{text}");
        }
    }

    #[test]
    fn what_looks_like_an_arg_and_is_none_is_known() {
        let args = [arg("version", Some("1"))];
        let left = |text: &str| put(text, &args).1.left.into_iter().map(|left| (left.name, left.more)).collect::<Vec<_>>();
        assert_eq!(left("${HOME}/${version}"), [("HOME".to_owned(), false)]);
        assert_eq!(left("${version:-1}"), [("version".to_owned(), true)]);
        assert_eq!(left("${HOME:-/} $${HOME} ${} $HOME"), []);
    }
}
