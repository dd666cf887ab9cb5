//! Whether a package is for the platform that an image is for.

use super::model::{Libc, Target};

/// Whether all three lists take in a target. Of C libraries Linux alone has several.
pub(super) fn fits(os: &[String], cpu: &[String], libc: &[String], target: Target) -> bool {
    let family = match target.libc {
        Libc::Glibc => "glibc",
        Libc::Musl => "musl",
    };
    takes(os, target.os) && takes(cpu, target.cpu) && (target.os != "linux" || takes(libc, family))
}

/// Whether a list takes in a value: it names it, or names only others that are left out with `!`.
fn takes(list: &[String], value: &str) -> bool {
    let denied = |item: &&String| item.starts_with('!');
    if list.iter().any(|item| item.strip_prefix('!') == Some(value)) {
        return false;
    }
    list.iter().all(|item| denied(&item)) || list.iter().any(|item| item == value) || matches!(list, [only] if only == "any")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_take_in_what_they_name_and_what_they_do_not_deny() {
        for (list, taken) in [
            ("", true),
            ("linux", true),
            ("darwin", false),
            ("darwin linux", true),
            ("!win32", true),
            ("!linux", false),
            ("!linux !win32", false),
            ("any", true),
            ("linux !linux", false),
        ] {
            let list: Vec<String> = list.split_whitespace().map(str::to_owned).collect();
            assert_eq!(takes(&list, "linux"), taken, "{list:?}");
        }
    }

    #[test]
    fn the_c_library_counts_on_linux() {
        let on = |os, libc| fits(&[], &[], &["musl".to_owned()], Target { os, cpu: "x64", libc });
        assert!(on("linux", Libc::Musl) && !on("linux", Libc::Glibc) && on("darwin", Libc::Glibc));
    }
}
