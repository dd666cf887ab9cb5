//! A language for tests, which has an installer `fetch` and nothing else: what the rooms do by themselves is seen with it.

use serde_json::Value;

use crate::diag::codes;
use crate::inventory::{Distribution, Inventory};
use crate::language::{Installer, Language, Part};
use crate::prune::{File, Where};
use crate::sbom::{Component, Subject};
use crate::steps::notes::Warning;
use crate::tree::Tree;

/// The language.
pub(crate) struct Toy;

impl Language for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn inventory(&self, _: &Tree) -> Inventory {
        Inventory::default()
    }

    fn part(&self, _: &str) -> Option<Part> {
        None
    }

    fn bill(&self, _: &Subject<'_>) -> Vec<Component> {
        vec![]
    }

    fn advice(&self, _: &Tree, _: &[(String, u64)]) -> Vec<String> {
        vec![]
    }

    fn warnings(&self, _: &Value) -> Vec<Warning> {
        vec![]
    }

    fn missed(&self, _: &str) -> Option<String> {
        None
    }

    fn installer(&self) -> Installer {
        Installer { code: codes::PACKAGE_MANAGER, message: "fetch is in the image", caches: &["/root/.cache/fetch"] }
    }

    fn is_installer(&self, folder: &str, name: &str, is_program: bool) -> bool {
        name == "fetch" && (is_program || folder.ends_with("/packages"))
    }

    fn package_folders(&self) -> &'static [&'static str] {
        &["/packages/"]
    }

    fn home(&self) -> &'static str {
        "/usr/local"
    }

    fn module(&self, _: Where, _: &str) -> Option<String> {
        None
    }

    fn modules(&self, _: &Distribution) -> Vec<String> {
        vec![]
    }

    fn is_note(&self, _: &str) -> bool {
        false
    }

    fn means_notes(&self, _: &str) -> bool {
        false
    }

    fn is_code(&self, _: &str) -> bool {
        false
    }

    fn names(&self, _: &File<'_>, _: &str, _: &mut dyn FnMut(&str, bool)) {}
}
