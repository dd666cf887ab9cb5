//! A service that runs as root is root in its container, and what breaks out of that is root on the host.

use super::Subject;
use crate::diag::{Diagnostic, codes};

/// Finds a spec that asks for root.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let root = subject.spec.user.iter().filter(|user| user.value.uid == 0);
    let said = root.map(|user| {
        let found = Diagnostic::new(codes::ROOT_USER, "the service runs as root");
        let found = found
            .at(user.place, "")
            .help("leave `user` out, which is 65532, or name another number; folders that it writes to are `volumes`");
        found.help("a port below 1024 needs no root: Docker lets any user bind one")
    });
    said.collect()
}
