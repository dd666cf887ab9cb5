//! What a recipe is given: the spec's wishes and the project's facts as named inputs, and what the manager adds.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, Sink, nearest};
use crate::facts::Facts;
use crate::names::Word;
use crate::recipe::{Given, Input};
use crate::refine::prune::Rules;
use crate::spec::{Bytecode, Product, Prune, Runtime, Spec, Target};
use crate::yaml::At;
use crate::yaml::decode::list as list_of;

use super::images::Chosen;

/// Inputs by name.
pub(super) type Inputs = BTreeMap<String, Given>;

/// Gathers them. `None` when the lock and the spec do not fit; the sink says how.
pub(super) fn gather(
    spec: &Spec,
    target: &Target,
    facts: Option<&Facts>,
    images: &Chosen,
    start: &[String],
    sink: &mut Sink,
) -> Option<Inputs> {
    let mut inputs = Inputs::new();
    let user = spec.user.as_ref().map_or(crate::names::User::NONROOT, |u| u.value);
    for (name, value) in [
        ("debian", images.debian.clone()),
        ("builder-image", images.builder.clone()),
        ("runtime-image", images.runtime.clone()),
        ("debug-image", images.debug.clone()),
        ("runtime", images.kind.word().to_owned()),
        ("project", name(spec, facts)),
        ("workdir", workdir(spec)),
        ("uid", user.uid.to_string()),
        ("gid", user.gid.to_string()),
        ("ca", spec.ca.as_ref().map_or("ca".to_owned(), |c| c.value.to_string())),
    ] {
        inputs.insert(name.into(), text(&value));
    }
    inputs.insert("debug".into(), flag(target.product == Product::Debug));
    let env = spec.env.iter().flat_map(|t| &t.0).map(|(name, value)| (name.value.clone(), value.value.clone()));
    inputs.insert("env".into(), pairs(env));
    inputs.insert("start".into(), list(start.iter().cloned()));
    diet(spec, &mut inputs, sink);
    inputs.insert("ca-required".into(), flag(spec.ca.is_some()));
    inputs.insert("copies".into(), copies(spec, facts.map_or((".", &[]), |f| (f.project.folder.as_str(), &f.modules[..]))));
    inputs.insert("volumes".into(), list(spec.volumes.iter().flatten().map(|v| v.value.to_string())));
    let apt = spec.apt.as_ref().map(|a| a.value.clone()).unwrap_or_default();
    inputs.insert("apt-build".into(), list(apt.build.iter().map(|p| p.value.0.clone())));
    inputs.insert("apt-runtime".into(), list(apt.runtime.iter().map(|p| p.value.0.clone())));
    let (files, variables): (Vec<_>, Vec<_>) = spec.secrets.iter().flatten().map(|s| &s.value).partition(|s| s.env.is_none());
    inputs.insert("secret-files".into(), list(files.into_iter().map(|s| s.id.clone())));
    inputs.insert("secret-variables".into(), pairs(variables.into_iter().filter_map(|s| Some((s.id.clone(), s.env.clone()?)))));
    if let Some(uv) = &spec.uv {
        inputs.insert("uv-image".into(), text(&format!("ghcr.io/astral-sh/uv:{}", uv.value)));
    }
    index_inputs(spec, &mut inputs);
    if let Some(facts) = facts {
        inputs.insert("python".into(), text(&facts.python.version.series()));
        inputs.insert("loose".into(), flag(!facts.project.is_package));
        let packages = super::manager::add(spec, facts, &mut inputs, sink)?;
        super::layers::add(spec, &packages, &mut inputs, sink);
    }
    check_alpine(spec, images, &inputs, sink);
    for (name, value) in spec.options.iter().flat_map(|o| &o.0) {
        inputs.insert(name.value.clone(), Given { input: Input::Text(value.value.clone()), places: vec![value.place] });
    }
    Some(inputs)
}

/// What is left out of the image, and what is not tried in its proof.
fn diet(spec: &Spec, inputs: &mut Inputs, sink: &mut Sink) {
    let off = spec.prune.as_ref().is_some_and(|p| matches!(p.value, Prune::Off));
    let keys = match spec.prune.as_ref().map(|p| &p.value) {
        Some(Prune::Keys(keys)) => (**keys).clone(),
        Some(Prune::Off) | None => crate::spec::PruneKeys::default(),
    };
    // The rules are read only for a spec that names some.
    let rules = if keys.rules.0.is_empty() { Rules::default() } else { Rules::embedded() };
    let known: Vec<&str> = rules.switches().into_iter().map(|(name, _)| name).collect();
    for (name, _) in keys.rules.0.iter().filter(|(name, _)| !known.contains(&name.value.as_str())) {
        let near = nearest(&name.value, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        let found = Diagnostic::error("unknown-rule", format!("there is no rule `{}`", name.value));
        sink.push(found.at(name.place, near.unwrap_or_default()).help(format!("the rules are {}", list_of(&known))));
    }
    if let Some(aws) = keys.aws.as_ref().filter(|a| a.value.is_empty()) {
        let found = Diagnostic::error("incomplete", "`aws` names no service, and botocore is of no use without any");
        sink.push(found.at(aws.place, "").help("name the services that are used, as `[s3]`, or leave the key out to keep all"));
    }
    let is = |key: &Option<At<bool>>, value| key.as_ref().is_some_and(|k| k.value == value);
    let rules = |on: bool| keys.rules.0.iter().filter(move |(_, rule)| rule.value == on).map(|(name, _)| name.value.clone());
    let tests = |on: bool| is(&keys.tests, on).then(|| "tests".to_owned());
    inputs.insert("prune".into(), flag(!off));
    inputs.insert("strip".into(), flag(!off && !is(&keys.strip, false)));
    inputs.insert("bytecode".into(), text(keys.bytecode.as_ref().map_or(Bytecode::Used, |b| b.value).word()));
    inputs.insert("rules-on".into(), list(rules(true).chain(tests(true))));
    inputs.insert("rules-off".into(), list(rules(false).chain(tests(false))));
    inputs.insert("keep".into(), list(keys.keep.iter().map(|k| k.value.clone())));
    inputs.insert("drop".into(), list(keys.drop.iter().map(|k| k.value.clone())));
    inputs.insert("aws".into(), list(keys.aws.iter().flat_map(|a| &a.value).map(|s| s.value.to_string())));
    let skip = spec.check.iter().flat_map(|c| &c.value.skip).map(|m| m.value.clone());
    inputs.insert("skip".into(), list(skip));
}

/// Debian's packages are of no use on Alpine, whatever asks for them.
fn check_alpine(spec: &Spec, images: &Chosen, inputs: &Inputs, sink: &mut Sink) {
    let wanted = ["apt-build", "apt-runtime"].iter().filter_map(|name| inputs.get(*name)).find_map(|given| match &given.input {
        Input::List(packages) => packages.first(),
        _ => None,
    });
    let (Some(package), Runtime::Alpine) = (wanted, &images.kind) else { return };
    let found = Diagnostic::error("apt-on-alpine", format!("the build needs the Debian package `{package}`, and Alpine has none of those"));
    let found = spec.apt.iter().fold(found, |found, apt| found.at(apt.place, "asked for here"));
    let found = spec.runtime.iter().fold(found, |found, runtime| found.at(runtime.place, "built on Alpine"));
    sink.push(found.help("take `runtime: distroless` or `runtime: slim`"));
}

/// The service's name: the spec's, else the project's.
pub(super) fn name(spec: &Spec, facts: Option<&Facts>) -> String {
    let own = facts.map_or("service", |f| f.project.name.as_str());
    spec.name.as_ref().map_or_else(|| own.to_owned(), |n| n.value.to_string())
}

/// The directory that the service starts in.
pub(super) fn workdir(spec: &Spec) -> String {
    spec.workdir.as_ref().map_or("/app".to_owned(), |w| w.value.to_string())
}

/// The spec's `copy`, else the packages and modules of a project that is not installed.
fn copies(spec: &Spec, (folder, modules): (&str, &[String])) -> Given {
    let folder = format!("{folder}/");
    match &spec.copy {
        Some(copy) => Given {
            input: Input::Pairs(copy.value.iter().map(|c| (c.from.to_string(), c.to.to_string())).collect()),
            places: copy.value.iter().map(|c| c.place).collect(),
        },
        None => pairs(modules.iter().map(|m| (m.clone(), m.strip_prefix(&folder).unwrap_or(m).to_owned()))),
    }
}

fn index_inputs(spec: &Spec, inputs: &mut Inputs) {
    let named = || spec.indexes.iter().flatten().filter_map(|i| Some((i.value.name.as_ref()?, &i.value)));
    // One named `torch` is not for everything: it is where the CPU builds of PyTorch come from.
    let is_torch = |name: &At<Word>| name.value.as_str() == "torch";
    let url = |index: &crate::spec::Index| index.url.as_ref().map(|u| u.value.clone());
    let indexes = named().filter(|(name, _)| !is_torch(name)).filter_map(|(name, i)| Some((name.value.to_string(), url(i)?)));
    inputs.insert("indexes".into(), pairs(indexes));
    let variable = |name: &str| name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let logins = named().filter_map(|(name, i)| Some((variable(name.value.as_str()), i.secret.as_ref()?.value.to_string())));
    inputs.insert("logins".into(), pairs(logins));
    if let Some(address) = named().find(|(name, _)| is_torch(name)).and_then(|(_, i)| url(i)) {
        inputs.insert("torch-index".into(), text(&address));
    }
}

/// A string.
pub(super) fn text(value: &str) -> Given {
    Given { input: Input::Text(value.to_owned()), places: vec![] }
}

/// True or false.
pub(super) fn flag(value: bool) -> Given {
    Given { input: Input::Flag(value), places: vec![] }
}

/// Strings.
pub(super) fn list(values: impl IntoIterator<Item = String>) -> Given {
    Given { input: Input::List(values.into_iter().collect()), places: vec![] }
}

/// Pairs of strings.
pub(super) fn pairs(values: impl IntoIterator<Item = (String, String)>) -> Given {
    Given { input: Input::Pairs(values.into_iter().collect()), places: vec![] }
}

/// Words with their places.
pub(super) fn words(values: Option<&Vec<At<Word>>>) -> Given {
    let values: Vec<_> = values.into_iter().flatten().collect();
    let places: Vec<Place> = values.iter().map(|w| w.place).collect();
    Given { input: Input::List(values.iter().map(|w| w.value.to_string()).collect()), places }
}
