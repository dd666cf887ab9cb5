//! What ships beside the packages: files of the project, and files of images, of named build contexts and of stages. What can
//! never be copied is refused here, with the way to say what was meant.

use std::str::FromStr;

use crate::diag::{Diagnostic, Place, Sink, codes};
use crate::names::{AbsPath, ImageRef, Refused, RelPath, Word};
use crate::yaml::decode::list;
use crate::yaml::{At, Decode, Key, Node, Shape, Value, keys, shell_free};

/// How the address of a named build context starts.
const CONTEXT: &str = "context://";

/// One thing to copy into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyItem {
    /// Files of the project.
    Own(OwnCopy),
    /// Files of something else.
    Other(OtherCopy),
}

/// Files of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCopy {
    /// Where they are in the project.
    pub from: RelPath,
    /// Where they go, relative to the working directory.
    pub to: RelPath,
    /// Where that was written.
    pub place: Place,
}

/// Files of an image, a named build context, a stage or another spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCopy {
    /// Whose files.
    pub from: At<CopySource>,
    /// Which of them, from the top; `/` is all.
    pub path: AbsPath,
    /// Where they go.
    pub to: CopyTarget,
    /// Where that was written.
    pub place: Place,
}

/// Whose files are copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopySource {
    /// An image's.
    Image(ImageRef),
    /// Those of what `--build-context NAME=…` names.
    Context(Word),
    /// Those of a stage of the recipe.
    Stage(Word),
    /// Those of the image of another spec, in an edition of it.
    Spec(RelPath, Option<At<Word>>),
}

/// Where files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyTarget {
    /// To this path.
    Absolute(AbsPath),
    /// To this path below the working directory.
    Relative(RelPath),
}

impl CopyItem {
    /// Where it was written.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Own(own) => own.place,
            Self::Other(other) => other.place,
        }
    }

    /// The path in the image that it goes to.
    #[must_use]
    pub fn destination(&self, workdir: &str) -> String {
        match self {
            Self::Own(own) => below(workdir, &own.to),
            Self::Other(other) => other.to.path(workdir),
        }
    }
}

impl CopyTarget {
    /// The path in the image.
    #[must_use]
    pub fn path(&self, workdir: &str) -> String {
        match self {
            Self::Absolute(path) => path.to_string(),
            Self::Relative(path) => below(workdir, path),
        }
    }
}

fn below(workdir: &str, path: &RelPath) -> String {
    let folder = workdir.trim_end_matches('/');
    if path.as_str() == "." { workdir.to_owned() } else { format!("{folder}/{path}") }
}

impl FromStr for CopySource {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = |message: String, help: String| Err(Refused { message, help: Some(help) });
        if let Some(name) = text.strip_prefix(CONTEXT) {
            if let Some((name, path)) = name.split_once('/').filter(|(_, path)| !path.is_empty()) {
                return refused(format!("`{text}` names a path"), format!("write `from: {CONTEXT}{name}` and `path: {path}`"));
            }
            return name.trim_end_matches('/').parse().map(Self::Context);
        }
        if let Some(image) = text.strip_prefix("docker-image://") {
            return refused(format!("`{text}` is an address, and `from` takes an image by its name"), format!("write `from: {image}`"));
        }
        if text.contains("://") {
            let help = "images, named build contexts (`context://NAME`) and stages can be copied from; `docker buildx build --build-context \
                        NAME=ADDRESS` fetches a repository or an archive for the second";
            return refused(format!("nothing can be copied from `{text}`"), help.into());
        }
        // An image has a tag, a digest or a folder in its name, as everywhere in a spec.
        if text.contains([':', '/', '@']) { text.parse().map(Self::Image) } else { text.parse().map(Self::Stage) }
    }
}

crate::yaml::scalar!(CopySource, "an image, `context://NAME`, or a stage of the recipe", codes::BAD_SOURCE);

impl FromStr for CopyTarget {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        if text.starts_with('/') { text.parse().map(Self::Absolute) } else { text.parse().map(Self::Relative) }
    }
}

crate::yaml::scalar!(CopyTarget, "a path", codes::BAD_PATH);

/// A path of what is copied from, with or without a slash in front.
#[derive(Clone, Debug)]
pub(super) struct Below(AbsPath);

impl FromStr for Below {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        literal(text)?;
        format!("/{}", text.trim_start_matches('/')).parse().map(Self)
    }
}

crate::yaml::scalar!(Below, "a path", codes::BAD_PATH);

keys! {
    /// Files of an image, of a named build context, of a stage or of another spec.
    pub(super) struct OtherKeys as "a copy" {
        /// An image, `context://NAME` for what `--build-context NAME=…` names, or a stage of the recipe.
        from: Option<At<CopySource>> = "from", "context://front";
        /// Another spec of the project, which is built in the same build, with the folder that it lies in as its project, and proven on
        /// its own; in the place of `from`.
        spec: Option<At<RelPath>> = "spec", "web/distil.yaml";
        /// The edition of that spec. Default: its first.
        edition: Option<At<Word>> = "edition", "full";
        /// Which of its files or folders; `.` is all. A folder stands for its content.
        path: Option<At<Below>> = "path", "dist";
        /// Where they go: an absolute path, or one below the working directory. Default: `path` as it is written.
        to: Option<At<CopyTarget>> = "to", "static";
    }
}

impl Decode for CopyItem {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            let from = own_path(node, sink)?;
            return Some(Self::Own(OwnCopy { to: from.clone(), from, place: node.place }));
        };
        if let [(key, to)] = &entries[..] {
            let from = Node { place: key.place, value: Value::Scalar { text: key.name.clone(), quoted: true } };
            let (from, to) = (own_path(&from, sink), RelPath::decode(to, sink));
            return Some(Self::Own(OwnCopy { from: from?, to: to?, place: node.place }));
        }
        if entries.iter().any(|(key, _)| is_of_another(key)) {
            return other(node, sink).map(Self::Other);
        }
        let words: Vec<_> = entries.iter().map(|(k, _)| format!("- {}: …", k.name)).collect();
        let found = Diagnostic::new(codes::WRONG_TYPE, "each `from: to` is an item of its own");
        sink.push(found.at(node.place, "").help(format!("write {}", list(&words))));
        None
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, OtherKeys::shape(), Shape::Table(Box::new(Shape::Text))])
    }

    fn listed(mapping: &[(Key, Node)]) -> Option<String> {
        let pair = |(key, node): &(Key, Node)| match &node.value {
            Value::Scalar { text, .. } => Some(format!("{}: {}", shell_free(&key.name), shell_free(text))),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        };
        let pairs: Vec<String> = mapping.iter().map(pair).collect::<Option<_>>()?;
        let is_other = mapping.len() > 1 && mapping.iter().any(|(key, _)| is_of_another(key));
        let items = if is_other { vec![pairs.join(", ")] } else { pairs };
        let items: Vec<_> = items.iter().map(|item| format!("{{ {item} }}")).collect();
        (!items.is_empty()).then(|| format!("copy: [{}]", items.join(", ")))
    }
}

/// Whether a key is one of a copy of something else than the project.
fn is_of_another(key: &Key) -> bool {
    ["from", "path", "spec"].contains(&key.name.as_str())
}

fn other(node: &Node, sink: &mut Sink) -> Option<OtherCopy> {
    let OtherKeys { from, spec, edition, path, to } = OtherKeys::decode(node, sink)?;
    if let (Some(from), Some(spec)) = (&from, &spec) {
        let found = Diagnostic::new(codes::EXACTLY_ONE, "files are copied `from` something or of a `spec`, not of both");
        sink.push(found.at(from.place, "").at(spec.place, "").help("write an item for each"));
        return None;
    }
    if let (Some(edition), None) = (&edition, &spec) {
        let found = Diagnostic::new(codes::MISSING_KEY, "this copy names an edition and no `spec` that has it").at(edition.place, "");
        sink.push(found.help("write `spec: FOLDER/distil.yaml`, or leave `edition` out"));
        return None;
    }
    let from = from.or_else(|| spec.map(|At { value, place }| At { value: CopySource::Spec(value, edition), place }));
    let incomplete = |message: &str, help: String| Diagnostic::new(codes::MISSING_KEY, message).at(node.place, "").help(help);
    let Some(from) = from else {
        let help = "name an image, `context://NAME` or a stage, or another `spec`; of the project, `- FILE: TARGET` is all that it takes"
            .to_owned();
        sink.push(incomplete("a copy of something else than the project needs `from`", help));
        return None;
    };
    let Some(path) = path else {
        sink.push(incomplete("this copy does not say which files: `path`", "`path: .` takes all of them".into()));
        return None;
    };
    let written = path.value.0;
    let to = match to {
        Some(to) => to.value,
        None if node_text(node, "path").starts_with('/') && written.as_str() != "/" => CopyTarget::Absolute(written.clone()),
        None => CopyTarget::Relative(written.as_str().trim_start_matches('/').parse().ok()?),
    };
    Some(OtherCopy { from, path: written, to, place: node.place })
}

/// What a key of a mapping says, as it was written.
fn node_text<'n>(node: &'n Node, name: &str) -> &'n str {
    let Value::Map(entries) = &node.value else { return "" };
    let value = entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| &value.value);
    if let Some(Value::Scalar { text, .. }) = value { text } else { "" }
}

/// A path of the project; what looks like one and can never be is refused.
fn own_path(node: &Node, sink: &mut Sink) -> Option<RelPath> {
    let path = RelPath::decode(node, sink)?;
    let Value::Scalar { text, .. } = &node.value else { return Some(path) };
    let refused = match text.split_once("://") {
        Some(("context", rest)) => {
            let (name, path) = rest.split_once('/').filter(|(_, path)| !path.is_empty()).unwrap_or((rest.trim_end_matches('/'), "."));
            let help = format!("write `{{ from: {CONTEXT}{name}, path: {path}, to: … }}`");
            Err(Refused { message: format!("`{text}` is not a path of the project"), help: Some(help) })
        }
        Some(("docker-image", rest)) => {
            let help = format!("write `{{ from: {rest}, path: …, to: … }}`");
            Err(Refused { message: format!("`{text}` is not a path of the project"), help: Some(help) })
        }
        Some(_) => {
            let help = "fetch it in a step of `steps`, and name what it leaves under `ships`";
            Err(Refused { message: format!("`{text}` is an address, and `copy` takes files of the project"), help: Some(help.into()) })
        }
        None => literal(text),
    };
    match refused {
        Ok(()) => Some(path),
        Err(Refused { message, help }) => {
            sink.push(Diagnostic::new(codes::BAD_PATH, message).at(node.place, "").help_if(help));
            None
        }
    }
}

/// Refuses what is meant as a pattern, and what names nothing.
fn literal(text: &str) -> Result<(), Refused> {
    let refused = |message: String, help: &str| Err(Refused { message, help: Some(help.to_owned()) });
    if text.trim().is_empty() {
        return refused("an empty path names nothing".into(), "`.` is all there is");
    }
    if text.contains('*') {
        let help = "name files and folders one by one, or a folder, with `exclude` for what of it should not ship";
        return refused(format!("`{text}` is a pattern, and `copy` takes names"), help);
    }
    Ok(())
}
