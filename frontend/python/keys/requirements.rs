//! What pip installs, as a spec says it: requirement files in their order, constraints for them, and packages beside them.
//! What is in the files is for others to read.

use crate::diag::{Diagnostic, Sink};
use crate::names::RelPath;
use crate::python::codes;
use crate::yaml::{At, Decode, Node, Shape, Value, keys};

keys! {
    /// What is installed beside the files.
    pub(super) struct BesideKeys as "an item of `requirements`" {
        /// Further packages, each as a line of a requirement file.
        packages: Vec<At<String>> = "packages", "[gunicorn==23.0.0]";
        /// A file that says which versions may be taken, and installs nothing.
        constraints: Option<At<RelPath>> = "constraints", "requirements/constraints.txt";
    }
}

/// One thing that says what is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// A requirement file, or a `pylock.toml`.
    File(At<RelPath>),
    /// A file that constrains what the others ask for.
    Constraints(At<RelPath>),
    /// A line as a requirement file has it.
    Package(At<String>),
}

/// All of it, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements(pub Vec<Requirement>);

impl Requirements {
    /// The files, constraints among them.
    pub fn files(&self) -> impl Iterator<Item = &At<RelPath>> {
        self.0.iter().filter_map(|item| match item {
            Requirement::File(path) | Requirement::Constraints(path) => Some(path),
            Requirement::Package(_) => None,
        })
    }
}

impl Decode for Requirements {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let items = if let Value::List(items) = &node.value { &items[..] } else { std::slice::from_ref(node) };
        let read: Vec<Option<Vec<Requirement>>> = items.iter().map(|node| item(node, sink)).collect();
        let all: Vec<Requirement> = read.into_iter().collect::<Option<Vec<_>>>()?.concat();
        if all.iter().all(|item| matches!(item, Requirement::Constraints(_))) {
            let found = Diagnostic::new(codes::NAMES_NOTHING, "`requirements` names no file and no package").at(node.place, "");
            sink.push(found.help("write `requirements: requirements.txt`, or a list of files"));
            return None;
        }
        Some(Self(all))
    }

    fn shape() -> Shape {
        let item = || vec![Shape::Text, BesideKeys::shape()];
        Shape::AnyOf([item(), vec![Shape::List(Box::new(Shape::AnyOf(item())))]].concat())
    }
}

fn item(node: &Node, sink: &mut Sink) -> Option<Vec<Requirement>> {
    if let Value::Map(_) = &node.value {
        let BesideKeys { packages, constraints } = BesideKeys::decode(node, sink)?;
        let mut good = true;
        for package in packages.iter().filter(|p| p.value.trim_start().starts_with('-') || p.value.contains('\n')) {
            let found = Diagnostic::new(codes::BAD_REQUIREMENT, format!("`{}` is not a package", package.value)).at(package.place, "");
            sink.push(found.help("options belong in a requirement file, and a package is one line such as `gunicorn==23.0.0`"));
            good = false;
        }
        let lines = packages.into_iter().map(Requirement::Package);
        return good.then(|| constraints.into_iter().map(Requirement::Constraints).chain(lines).collect());
    }
    let path = At::<RelPath>::decode(node, sink)?;
    let text = path.value.as_str();
    let refused = if text.contains('*') {
        Some((
            "is a pattern, and files are read in the order in which they are named",
            "name them one by one: `[base.txt, prod.txt]`".into(),
        ))
    } else if text.contains("==") {
        Some(("is a package, and `requirements` lists files", format!("write `{{ packages: [\"{text}\"] }}`")))
    } else {
        None
    };
    let Some((problem, help)) = refused else { return Some(vec![Requirement::File(path)]) };
    let help: String = help;
    sink.push(Diagnostic::new(codes::BAD_REQUIREMENT, format!("`{text}` {problem}")).at(node.place, "").help(help));
    None
}
