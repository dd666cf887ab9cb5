//! What the generic half asks of whoever knows the language of the code that it looks at: how modules are called, who names
//! which, what is installed, and what of it has no place in an image.

use serde_json::Value;

use crate::diag::codes::Code;

use super::inventory::{Distribution, Inventory};
use super::prune::{File, Where};
use super::sbom::{Component, Subject};
use super::steps::notes::Warning;
use super::tree::Tree;

/// A part of an image that a language has a say in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Modules that were compiled beforehand.
    Bytecode,
    /// The service's own code.
    Application,
    /// Installed packages.
    Packages,
    /// The interpreter and what comes with it.
    Interpreter,
}

/// What an image has of a language's installer.
#[derive(Clone, Copy, Debug)]
pub struct Installer {
    /// Its message.
    pub code: Code,
    /// What is said of it.
    pub message: &'static str,
    /// The folders that it caches in.
    pub caches: &'static [&'static str],
}

/// A language whose packages an image may have. The parts of a module's name have dots between them.
pub trait Language: Sync {
    /// Its name, in a word.
    fn name(&self) -> &'static str;

    /// The packages of an image.
    fn inventory(&self, image: &Tree) -> Inventory;

    /// The part of an image that a path is, by the path alone.
    fn part(&self, path: &str) -> Option<Part>;

    /// The language's parts of an image's bill of materials: interpreters, packages, and what is known to be inside of those.
    fn bill(&self, subject: &Subject<'_>) -> Vec<Component>;

    /// What would make an image smaller, whose packages have these bytes.
    fn advice(&self, image: &Tree, weights: &[(String, u64)]) -> Vec<String>;

    /// What a person should know of the service's start, by what the step tells that gathered the project.
    fn warnings(&self, application: &Value) -> Vec<Warning>;

    /// What to do about what a program missed, by its last words; nothing where they do not tell.
    fn missed(&self, words: &str) -> Option<String>;

    /// What is said of an installer that an image has.
    fn installer(&self) -> Installer;

    /// Whether a path is an installer's, by its folder and its name there.
    fn is_installer(&self, folder: &str, name: &str, is_program: bool) -> bool;

    /// Folders of packages, each as the part of a path after which a package's name stands.
    fn package_folders(&self) -> &'static [&'static str];

    /// The prefix of the interpreter's own files.
    fn home(&self) -> &str;

    /// The name by which code imports the file or folder at a path from a place.
    fn module(&self, place: Where, rest: &str) -> Option<String>;

    /// The names by which code imports any of a package.
    fn modules(&self, package: &Distribution) -> Vec<String>;

    /// Whether a path from a folder of packages is what an installer notes of a package, its licence among it.
    fn is_note(&self, rest: &str) -> bool;

    /// Whether a pattern means such notes, and not a file that is called like one of them.
    fn means_notes(&self, pattern: &str) -> bool;

    /// Whether a file is code, by its path.
    fn is_code(&self, path: &str) -> bool;

    /// Calls back with each name that a file of code may import, and with whether it only stands in a text.
    fn names(&self, file: &File<'_>, text: &str, found: &mut dyn FnMut(&str, bool));
}
