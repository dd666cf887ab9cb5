//! The command that makes a pinned file of requirement files: uv's own, as messages print it and `distil lock` runs it.
//! Knows how it is written and how a file tells by which command it was made; runs nothing.

use crate::diag::Place;
use crate::python::version::PythonVersion;
use crate::shell;

use super::Indexes;

/// What is asked to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A requirement file.
    File {
        /// Its path in the context.
        path: String,
        /// Whether it only says which versions may be taken.
        constrains: bool,
        /// Where it is asked for; none where it was found beside the project.
        place: Option<Place>,
    },
    /// A line as a requirement file has it.
    Line {
        /// The line.
        text: String,
        /// Where it stands.
        place: Place,
    },
}

/// The project that a pinned file is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct For {
    /// Its folder in the context, `.` for the context itself.
    pub folder: String,
    /// The series of its Python, where that is known.
    pub python: Option<PythonVersion>,
    /// Its indexes, as name and address; one named `pypi` takes the place of PyPI.
    pub indexes: Vec<(String, String)>,
}

/// A command that makes a pinned file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compile {
    /// The folder of the context that it runs in, `.` for the context itself.
    pub folder: String,
    /// Packages that it is given as lines on its standard input.
    pub lines: Vec<String>,
    /// Its words, without the file that it writes.
    pub words: Vec<String>,
    /// The file that it writes, relative to its folder.
    pub output: String,
}

/// How the program is called, and what it is asked to do.
const UV: [&str; 3] = ["uv", "pip", "compile"];

impl Compile {
    /// The command for some files and lines. What the files say of indexes goes into the pinned file as well.
    pub(super) fn of(asked: &[Asked], project: &For, said: &Indexes) -> Self {
        let (mut inputs, mut constraints, mut lines) = (vec![], vec![], vec![]);
        for item in asked {
            match item {
                Asked::File { path, constrains: true, .. } => constraints.extend(["-c".to_owned(), relative(&project.folder, path)]),
                Asked::File { path, .. } => inputs.push(relative(&project.folder, path)),
                Asked::Line { text, .. } => lines.push(text.trim().to_owned()),
            }
        }
        let last = inputs.last().map_or("requirements.txt", String::as_str);
        let stem = last.strip_suffix(".txt").or_else(|| last.strip_suffix(".in")).or_else(|| last.strip_suffix(".lock")).unwrap_or(last);
        let plain = format!("{stem}.lock");
        let output = if inputs.contains(&plain) { format!("{stem}.all.lock") } else { plain };
        let flag = |word: &str, is_on: bool| is_on.then(|| word.to_owned());
        let mut words: Vec<String> = UV.map(str::to_owned).into();
        words.extend(inputs);
        words.extend(flag("-", !lines.is_empty()));
        words.extend(constraints);
        words.push("--universal".into());
        words.extend(project.python.iter().flat_map(|python| ["--python-version".to_owned(), python.series()]));
        words.push("--generate-hashes".into());
        words.extend(flag("--emit-index-url", said.main.is_some() || !said.extra.is_empty()));
        words.extend(flag("--emit-find-links", !(said.find_links.is_empty() && said.folders.is_empty())));
        for (name, url) in &project.indexes {
            let option = if name == "pypi" { "--default-index" } else { "--index" };
            words.extend([option.to_owned(), format!("{name}={url}")]);
        }
        Self { folder: project.folder.clone(), lines, words, output }
    }

    /// The command that a file says it was made by; none for one that uv did not make, or that does not say where it was.
    #[must_use]
    pub fn of_header(path: &str, text: &str) -> Option<Self> {
        let line = header(text)?;
        let (before, command) = line.split_once(" | ").map_or(("", line), |(before, command)| (before, command));
        let mut words = shell::split(command).ok()?;
        let at = words.iter().position(|w| w == "-o" || w == "--output-file")?;
        let output = words.get(at + 1)?.clone();
        words.drain(at..=at + 1);
        // Where it was written from is what its path has before the output's.
        let folder = path.strip_suffix(&output)?;
        let folder = if folder.is_empty() { "." } else { folder.strip_suffix('/')? };
        let given = if before.is_empty() { vec![] } else { shell::split(before).ok()? };
        let lines = match &given[..] {
            [echo, line] if echo == "echo" => vec![line.clone()],
            [printf, form, lines @ ..] if printf == "printf" && form == FORM => lines.to_vec(),
            [] if !words.iter().any(|w| w == "-") => vec![],
            _ => return None,
        };
        let is_uv = words.iter().map(String::as_str).take(UV.len()).eq(UV);
        let is_known = |word: &String| !word.starts_with('-') || KNOWN.contains(&word.split('=').next().unwrap_or_default());
        let good = is_uv && words.iter().all(is_known);
        good.then_some(Self { folder: folder.to_owned(), lines, words, output })
    }

    /// The command as a shell takes it, in the context's folder.
    #[must_use]
    pub fn command(&self) -> String {
        let folder = if self.folder == "." { String::new() } else { format!("cd {} && ", shell::quote(&self.folder)) };
        format!("{folder}{}", self.said())
    }

    /// The command as a shell takes it, in its own folder.
    #[must_use]
    pub fn said(&self) -> String {
        let lines = |words: &[&str]| shell::join(&words.iter().map(|w| (*w).to_owned()).chain(self.lines.clone()).collect::<Vec<_>>());
        let given = match &self.lines[..] {
            [] => String::new(),
            [_] => lines(&["echo"]) + " | ",
            _ => lines(&["printf", FORM]) + " | ",
        };
        format!("{given}{} -o {}", shell::join(&self.words), shell::quote(&self.output))
    }

    /// The path in the context of the file that it writes.
    #[must_use]
    pub fn path(&self) -> String {
        let from = if self.folder == "." { String::new() } else { format!("{}/", self.folder) };
        super::requirements::beside(&from, &self.output).unwrap_or_else(|| self.output.clone())
    }
}

/// Whether a tool wrote a file, as its first lines say.
#[must_use]
pub fn is_written_by_tool(text: &str) -> bool {
    text.lines().take(HEADER_LINES).filter(|line| line.starts_with('#')).any(|line| line.contains("autogenerated by"))
}

/// In how many lines a tool says that it wrote a file.
const HEADER_LINES: usize = 8;

/// Options that are taken from a file's head: they say what is to be pinned, and none says what is run or written.
const KNOWN: &[&str] = &[
    "-",
    "-c",
    "--constraint",
    "--constraints",
    "--override",
    "--overrides",
    "--universal",
    "--python-version",
    "--python-platform",
    "--generate-hashes",
    "--extra",
    "--all-extras",
    "--group",
    "--no-deps",
    "--no-strip-extras",
    "--no-strip-markers",
    "--no-annotate",
    "--annotation-style",
    "--emit-index-url",
    "--no-emit-index-url",
    "--emit-find-links",
    "--emit-index-annotation",
    "--no-emit-package",
    "--default-index",
    "--index",
    "--index-url",
    "-i",
    "--extra-index-url",
    "--find-links",
    "-f",
    "--no-index",
    "--index-strategy",
    "--exclude-newer",
    "--prerelease",
    "--resolution",
    "--no-build",
    "--no-binary",
    "--only-binary",
    "--torch-backend",
];

/// How `printf` is asked to write lines.
const FORM: &str = "%s\\n";

/// The command in the head of a file that uv wrote.
fn header(text: &str) -> Option<&str> {
    let mut lines = text.lines().map_while(|line| line.strip_prefix('#'));
    lines.find(|line| line.contains("autogenerated by uv"))?;
    lines.next().map(str::trim)
}

/// A path of the context as a folder of the context sees it.
fn relative(folder: &str, path: &str) -> String {
    let mut folder: Vec<&str> = folder.split('/').filter(|p| *p != "." && !p.is_empty()).collect();
    let mut path: Vec<&str> = path.split('/').collect();
    while folder.first().is_some_and(|first| path.len() > 1 && path.first() == Some(first)) {
        folder.remove(0);
        path.remove(0);
    }
    folder.iter().map(|_| "..").chain(path).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, constrains: bool) -> Asked {
        Asked::File { path: path.into(), constrains, place: None }
    }

    fn made(folder: &str, asked: &[Asked]) -> Compile {
        let project = For { folder: folder.into(), python: Some(PythonVersion { minor: 13, patch: None }), indexes: vec![] };
        Compile::of(asked, &project, &Indexes::default())
    }

    #[test]
    fn the_command_is_for_what_is_asked() {
        let one = made(".", &[file("requirements.txt", false)]);
        let options = "--universal --python-version 3.13 --generate-hashes -o";
        assert_eq!(one.command(), format!("uv pip compile requirements.txt {options} requirements.lock"));
        let all = made("api", &[file("api/ops/base.in", false), file("prod.txt", false), file("api/c.txt", true)]);
        assert_eq!(all.command(), format!("cd api && uv pip compile ops/base.in ../prod.txt -c c.txt {options} ../prod.lock"));
        assert_eq!((all.path(), one.path()), ("prod.lock".into(), "requirements.lock".into()));
        let again = made(".", &[file("a.lock", false)]);
        assert_eq!(again.output, "a.all.lock");
    }

    #[test]
    fn a_file_tells_how_it_was_made() {
        let text =
            |compile: &Compile| format!("# This file was autogenerated by uv via the following command:\n#    {}\na==1\n", compile.said());
        let project = For { folder: ".".into(), python: None, indexes: vec![] };
        let line = |text: &str, file| Asked::Line { text: text.into(), place: Place { file, start: 0, end: 0 } };
        let id = crate::diag::Sources::default().add("distil.yaml", "YAML", "");
        for lines in [&["a; python_version < '4'"][..], &["a", "b==1"]] {
            let asked: Vec<_> = lines.iter().map(|text| line(text, id)).chain([file("ops/prod.txt", false)]).collect();
            let compile = Compile::of(&asked, &project, &Indexes::default());
            assert_eq!(Compile::of_header("ops/prod.lock", &text(&compile)), Some(compile));
        }
        let below = made("api", &[file("api/requirements.txt", false)]);
        assert_eq!(Compile::of_header("api/requirements.lock", &text(&below)), Some(below.clone()));
        assert_eq!(Compile::of_header("other.lock", &text(&below)), None);
        let old =
            "#\n# This file is autogenerated by pip-compile with Python 3.12\n# by the following command:\n#\n#    pip-compile\n#\na==1\n";
        assert_eq!(Compile::of_header("requirements.txt", old), None);
        let blind = "# This file was autogenerated by uv via the following command:\n#    uv pip compile - -o a.lock\n";
        assert_eq!(Compile::of_header("a.lock", blind), None);
        let other = "# This file was autogenerated by uv via the following command:\n#    uv pip compile --python ./run a.in -o a.lock\n";
        assert_eq!(Compile::of_header("a.lock", other), None);
        assert!(is_written_by_tool(old) && is_written_by_tool(other) && !is_written_by_tool("a==1\n"));
    }
}
