//! What the command names and cannot be in the image, as far as spec and facts tell: said before anything is built.

use crate::diag::{Diagnostic, Place, Sink};
use crate::node::codes;
use crate::spec::{Runtime, Spec};

/// Programs that are left out of images, with what does the same.
const MANAGERS: &[&str] = &["npm", "npx", "pnpm", "pnpx", "yarn", "yarnpkg", "corepack"];
const SHELLS: &[&str] = &["sh", "bash", "dash"];

/// Says what is certain to be missing of the command, which is written at `place`.
pub(crate) fn check(spec: &Spec, argv: &[String], place: Option<Place>, sink: &mut Sink) {
    let own_base = matches!(spec.runtime.as_ref().map(|r| &r.value), Some(Runtime::Image(_)))
        || spec.base.as_ref().is_some_and(|base| base.value.runtime.is_some());
    let (Some(place), Some(program), false) = (place, argv.first(), own_base || spec.recipe.is_some()) else { return };
    if MANAGERS.contains(&program.as_str()) {
        let found =
            Diagnostic::new(codes::NOT_IN_IMAGE, format!("the command runs `{program}`, and no manager of packages is in the image"));
        sink.push(found.at(place, "").help("name what that script runs, as `command: [node, dist/main.js]`"));
    }
    let bare = matches!(spec.runtime.as_ref().map(|r| &r.value), None | Some(Runtime::Distroless | Runtime::Minimal));
    if SHELLS.contains(&program.as_str()) && bare {
        let word = spec.runtime.as_ref().map_or("distroless", |runtime| runtime.value.word());
        let found = Diagnostic::new(codes::NO_SHELL, format!("the command runs `{program}`, and `runtime: {word}` has no shell"));
        sink.push(found.at(place, "").help("name the program itself, as a list of words, or take `runtime: slim`"));
    }
}
