//! What the service's start came to, in the builder and in the image: what imported there has to import here, what the command
//! names has to be there, and what raises in both is said aloud, since settings may come at run time.

use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

use crate::diag::nearest;
use crate::python::codes;
use crate::python::refine::interpreter::trace::{Trace, Tried};
use crate::python::refine::interpreter::{self as python, Missing, missing};
use crate::python::refine::start::{self, Start, World};
use crate::refine::proof::Finding;

use super::notes::{Application, Environment, Import, Lacks, Warning};
use super::{PROJECT, blame, release};

/// How many lines of a traceback are shown, so that all of a message fits what Docker repeats of a step that fails.
const LINES: usize = 6;

/// What a command loads where this step runs: programs are found by `PATH`, files from the working directory.
pub(super) fn follow(command: &[String], env: &[(String, String)], workdir: &Path) -> Start {
    let path = std::env::var("PATH").unwrap_or_default();
    let script = |program: &str| path.split(':').find_map(|folder| std::fs::read_to_string(format!("{folder}/{program}")).ok());
    let text = |path: &str| std::fs::read(workdir.join(path)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    start::start(command, &World { env, console: &|program| start::console(&script(program)?), file: &text })
}

/// A start as the notes keep it.
pub(super) fn imports(trace: &Trace, workdir: &Path) -> Vec<Import> {
    let import = |tried: &Tried| Import {
        what: tried.what.clone(),
        own: tried.own,
        failed: (tried.result != python::Result::Ok).then(|| tried.result.describe()),
        hung: tried.result == python::Result::Hung,
        lacks: missing::missing(&tried.result).first().and_then(|what| lacks(what, workdir)),
        denied: denied(&tried.result).map(|path| clean(&workdir.join(path))),
    };
    trace.tried.iter().map(import).collect()
}

/// What the project may have of what is missing: a module at its top, or a file below the directory that the service starts in.
fn lacks(missing: &Missing, workdir: &Path) -> Option<Lacks> {
    match missing {
        Missing::Module(name) if !name.contains('.') => Some(Lacks { names: vec![name.clone(), format!("{name}.py")], installed: false }),
        Missing::File(path) => {
            let path = workdir.join(path);
            let installed = path.strip_prefix(PROJECT).ok();
            let mut inside = installed.or_else(|| path.strip_prefix(workdir).ok())?.components().filter(|part| *part != Component::CurDir);
            let Component::Normal(name) = inside.next()? else { return None };
            Some(Lacks { names: vec![name.to_str()?.to_owned()], installed: installed.is_some() })
        }
        _ => None,
    }
}

/// The path that an import was not allowed to write.
fn denied(result: &python::Result) -> Option<&str> {
    let python::Result::Error { kind, first, .. } = result else { return None };
    let (_, rest) = first.split_once("Permission denied: '").filter(|_| kind == "PermissionError")?;
    rest.split('\'').next().filter(|path| !path.is_empty())
}

/// A path without the parts that lead nowhere.
fn clean(path: &Path) -> String {
    path.components().collect::<PathBuf>().display().to_string()
}

/// What the reader of a build should know of a start that raised in the builder.
pub(in crate::python::refine) fn warnings(notes: &Application) -> Vec<Warning> {
    let failed = notes.start.iter().filter(|import| import.own).find_map(|import| Some((import, import.failed.as_ref()?)));
    let warning = failed.map(|(import, how)| {
        let more = if import.hung { "; it seems to run instead of being imported" } else { "" };
        let volume = import.denied.as_ref().map(|path| {
            format!(
                "the service's user can write below `/tmp` and in volumes only: `volumes: [{path}]`, if {path} is a folder for its data; "
            )
        });
        Warning {
            code: codes::START_UNPROVEN.name().to_owned(),
            about: "command".into(),
            message: format!("`{}`, which the command loads, {how} while the image is built{more}", import.what),
            help: volume.unwrap_or_default()
                + "bytecode was not followed past it, and nothing proves that the service starts: give what it needs under `env`, or try \
                   it with `check: { start: { env: {…} } }`; `check: { imports: strict }` makes this an error",
            lacks: import.lacks.clone(),
        }
    });
    warning.into_iter().collect()
}

/// What is wrong with a start in the image. `strict` takes nothing as given that comes at run time.
pub(super) fn wrong(trace: &Trace, notes: &Application, environment: Option<&Environment>, strict: bool) -> Vec<Finding> {
    let mut said = vec![];
    for tried in trace.tried.iter().filter(|tried| tried.result != python::Result::Ok) {
        let before = notes.start.iter().find(|import| import.what == tried.what);
        let how = tried.result.describe();
        if let (Some((module, name)), true, [_, ..]) = (tried.what.rsplit_once([':', '.']), tried.lasting, &tried.near[..]) {
            said.push(Finding::new(codes::NO_SUCH_MODULE, module, no_such_name(module, name, &tried.near)));
        } else if before.is_some_and(|import| import.failed.is_none()) {
            let mut one = format!("`{}`, which the start loads, imports in the builder and not in the image: it {how}", tried.what);
            with_cause(&mut one, &tried.result, environment);
            said.push(Finding::new(codes::BROKEN_IMPORT, &tried.what, one));
        } else if tried.own && tried.lasting {
            let mut one = format!("The service cannot start: `{}`, which the command loads, {how}", tried.what);
            let missing = missing::missing(&tried.result);
            let help = match missing.first() {
                Some(what) => blame::help(Some(what), release().as_deref()),
                None => "correct it, and try it with the image's Python".to_owned(),
            };
            with_cause(&mut one, &tried.result, environment);
            said.push(Finding::new(codes::BROKEN_START, &tried.what, format!("{one}\n  help: {help}")));
        } else if tried.own && strict {
            let mut one = format!("`{}`, which the command loads, {how}, and `check` asks for `imports: strict`", tried.what);
            with_cause(&mut one, &tried.result, environment);
            let message = format!("{one}\n  help: give what it needs under `env`");
            said.push(Finding::new(codes::START_UNPROVEN, &tried.what, message).into_error());
        }
    }
    let hung = notes.start.iter().filter(|import| strict && import.own && import.hung);
    said.extend(hung.map(|import| {
        let message = format!(
            "`{}`, which the command loads, does not come back when it is imported, and `check` asks for `imports: strict`",
            import.what
        );
        Finding::new(codes::START_UNPROVEN, &import.what, message).into_error()
    }));
    said
}

/// What is said of a name that the command takes from a module which has none such.
fn no_such_name(module: &str, name: &str, near: &[String]) -> String {
    let near = nearest(name, near.iter().map(String::as_str));
    let way = near.map_or_else(|| "Correct the name in `command`.".to_owned(), |near| format!("Did you mean `{module}:{near}`?"));
    format!("The command takes `{name}` from `{module}`, and that module has no such name. {way}")
}

/// Adds the rule that left out what is missing, and the last lines of the traceback.
fn with_cause(said: &mut String, result: &python::Result, environment: Option<&Environment>) -> String {
    if let Some(rule) = environment.and_then(|notes| blame::rule(&missing::missing(result), notes)) {
        let _ = write!(said, "\n{rule}");
    }
    let lines: Vec<&str> = result.text().trim_end().lines().collect();
    // The last line is what was said above.
    let shown = &lines[..lines.len().saturating_sub(1)];
    for line in &shown[shown.len().saturating_sub(LINES)..] {
        let _ = write!(said, "\n    {}", line.trim_end());
    }
    said.clone()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::python::refine::interpreter::Result;
    use crate::refine::steps::notes::Pruned;

    fn tried(what: &str, own: bool, result: Result, lasting: bool) -> Tried {
        Tried { what: what.into(), own, result, lasting, near: vec![] }
    }

    fn error(kind: &str, text: &str) -> Result {
        Result::error(kind, text, &format!("File \"/app/shop.py\", line 1, in <module>\n{kind}: {text}"))
    }

    fn notes(imports: &[(&str, bool, Option<&str>)]) -> Application {
        let import = |(what, own, failed): &(&str, bool, Option<&str>)| Import {
            what: (*what).into(),
            own: *own,
            failed: failed.map(str::to_owned),
            hung: *failed == Some("does not come back in time"),
            lacks: None,
            denied: None,
        };
        Application { start: imports.iter().map(import).collect(), ..Application::default() }
    }

    #[test]
    fn what_the_project_may_have_is_told_by_its_name_at_the_top() {
        let lacks = |result: Result| {
            let trace = Trace { files: vec![], tried: vec![tried("shop.wsgi:app", true, result, false)] };
            warnings(&Application { start: imports(&trace, Path::new("/app")), ..Application::default() })[0].lacks.clone()
        };
        let file = |path: &str| lacks(error("FileNotFoundError", &format!("[Errno 2] No such file or directory: '{path}'")));
        let module = |name: &str| lacks(error("ModuleNotFoundError", &format!("No module named '{name}'")));
        let named = |names: &[&str], installed| Some(Lacks { names: names.iter().map(|n| (*n).to_owned()).collect(), installed });
        for path in ["/app/data/cities.json", "data/cities.json", "./data/cities.json"] {
            assert_eq!(file(path), named(&["data"], false));
        }
        assert_eq!(file("/app/.project/NEWS.md"), named(&["NEWS.md"], true));
        assert_eq!(module("notes"), named(&["notes", "notes.py"], false));
        for other in [file("/data/cities.json"), file("/app"), file("../x"), module("notes.urls"), lacks(error("KeyError", "'x'"))] {
            assert_eq!(other, None);
        }
    }

    /// What is wrong, as the build's output has it.
    fn wrong(trace: &Trace, notes: &Application, environment: Option<&Environment>, strict: bool) -> Vec<String> {
        super::wrong(trace, notes, environment, strict).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_raises_only_in_the_image_is_wrong_and_names_the_rule() {
        let path = "/app/.venv/lib/python3.13/site-packages/numpy/_core/tests".to_owned();
        let pruned = Pruned { what: String::new(), switch: "tests".into(), files: 3, bytes: 9, paths: vec![path] };
        let environment = Environment { pruned: BTreeMap::from([("tests".into(), pruned)]), ..Default::default() };
        let missing = error("ModuleNotFoundError", "No module named 'numpy._core.tests'");
        let trace = Trace { files: vec![], tried: vec![tried("shop.api", true, missing, true)] };
        let said = wrong(&trace, &notes(&[("shop.api", true, None)]), Some(&environment), false);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with(
            "error[broken-import]: `shop.api`, which the start loads, imports in the builder and not in the image: it raises ModuleNotFound"
        ));
        assert!(said[0].contains("the rule `tests` left out what it needs: the module `numpy._core.tests`"), "{}", said[0]);
        assert!(said[0].ends_with("\n    File \"/app/shop.py\", line 1, in <module>"), "{}", said[0]);
        let optional = Trace { files: vec![], tried: vec![tried("import uvloop", false, error("ImportError", "x"), false)] };
        assert_eq!(wrong(&optional, &notes(&[("import uvloop", false, Some("raises ImportError: x"))]), None, true), [""; 0]);
        assert_eq!(wrong(&optional, &notes(&[("import uvloop", false, None)]), None, false).len(), 1);
    }

    #[test]
    fn what_raises_in_both_is_a_warning_unless_it_lasts_or_nothing_may() {
        let raises = || error("KeyError", "'DATABASE_URL'");
        let trace = Trace { files: vec![], tried: vec![tried("shop.api", true, raises(), false)] };
        let before = notes(&[("uvicorn.main", false, None), ("shop.api", true, Some("raises KeyError: 'DATABASE_URL'"))]);
        assert_eq!(wrong(&trace, &before, None, false), [""; 0]);
        let warned = warnings(&before);
        assert_eq!(warned[0].message, "`shop.api`, which the command loads, raises KeyError: 'DATABASE_URL' while the image is built");
        assert!(warned[0].help.contains("bytecode was not followed past it") && warned[0].help.contains("imports: strict"));
        assert!(wrong(&trace, &before, None, true)[0].starts_with("error[start-unproven]: "));
        assert!(wrong(&trace, &before, None, true)[0].contains("`check` asks for `imports: strict`"));
        let lasting =
            Trace { files: vec![], tried: vec![tried("shop.api", true, error("ModuleNotFoundError", "No module named 'x'"), true)] };
        let said = wrong(&lasting, &notes(&[("shop.api", true, Some("raises …"))]), None, false);
        assert!(
            said[0].starts_with("error[broken-start]: The service cannot start: `shop.api`") && said[0].contains("add what has `x`"),
            "{said:?}"
        );
        assert!(!said[0].contains("skip"));
        let hung = notes(&[("shop.run", true, Some("does not come back in time"))]);
        assert!(warnings(&hung)[0].message.ends_with("it seems to run instead of being imported"));
        assert_eq!((wrong(&Trace::default(), &hung, None, false).len(), wrong(&Trace::default(), &hung, None, true).len()), (0, 1));
        assert_eq!(warnings(&notes(&[("uvloop", false, Some("raises ImportError"))])), []);
    }

    #[test]
    fn a_folder_that_is_not_writable_is_advised_as_a_volume() {
        let refused = error("PermissionError", "[Errno 13] Permission denied: './data'");
        let trace = Trace { files: vec![], tried: vec![tried("shop.api", true, refused, false)] };
        let notes = Application { start: imports(&trace, Path::new("/app")), ..Application::default() };
        assert!(warnings(&notes)[0].help.contains("`volumes: [/app/data]`, if /app/data is a folder"), "{}", warnings(&notes)[0].help);
    }

    #[test]
    fn a_name_that_a_module_lacks_is_wrong_with_the_nearest() {
        let near = vec!["app".to_owned(), "create".into()];
        let one = Tried { near, ..tried("shop.api:appp", true, error("AttributeError", "x"), true) };
        let said = wrong(&Trace { files: vec![], tried: vec![one] }, &notes(&[]), None, false);
        assert_eq!(
            said,
            [
                "error[no-such-module]: The command takes `appp` from `shop.api`, and that module has no such name. Did you mean `shop.api:app`?"
            ]
        );
    }
}
