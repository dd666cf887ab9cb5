//! Patterns of folders, as workspaces have them: `apps/*`, `packages/**`, `!packages/old`.

/// Whether patterns name a folder; of several that fit the last counts.
pub(super) fn matches(patterns: &[&str], folder: &str) -> bool {
    let parts: Vec<&str> = folder.split('/').collect();
    patterns.iter().fold(false, |found, pattern| {
        let (pattern, denies) = pattern.strip_prefix('!').map_or((*pattern, false), |pattern| (pattern, true));
        let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if fits(&pattern, &parts) { !denies } else { found }
    })
}

/// Whether a pattern of one name fits it.
pub(super) fn fits_word(pattern: &str, name: &str) -> bool {
    word(pattern.as_bytes(), name.as_bytes())
}

fn fits(pattern: &[&str], parts: &[&str]) -> bool {
    match (pattern.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) if fits(rest, parts) => true,
        (Some((&"**", _)), Some((_, others))) => fits(pattern, others),
        (Some((first, rest)), Some((part, others))) => word(first.as_bytes(), part.as_bytes()) && fits(rest, others),
        _ => false,
    }
}

/// Whether a pattern of one name fits: `*` is anything, `{a,b}` one of several.
fn word(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|at| word(rest, &name[at..])),
        Some((b'{', rest)) => {
            let Some(end) = rest.iter().position(|byte| *byte == b'}') else { return pattern == name };
            rest[..end].split(|byte| *byte == b',').any(|one| word(&[one, &rest[end + 1..]].concat(), name))
        }
        Some((first, rest)) => name.split_first().is_some_and(|(byte, others)| (*first == b'?' || first == byte) && word(rest, others)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_folders() {
        for (patterns, folder, named) in [
            (&["apps/*"][..], "apps/web", true),
            (&["apps/*"], "apps/web/e2e", false),
            (&["./apps/*/"], "apps/web", true),
            (&["packages/**"], "packages/a/b", true),
            (&["packages/**"], "packages", true),
            (&["**"], "x/y", true),
            (&["apps/*", "!apps/old"], "apps/old", false),
            (&["{apps,libs}/*-ui"], "libs/a-ui", true),
            (&["{apps,libs}/*-ui"], "lib/a-ui", false),
            (&["docs"], "docs", true),
        ] {
            assert_eq!(matches(patterns, folder), named, "{patterns:?} {folder}");
        }
    }
}
