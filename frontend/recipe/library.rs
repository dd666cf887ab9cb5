//! Where recipes come from: the `templates/` folder inside the binary, and the user's own files.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::diag::{Diagnostic, Place, Sink, Sources, codes, nearest};
use crate::ecosystem::kind::Ecosystem;
use crate::yaml::{At, Decode};

use super::{Recipe, check, draft, extend, reads};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// How many recipes may stand on top of each other.
const DEPTH: usize = 8;

/// The folder of rules that steps of recipes go by, which are no recipes themselves.
const RULES: &str = "rules";

/// The names of the embedded recipes, sorted.
#[must_use]
pub fn names() -> Vec<String> {
    let files = TEMPLATES.dirs().filter(|d| d.path() != Path::new(RULES)).flat_map(Dir::files);
    let mut names: Vec<String> = files.filter_map(|f| f.path().to_str()?.strip_suffix(".yaml").map(str::to_owned)).collect();
    names.sort();
    names
}

/// The recipes at hand: those in the binary, and texts of the user's by the address that names them.
#[derive(Clone, Debug, Default)]
pub struct Library {
    texts: BTreeMap<String, Option<String>>,
}

impl Library {
    /// Adds a text of the user's; `None` when nothing is at that address.
    pub fn add(&mut self, address: &str, text: Option<String>) {
        self.texts.insert(address.to_owned(), text);
    }

    /// The text of a recipe that comes with distil.
    #[must_use]
    pub fn embedded(name: &str) -> Option<&'static str> {
        TEMPLATES.get_file(format!("{name}.yaml"))?.contents_utf8()
    }

    /// The next address whose text is wanted before a recipe can be loaded.
    #[must_use]
    pub fn wanted(&self, address: &str) -> Option<String> {
        let mut address = address.to_owned();
        for _ in 0..DEPTH {
            if Self::embedded(&address).is_none() && !self.texts.contains_key(&address) {
                return Some(address);
            }
            address = beside(&address, &self.says(&address, "extends")?);
        }
        None
    }

    /// The ecosystem that a recipe, or one that it extends, asks facts of. Its texts have to be there.
    #[must_use]
    pub fn facts_of(&self, address: &str) -> Option<Ecosystem> {
        let mut address = address.to_owned();
        for _ in 0..DEPTH {
            if let Some(word) = self.says(&address, "facts") {
                return Ecosystem::of(&word);
            }
            address = beside(&address, &self.says(&address, "extends")?);
        }
        None
    }

    /// The files of the project that a recipe reads. Its texts have to be there; what is wrong in them loading will report.
    #[must_use]
    pub fn reads(&self, address: &str) -> Vec<String> {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        // Most recipes read nothing, and reading one takes longer than looking for the word.
        let mut next = Some(address.to_owned());
        let mut any = false;
        for _ in 0..DEPTH {
            let Some(address) = next else { break };
            any |= self.text(&address).is_some_and(|text| text.contains("reads:"));
            next = self.says(&address, "extends").map(|parent| beside(&address, &parent));
        }
        let recipe = any.then(|| self.read(address, None, DEPTH, &mut sources, &mut sink)).flatten();
        recipe.iter().flat_map(|recipe| reads::files(&recipe.reads)).collect()
    }

    /// Whether a recipe, or one that it extends, says anything of the image. Its texts have to be there.
    #[must_use]
    pub fn says_of_image(&self, address: &str) -> bool {
        let mut next = Some(address.to_owned());
        for _ in 0..DEPTH {
            let Some(address) = next else { break };
            if self.text(&address).is_some_and(|text| text.lines().any(|line| line.starts_with("image:"))) {
                return true;
            }
            next = self.says(&address, "extends").map(|parent| beside(&address, &parent));
        }
        false
    }

    fn text(&self, address: &str) -> Option<&str> {
        Self::embedded(address).or_else(|| self.texts.get(address)?.as_deref())
    }

    /// What a recipe's text says under one of its keys; nothing where it cannot be read, which loading will report.
    fn says(&self, address: &str, key: &str) -> Option<String> {
        // Ours are asked in every build, and say it in a line of its own.
        if let Some(text) = Self::embedded(address) {
            let said = |line: &str| line.strip_prefix(key)?.strip_prefix(": ").map(str::to_owned);
            return text.lines().find_map(said);
        }
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add(address, "YAML", self.text(address)?);
        let node = crate::yaml::parse(&sources, file, &mut sink)?;
        let crate::yaml::Value::Map(entries) = node.value else { return None };
        let (_, value) = entries.into_iter().find(|(k, _)| k.name == key)?;
        let crate::yaml::Value::Scalar { text, .. } = value.value else { return None };
        Some(text)
    }

    /// Reads and checks a recipe with all that it extends. `None` when it is not there or wrong; the sink says what.
    /// `asked` is where the spec names it.
    pub fn load(&self, address: &str, asked: Option<Place>, sources: &mut Sources, sink: &mut Sink) -> Option<Recipe> {
        let mut recipe = self.read(address, asked, DEPTH, sources, sink)?;
        let own_file = recipe.stages.last().map(|s| s.place.file).or_else(|| recipe.inputs.0.first().map(|(n, _)| n.place.file));
        let own_file = sources.find(&display_name(address)).or(own_file)?;
        reads::declare(&mut recipe, sink);
        check::check(recipe, own_file, sink)
    }

    fn read(&self, address: &str, asked: Option<Place>, depth: usize, sources: &mut Sources, sink: &mut Sink) -> Option<draft::Recipe> {
        let Some(text) = self.text(address) else {
            sink.push(Self::absent(address, asked));
            return None;
        };
        let file = sources.add(&display_name(address), "YAML", text);
        let node = crate::yaml::parse(sources, file, sink)?;
        super::requires::check(&node, sink)?;
        let recipe = draft::Recipe::decode(&node, sink)?;
        let Some(At { value, place }) = &recipe.extends else {
            for (name, _) in &recipe.phases.0 {
                let found = Diagnostic::new(codes::MISPLACED_KEY, "`phases` means nothing without `extends`");
                sink.push(found.at(name.place, ""));
            }
            return Some(recipe);
        };
        if depth == 0 {
            sink.push(Diagnostic::new(codes::RECIPE_CYCLE, "these recipes extend each other without end").at(*place, ""));
            return None;
        }
        let parent = self.read(&beside(address, value), Some(*place), depth - 1, sources, sink)?;
        Some(extend::extend(parent, recipe, sink))
    }

    fn absent(address: &str, asked: Option<Place>) -> Diagnostic {
        let found = Diagnostic::new(codes::NO_RECIPE, format!("there is no recipe `{address}`"));
        let names = names();
        let near = nearest(address, names.iter().map(String::as_str)).map(|n| format!("did you mean `{n}`?"));
        let found = match asked {
            Some(place) => found.at(place, near.unwrap_or_default()),
            None => found,
        };
        found.help(format!("recipes that come with distil: {}; others are files of the project", crate::yaml::decode::list(&names)))
    }
}

/// How messages call a recipe.
fn display_name(address: &str) -> String {
    if Library::embedded(address).is_some() { format!("recipe {address}.yaml") } else { address.to_owned() }
}

/// What `extends` names: a recipe of distil's, or a file beside the one that says so.
fn beside(address: &str, named: &str) -> String {
    match address.rsplit_once('/') {
        Some((folder, _)) if Library::embedded(named).is_none() && !named.contains("://") && !named.starts_with('/') => {
            format!("{folder}/{}", named.trim_start_matches("./"))
        }
        _ => named.to_owned(),
    }
}
