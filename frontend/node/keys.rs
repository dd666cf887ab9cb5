//! The keys of a spec that are Node's. They are keys of the one language of specs, beside those of every service; `ecosystem` puts
//! them there.

use crate::diag::Sink;
use crate::yaml::{Argv, At, Decode, Node, Shape, Value, keys, words};

use super::version::NodeVersion;

words! {
    /// Whose lock is installed.
    Manager {
        /// `package-lock.json` or `npm-shrinkwrap.json`.
        Npm = "npm",
        /// `pnpm-lock.yaml`.
        Pnpm = "pnpm",
        /// `yarn.lock`.
        Yarn = "yarn",
        /// `bun.lock`.
        Bun = "bun",
    }
}

/// What builds the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Build {
    /// Nothing: its files ship as they are.
    Off,
    /// A command.
    Run(Vec<String>),
}

impl Decode for Build {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, quoted: false } if text == "false" => Some(Self::Off),
            _ => Argv::decode(node, sink).map(|Argv(words)| Self::Run(words)),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::List(Box::new(Shape::Text)), Shape::Text, Shape::Bool])
    }
}

keys! {
    /// What a spec says of a Node service.
    pub struct Keys as "a spec" {
        /// The version of Node, as `24` or with a release.
        /// Default: the one in `.nvmrc` or `.node-version`, else of Volta, else what `devEngines` or `engines` of `package.json` allow: the newest up
        /// to 24.
        node: Option<At<NodeVersion>> = "node", "\"24\"";
        /// The command that builds the project, with its development dependencies installed; `false` for none.
        /// Default: the script `build` of `package.json`, where there is one, after those of the workspace's members that it needs.
        build: Option<At<Build>> = "build", "[npm, run, compile]";
        /// Packages whose install scripts may run. No other does, but for those that `allowScripts` of `package.json` names.
        scripts: Option<Vec<At<String>>> = "scripts", "[better-sqlite3]";
    }
}
