//! What the command names and cannot be in the image, as far as spec and facts tell: said before anything is built. Only what is
//! certain; the proof looks at everything else in the image itself.

use std::path::Path;

use crate::diag::{Diagnostic, Place, Sink};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::layout::{PROJECT, VENV};
use crate::python::refine::proof::{path_in_project, way_out};
use crate::python::refine::start::{self, Needed, Use, World};
use crate::spec::{Runtime, Spec};
use crate::yaml::{Argv, At};

/// Packages that bring a shell.
const SHELLS: &[&str] = &["bash", "busybox", "busybox-static", "dash", "ksh", "mksh", "zsh"];

/// Says what is certain to be missing of the command, which is written at `place`, and of those that run before the service.
pub(crate) fn check(spec: &Spec, facts: &Facts, argv: &[String], place: Option<Place>, workdir: &str, sink: &mut Sink) {
    if !is_closed(spec) {
        return;
    }
    if let Some(place) = place {
        one(spec, facts, &Said { argv, place, whose: "the command".to_owned(), key: "command" }, workdir, sink);
    }
    for At { value: Argv(argv), place } in spec.before_start.iter().flat_map(|asked| &asked.value.0) {
        let whose = format!("the before-start command `{}`", crate::shell::join(argv));
        one(spec, facts, &Said { argv, place: *place, whose, key: "before-start" }, workdir, sink);
    }
}

/// A command as the spec has it.
struct Said<'s> {
    argv: &'s [String],
    place: Place,
    /// What it is called.
    whose: String,
    /// The key that it is a value of.
    key: &'static str,
}

fn one(spec: &Spec, facts: &Facts, said: &Said<'_>, workdir: &str, sink: &mut Sink) {
    let env: Vec<(String, String)> =
        spec.env.iter().flat_map(|table| &table.0).map(|(name, value)| (name.value.clone(), value.value.clone())).collect();
    // No text of the image is known, and what a console script calls is the proof's to find out.
    let start = start::start(said.argv, &World { env: &env, console: &|_| None, file: &|_| None });
    if let Some(shell) = start.shell.filter(|_| has_no_shell(spec)) {
        let word = spec.runtime.as_ref().map_or("distroless", |runtime| runtime.value.word());
        let found = Diagnostic::new(codes::NO_SHELL, format!("{} runs `{shell}`, and `runtime: {word}` has no shell", said.whose));
        sink.push(found.at(said.place, "").help("name the program itself, as a list of words, or take `runtime: slim`"));
        return;
    }
    for needed in start.files.iter().filter(|needed| needed.paths.iter().all(|path| is_absent(spec, facts, workdir, path))) {
        sink.push(missing(needed, facts, said, workdir).at(said.place, ""));
    }
}

/// Whether all that is in the image comes from what spec and facts name.
fn is_closed(spec: &Spec) -> bool {
    let own_base = matches!(spec.runtime.as_ref().map(|r| &r.value), Some(Runtime::Image(_)))
        || spec.base.as_ref().is_some_and(|base| base.value.runtime.is_some());
    spec.recipe.is_none() && spec.steps.iter().flatten().all(|step| step.value.ships.as_ref().is_none_or(Vec::is_empty)) && !own_base
}

fn has_no_shell(spec: &Spec) -> bool {
    let bare = matches!(spec.runtime.as_ref().map(|r| &r.value), None | Some(Runtime::Distroless | Runtime::Minimal));
    let added = spec.apt.iter().flat_map(|apt| &apt.value.runtime);
    bare && !added.into_iter().any(|package| SHELLS.contains(&package.value.0.split(['=', ':']).next().unwrap_or_default()))
}

/// Whether nothing puts a path into the image: neither the spec's `copy`, nor what ships of the project by itself.
fn is_absent(spec: &Spec, facts: &Facts, workdir: &str, path: &str) -> bool {
    let below = |path: &str, folder: &str| path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let Some(path) = (if path.starts_with('/') { path.strip_prefix(workdir).and_then(|p| p.strip_prefix('/')) } else { Some(path) }) else {
        return false;
    };
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let place = format!("{}/{path}", workdir.trim_end_matches('/'));
    // Packages are installed there, and a volume brings what it likes.
    let elsewhere = below(&place, VENV) || below(&place, PROJECT);
    let mounted = spec.volumes.iter().flatten().any(|volume| below(&place, &volume.value.to_string()));
    if path.is_empty() || path == "." || path.split('/').any(|part| part == "..") || elsewhere || mounted {
        return false;
    }
    let mut ships: Vec<String> = spec.copy.iter().flat_map(|copy| &copy.value).map(|item| item.destination(workdir)).collect();
    if spec.copy.is_none() {
        let (folder, top) = (format!("{}/", facts.project.folder), workdir.trim_end_matches('/'));
        ships.extend(facts.modules.iter().map(|module| format!("{top}/{}", module.strip_prefix(&folder).unwrap_or(module))));
    }
    !ships.iter().any(|to| to == "/" || below(&place, to) || below(to, &place))
}

fn missing(needed: &Needed, facts: &Facts, said: &Said<'_>, workdir: &str) -> Diagnostic {
    let path = needed.paths.first().map_or("", String::as_str);
    let does = match (needed.use_, needed.paths.len()) {
        (Use::Script, _) => format!("runs `{path}`"),
        (Use::App, 2..) => format!("looks for {}", needed.paths.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ")),
        (Use::App, _) => format!("serves `{path}`"),
        (Use::Read, _) => format!("reads `{path}`"),
        (Use::Folder, _) => format!("needs the folder `{path}`"),
    };
    let what = format!("{} {does}", said.whose);
    let found = Diagnostic::new(codes::NOT_IN_IMAGE, format!("{what} in {workdir}, and nothing puts that into the image"));
    if let Some(entry) = entrypoint(facts).filter(|_| needed.use_ == Use::App && needed.paths.len() > 1) {
        return found.help(format!("`pyproject.toml` does not ship; name its entry point in the command: `-e {entry}`"));
    }
    // A file below `src`, or below a folder named like the project, is installed with it.
    let name = facts.project.name.replace(['-', '.'], "_").to_lowercase();
    let inside = path_in_project(path).filter(|inside| facts.project.is_package && (path.starts_with("src/") || inside.starts_with(&name)));
    let is_module = Path::new(path).extension().is_none_or(|end| end == "py");
    let way = way_out(needed, inside.filter(|_| is_module));
    found.help(way.trim_end_matches('.').replace("`command`", &format!("`{}`", said.key)))
}

/// The application that the project names for fastapi.
fn entrypoint(facts: &Facts) -> Option<String> {
    facts.project.file.as_ref()?.root().pointer("/tool/fastapi/entrypoint")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::python::facts::tests::facts;

    const PROJECT: &[u8] = b"[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.11\"\n";
    const LOCK: &[u8] = b"version = 1\n[[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \".\" }\n";

    /// The codes of what is said of a command, with the first word in backticks that a message names.
    fn said(spec: &str, command: &[&str]) -> Vec<String> {
        let facts = facts(spec, &[], &[("pyproject.toml", PROJECT), ("uv.lock", LOCK)]).expect("a good project");
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("distil.yaml", "YAML", spec);
        let (spec, _) = crate::spec::parse(&sources, file, &mut sink).expect("a good spec");
        let argv: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let workdir = spec.workdir.as_ref().map_or("/app".to_owned(), |workdir| workdir.value.to_string());
        check(&spec, &facts, &argv, Some(Place { file, start: 0, end: 0 }), &workdir, &mut sink);
        let named = |found: &Diagnostic| format!("{} {}", found.code, found.message.split('`').nth(1).unwrap_or_default());
        sink.into_sorted().iter().map(named).collect()
    }

    #[test]
    fn what_nothing_puts_into_the_image_is_said() {
        let script = ["python", "bin/serve.py"];
        assert_eq!(said("{}", &script), ["not-in-image bin/serve.py"]);
        // A folder or the file itself is copied, also to another place; or it comes with a volume, or with a step.
        for spec in ["copy: [bin]", "copy: [bin/serve.py]", "copy: [{ tools: bin }]", "volumes: [/app/bin]"] {
            assert_eq!(said(spec, &script), [""; 0], "{spec}");
        }
        assert_eq!(said("copy: [docs]", &script), ["not-in-image bin/serve.py"]);
        assert_eq!(said("workdir: /srv\ncopy: [bin]", &["python", "/app/bin/serve.py"]), [""; 0], "it is not below the workdir");
        // What other rooms or people fill is not known.
        for spec in ["runtime: registry.example.org/base:1", "recipe: own.yaml", "base: { runtime: \"corp/run:1\" }"] {
            assert_eq!(said(spec, &script), [""; 0], "{spec}");
        }
        assert_eq!(said("{}", &["python", "-m", "shop"]), [""; 0]);
        assert_eq!(said("{}", &["python", "../x.py"]), [""; 0]);
    }

    #[test]
    fn what_runs_before_the_service_is_looked_at_as_well() {
        let serve = ["python", "-m", "shop"];
        assert_eq!(said("before-start: [[python, migrate.py]]", &serve), ["not-in-image python migrate.py"]);
        assert_eq!(said("before-start: [[python, manage.py, migrate], \"sh -c true\"]", &serve).len(), 2);
        assert_eq!(said("before-start: [[python, migrate.py]]\ncopy: [migrate.py]", &serve), [""; 0]);
    }

    #[test]
    fn a_shell_is_missed_where_there_is_none() {
        let shell = ["sh", "-c", "exec serve"];
        assert_eq!(said("{}", &shell), ["no-shell sh"]);
        assert_eq!(said("runtime: minimal", &["bash", "start.sh"]), ["no-shell bash"]);
        assert_eq!(said("runtime: slim", &shell), [""; 0]);
        assert_eq!(said("apt: { runtime: [\"dash=0.5\"] }", &shell), [""; 0]);
        assert_eq!(said("apt: { runtime: [libpq5] }", &shell), ["no-shell sh"]);
    }
}
