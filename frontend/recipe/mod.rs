//! A recipe: a typed file that turns inputs into stages. Handlebars only in its string leaves (`leaf`), structure only
//! by `when:` and `each:`; every mistake in one is reported with the recipe's own file and line when it is loaded, and only
//! what has none becomes a `Recipe`.
//! Knows nothing of specs and projects: it is handed inputs by name.

mod beside;
mod check;
mod checked;
mod connect;
mod document;
mod draft;
mod extend;
mod image;
pub(crate) mod input;
mod items;
pub(crate) mod known;
mod leaf;
mod library;
mod options;
mod page;
mod phases;
mod reads;
mod refine;
mod refuse;
mod render;
mod requires;

pub use checked::Recipe;
pub(crate) use checked::{Action, Mount, Mounted, Setting, Step};
pub use draft::Declared;
pub(crate) use items::{Condition, Item, Items};
pub use known::{Input, Kind};
pub(crate) use leaf::{Leaf, Script};
pub use library::{Library, names};
pub use page::inputs_page;
pub use reads::{Found, Read, Source};
pub use render::{Given, Rendered, render};

use crate::diag::Sink;
use crate::diag::codes;
use crate::ecosystem::kind::Ecosystem;
use crate::yaml::decode::not_one_of;
use crate::yaml::{Decode, Node, Shape};

/// What `from` says for the project's own files.
pub const CONTEXT: &str = "context";
/// What `from` says for the files that lie beside the recipe.
pub const RECIPE: &str = "recipe";
/// What `from` says for the image that the program itself comes in.
pub const DISTIL: &str = "distil";
/// What `from` says for nothing.
pub const SCRATCH: &str = "scratch";
impl Decode for Ecosystem {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        Self::of(&word).or_else(|| not_one_of(node, &word, Self::WORDS, sink))
    }

    fn shape() -> Shape {
        Shape::Choice(Self::WORDS)
    }
}

/// Permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(pub u32);

impl std::str::FromStr for Mode {
    type Err = crate::names::Refused;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match u32::from_str_radix(text, 8) {
            // BuildKit makes files and folders under the usual mask, which takes these bits away.
            Ok(mode) if mode & !0o755 != 0 => Err(crate::names::Refused {
                message: format!("the mode `{text}` lets others write, or changes who runs a program, and BuildKit drops such bits"),
                help: Some("set them in a `script`, where they are really meant".into()),
            }),
            Ok(mode) if text.len() <= 5 => Ok(Self(mode)),
            _ => Err(crate::names::Refused {
                message: format!("`{text}` is not a mode"),
                help: Some("write octal digits such as `\"0755\"`".into()),
            }),
        }
    }
}

crate::yaml::scalar!(Mode, "permission bits in octal", codes::BAD_VALUE);

#[cfg(test)]
mod tests;
