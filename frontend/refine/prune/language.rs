//! What prune asks of whoever knows the language of the code that it looks at: how modules are called, and who names which.

use crate::refine::inventory::Distribution;

use super::rules::Where;
use super::select::File;

/// A language whose packages are pruned. The parts of a module's name have dots between them.
pub trait Language: Sync {
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
