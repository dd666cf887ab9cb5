//! Rules of a spec that need nothing but the spec: names that are no names, values that contradict each other.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Sink, codes};
use crate::ecosystem::keys as ecosystem;
use crate::names::{EnvName, Word};
use crate::yaml::{At, Table};

use super::{Healthcheck, Index, Spec, StepItem};

/// Says everything that is wrong with a spec in itself.
pub(super) fn check(spec: &Spec, sink: &mut Sink) {
    let editions = spec.editions.0.iter().map(|(_, edition)| &edition.value.0);
    for env in editions.clone().map(|e| &e.env).chain([&spec.env, &spec.build_env]).flatten() {
        variables(env, sink);
    }
    for labels in editions.map(|e| &e.labels).chain([&spec.labels]).flatten() {
        for (name, _) in labels.0.iter().filter(|(n, _)| n.value.trim().is_empty() || n.value.contains(char::is_whitespace)) {
            sink.push(Diagnostic::new(codes::BAD_NAME, format!("`{}` cannot be the name of a label", name.value)).at(name.place, ""));
        }
    }
    for (name, _) in &spec.editions.0 {
        if let Err(refused) = name.value.parse::<Word>() {
            sink.push(Diagnostic::new(codes::BAD_NAME, refused.message).at(name.place, "").help_if(refused.help));
        }
    }
    super::args::check(spec, sink);
    copies(spec, sink);
    for index in spec.indexes.iter().flatten() {
        check_index(index, sink);
    }
    if let Some(check) = &spec.healthcheck {
        check_health(check, sink);
    }
    for step in spec.steps.iter().flatten() {
        check_step(step, sink);
    }
    if let Some(serve) = &spec.serve {
        super::serve::check(&serve.value, sink);
    }
    if let Some(lint) = &spec.lint {
        super::lint::check(&lint.value, sink);
    }
    let said = spec.editions.0.iter().map(|(_, edition)| &edition.value.0.ecosystems);
    ecosystem::check(&spec.ecosystems, &said.collect::<Vec<_>>(), sink);
}

fn variables(env: &Table<At<String>>, sink: &mut Sink) {
    for (name, _) in &env.0 {
        if let Err(refused) = name.value.parse::<EnvName>() {
            sink.push(Diagnostic::new(codes::BAD_NAME, refused.message).at(name.place, "").help_if(refused.help));
        }
    }
}

fn copies(spec: &Spec, sink: &mut Sink) {
    let workdir = spec.workdir.as_ref().map_or("/app", |w| w.value.as_str());
    let mut seen = BTreeMap::new();
    // Several folders may be poured into the working directory itself.
    let items = spec.copy.iter().flat_map(|c| &c.value).map(|item| (item.destination(workdir), item.place()));
    for (to, place) in items.filter(|(to, _)| to != workdir && to != "/") {
        if let Some(first) = seen.insert(to.clone(), place) {
            let message = format!("two items are copied to `{}`", to.strip_prefix(&format!("{workdir}/")).unwrap_or(&to));
            sink.push(Diagnostic::new(codes::COPIED_TWICE, message).at(place, "again here").at(first, "first here"));
        }
    }
}

fn check_index(index: &At<Index>, sink: &mut Sink) {
    let Some(url) = &index.value.url else {
        sink.push(Diagnostic::new(codes::MISSING_KEY, "an index needs a `url`").at(index.place, ""));
        return;
    };
    if index.value.name.is_none() {
        sink.push(Diagnostic::new(codes::MISSING_KEY, "an index needs a `name`").at(index.place, ""));
    }
    let Some((scheme, rest)) = url.value.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme)) else {
        sink.push(Diagnostic::new(codes::BAD_ADDRESS, format!("`{}` is not an address over https", url.value)).at(url.place, ""));
        return;
    };
    if rest.split('/').next().is_some_and(|host| host.contains('@')) {
        let found = Diagnostic::new(codes::PASSWORD_IN_URL, "a password in a spec ends up in the repository and in the image's history");
        let clean = rest.split_once('@').map_or(rest, |(_, after)| after);
        let help = format!("write `url: {scheme}://{clean}` and `secret: NAME`, and build with `--secret id=NAME,env=…`");
        sink.push(found.at(url.place, "").help(help));
    }
}

fn check_health(check: &At<Healthcheck>, sink: &mut Sink) {
    let Healthcheck { http, tcp, command, retries, .. } = &check.value;
    let ways = usize::from(http.is_some()) + usize::from(tcp.is_some()) + usize::from(command.is_some());
    if ways != 1 {
        let found = Diagnostic::new(codes::EXACTLY_ONE, "a health check is exactly one of `http`, `tcp` and `command`");
        sink.push(found.at(check.place, ""));
    }
    for (address, path) in [(http, true), (tcp, false)] {
        let Some(address) = address else { continue };
        if crate::names::Endpoint::parse(&address.value, path).is_none() {
            let example = if path { ":8000/healthz" } else { ":8000" };
            let found = Diagnostic::new(codes::BAD_ADDRESS, format!("`{}` is not an address to check", address.value));
            sink.push(found.at(address.place, "").help(format!("write one such as `\"{example}\"`")));
        }
    }
    if let Some(retries) = retries.as_ref().filter(|r| r.value.parse::<u32>().is_err()) {
        sink.push(Diagnostic::new(codes::BAD_VALUE, format!("`{}` is not a number", retries.value)).at(retries.place, ""));
    }
}

fn check_step(step: &At<StepItem>, sink: &mut Sink) {
    let StepItem { phase, run, script, env, .. } = &step.value;
    if phase.is_none() {
        sink.push(
            Diagnostic::new(codes::MISSING_KEY, "this step has no `phase`")
                .at(step.place, "")
                .help("`distil plan` shows the recipe's phases"),
        );
    }
    if run.is_some() == script.is_some() {
        sink.push(Diagnostic::new(codes::EXACTLY_ONE, "a step is exactly one of `run` and `script`").at(step.place, ""));
    }
    if let Some(env) = env {
        variables(env, sink);
    }
}
