//! The recipes inside the binary: the `templates/` folder, embedded.

use include_dir::{Dir, include_dir};

use crate::diag::{Sink, Sources};
use crate::yaml::Decode;

use super::{Recipe, check};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The names of the embedded recipes, sorted.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names: Vec<String> =
        TEMPLATES.dirs().flat_map(Dir::files).filter_map(|f| f.path().to_str()?.strip_suffix(".yaml").map(str::to_owned)).collect();
    names.sort();
    names
}

/// Reads and checks an embedded recipe. `None` when there is none of that name or it is wrong; the sink says what.
pub fn load(name: &str, sources: &mut Sources, sink: &mut Sink) -> Option<Recipe> {
    let path = format!("{name}.yaml");
    let text = TEMPLATES.get_file(&path)?.contents_utf8()?;
    parse(&format!("recipe {path}"), text, sources, sink)
}

/// Reads and checks a recipe's text. `None` when it is wrong; the sink says what.
pub fn parse(name: &str, text: &str, sources: &mut Sources, sink: &mut Sink) -> Option<Recipe> {
    let file = sources.add(name, "YAML", text);
    let node = crate::yaml::parse(sources, file, sink)?;
    let recipe = Recipe::decode(&node, sink)?;
    check::check(&recipe, sink);
    (!sink.has_errors()).then_some(recipe)
}
