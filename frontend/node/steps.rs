//! The steps of a Node service that the program runs inside a build, one entry each: recipes get their keys and mounts from this table,
//! the plan writes their arguments by it, and the program reads them by it.

use std::path::PathBuf;

use crate::refine::requests::layout::{self, Mounted, at, needed};
use crate::refine::requests::{Command, Folder, On, Out, steps};

/// What loaded before anything was left out.
const TRIED: Mounted = at("/tried/notes.json", "/run/tried/notes.json");
/// Where that is written.
const OUT_TRIED: &str = "/tried";
/// Where the packages are gathered.
const OUT_GATHERED: &str = "/gathered";
/// Where the service's own files are.
const OUT_SHIPPED: &str = "/shipped";

steps! {
    /// Loads every package that is installed, and opens all native code, before anything is left out.
    Try as "try-modules", tmp {
        /// The folder that they are installed in.
        folder: PathBuf = "folder", "\"{{workdir}}\"";
        /// Folders of members of the workspace, which may have packages of their own.
        member: Vec<PathBuf> = "member", "linked-members";
        /// Where what loaded is told.
        out: Out = "out", "", in OUT_TRIED;
    }

    /// Gathers the packages of a Node service: without what rules leave out and no package names as its own entry, without native code for
    /// other machines, stripped, with the shared libraries that they need.
    Modules as "modules", tmp {
        /// The folder that they are installed in.
        folder: PathBuf = "folder", "\"{{workdir}}\"";
        /// Folders of members of the workspace, which may have packages of their own.
        member: Vec<PathBuf> = "member", "linked-members";
        /// Whether anything is left out, by rules or by patterns.
        prune: On = "prune", "prune";
        /// Further sets of rules, as a spec asks for some.
        on: Vec<String> = "on", "rules-on";
        /// Sets that are not wanted after all.
        off: Vec<String> = "off", "rules-off";
        /// Patterns of files that stay although a rule or a pattern means them.
        keep: Vec<String> = "keep", "keep";
        /// Patterns of files that are left out.
        drop: Vec<String> = "drop", "drop";
        /// Whether native code loses its debug symbols, where that is safe.
        strip: On = "strip", "strip";
        /// The stage that the packages are put on.
        base: Folder = "base", "interpreter", in layout::BASE;
        /// Where the layers go.
        out: Out = "out", "", in OUT_GATHERED;
    }

    /// Takes what ships of a project once it is built: what the spec copies, else all but what tests and tools need of it.
    Ship as "ship" {
        /// The project's folder.
        folder: PathBuf = "folder", "\"{{service-place}}\"";
        /// Folders of members of the workspace that it needs.
        member: Vec<PathBuf> = "member", "linked-members";
        /// What ships in the place of that, as its path and its place in the image.
        files: Vec<(String, String)> = "files", "shipped";
        /// Whether it was built, so that its TypeScript is of no use any more.
        built: bool = "built", "build-command";
        /// Where it goes.
        out: Out = "out", "", in OUT_SHIPPED;
        /// What the service runs.
        command: Command = "command", "start";
    }

    /// Proves that every package loads in the image that loaded before, and that all native code can be opened.
    Prove as "prove-modules" {
        /// The stage that tried the packages.
        tried: Folder = "tried", "tried", in needed(TRIED);
        /// The folder that the packages are in.
        folder: PathBuf = "folder", "\"{{workdir}}\"";
        /// Folders of members of the workspace.
        member: Vec<PathBuf> = "member", "linked-members";
    }

    /// Proves that the file is there which the command has Node run, and that no manager of packages is.
    Entry as "prove-entry" {
        /// What the service runs.
        command: Command = "command", "start";
    }
}
