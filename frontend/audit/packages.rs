//! The packages: which are held to what was locked, and which run code of their own while they are installed.

use serde::Serialize;

use crate::diag::Sources;
use crate::plan::{Plan, Runs, Supplied, Supplier};

/// The packages that are installed.
#[derive(Debug, Serialize)]
pub(crate) struct Packages {
    pub(crate) count: usize,
    /// Those that nothing holds to what was locked: neither a hash nor a commit.
    pub(crate) unhashed: Vec<One>,
    /// Those that come from elsewhere than an index.
    pub(crate) elsewhere: Vec<One>,
    /// Those whose own code runs while they are installed.
    pub(crate) built: Vec<One>,
    /// Those of which nobody knows before.
    pub(crate) perhaps_built: Vec<One>,
    /// Folders and archives of the context that are installed as packages.
    pub(crate) folders: Vec<String>,
    /// What builds those, which no lock pins.
    pub(crate) tools: Vec<One>,
}

/// A package, and what is to be said of it.
#[derive(Debug, Serialize)]
pub(crate) struct One {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) why: String,
    pub(crate) at: String,
}

impl One {
    /// Its name, with its version where that is known.
    pub(super) fn title(&self) -> String {
        self.version.as_ref().map_or(self.name.clone(), |version| format!("{} {version}", self.name))
    }
}

/// All of them, by what is to be said.
pub(super) fn packages(plan: &Plan, sources: &Sources) -> Packages {
    let all = &plan.supplies.packages;
    let one = |package: &Supplied, why: String| One {
        name: package.name.clone(),
        version: package.version.clone(),
        why,
        at: sources.cite_line(package.place),
    };
    let of = |why: &dyn Fn(&Supplied) -> Option<String>| all.iter().filter_map(|package| Some(one(package, why(package)?))).collect();
    let tool = |(name, place): &(String, _)| One { name: name.clone(), version: None, why: String::new(), at: sources.cite_line(*place) };
    Packages {
        count: all.len(),
        unhashed: of(&|package| (!package.is_held).then(String::new)),
        elsewhere: of(&|package| match &package.from {
            Supplier::Index(_) => None,
            Supplier::Git { url, .. } | Supplier::Address(url) => Some(url.clone()),
            Supplier::File(path) => Some(format!("{path} of the context")),
        }),
        built: of(&|package| if let Runs::Always(why) = &package.runs { Some(why.clone()) } else { None }),
        perhaps_built: of(&|package| if let Runs::Perhaps(why) = &package.runs { Some(why.clone()) } else { None }),
        folders: plan.supplies.folders.clone(),
        tools: plan.supplies.tools.iter().map(tool).collect(),
    }
}
